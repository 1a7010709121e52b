"""Feature: what is the speaker's own in a clip's sound."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from vidchatbench.errors import MediaError
from vidchatbench.feature import ClipFeature, Inputs
from vidchatbench.types import NamedArrays
from vidchatbench.weights import WeightsFile
from vidchatbench_metrics.perception.checkpoint import state_dict
from vidchatbench_metrics.perception.torch_net import OnTorch
from vidchatbench_metrics.weights import WEIGHTS

if TYPE_CHECKING:
    from vidchatbench_metrics.voice.speaker_net import SpeakerNet

RATE = 16000
LEAST_S = 0.1
"""Below this there are fewer than five frames, and nothing to pool."""


class Speaker(OnTorch, ClipFeature):
    """The 256 numbers of WavLM-large with ECAPA-TDNN for the whole of a clip's sound: one mono mix at 16 kHz, no VAD.

    Arrays: `embedding` (256,) float32; only its direction means something. Digital silence has one too: whoever reads
    it must look first whether somebody speaks. One core takes 4 s for 10 s of sound and 20 s for 30 s; a worker needs
    1.7 GB for 10 s, 4.5 GB for two minutes.

    Raises MediaError: no_audio where there is no sound track, too_short below 0.1 s of it.

    Source: microsoft/UniSpeech, downstreams/speaker_verification, `wavlm_large_finetune.pth`.
    """

    id = "voice.speaker"
    version = 1
    batch = 1

    def params(self) -> Mapping[str, str | int | float | bool]:
        """The presentation."""
        return {"rate": RATE, "vad": False}

    def weights(self) -> Mapping[str, WeightsFile]:
        """The fine-tuned backbone and the head, one file."""
        return {"wavlm": WEIGHTS["wavlm-large-sv"]}

    def network(self) -> SpeakerNet:
        """The network with its weights."""
        import torch

        from vidchatbench_metrics.voice.speaker_net import SpeakerNet

        with torch.device("meta"):  # the weights come from the file: nothing is drawn, and held, before
            net = SpeakerNet()
        return net.load(state_dict(self.weights()["wavlm"].verified(), key="model"))

    def compute(self, inputs: Inputs) -> NamedArrays:
        """The whole sound at once, as the reference code does."""
        sound = inputs.clips["clip"].audio(RATE)
        if len(sound) < LEAST_S * RATE:
            raise MediaError("too_short", f"{len(sound) / RATE:.2f} s of sound, needs {LEAST_S} s")
        return {"embedding": self.net(sound[None])[0]}
