"""Feature: how natural a clip's speech sounds, as UTMOS predicts it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from vidchatbench.errors import MediaError
from vidchatbench.feature import ClipFeature, Inputs
from vidchatbench.types import NamedArrays
from vidchatbench.weights import WeightsFile
from vidchatbench_metrics.perception.checkpoint import state_dict
from vidchatbench_metrics.perception.torch_net import OnTorch
from vidchatbench_metrics.weights import WEIGHTS

if TYPE_CHECKING:
    from vidchatbench_metrics.audio.utmos_net import UtmosNet

RATE = 16000
LEAST_S = 0.025
"""What one frame of the network sees."""


class Naturalness(OnTorch, ClipFeature):
    """UTMOS (strong learner) of the whole of a clip's sound: one mono mix at 16 kHz, as loud as it is.

    Result: mos, a scalar, about 1 to 5. Silence has a score too: whoever reads it must look first whether somebody
    speaks.

    Raises MediaError: no_audio where there is no sound track, too_short below 25 ms of it.

    Source: Saeki et al., UTMOS, Interspeech 2022 (arXiv:2204.02152); tarepan/SpeechMOS, `utmos22_strong`.
    """

    id = "audio.utmos"
    version = 1
    batch = 1

    def params(self) -> Mapping[str, str | int | float | bool]:
        """The presentation."""
        return {"rate": RATE}

    def weights(self) -> Mapping[str, WeightsFile]:
        """The one network."""
        return {"utmos": WEIGHTS["utmos22-strong"]}

    def network(self) -> UtmosNet:
        """The network with its weights."""
        from vidchatbench_metrics.audio.utmos_net import UtmosNet

        return UtmosNet().load(state_dict(self.weights()["utmos"].verified()))

    def compute(self, inputs: Inputs) -> NamedArrays:
        """The whole sound at once, as the reference code does."""
        sound = inputs.clips["clip"].audio(RATE)
        if len(sound) < LEAST_S * RATE:
            raise MediaError("too_short", f"{len(sound) / RATE:.3f} s of sound, needs {LEAST_S} s")
        return {"mos": np.array(self.net(sound[None])[0], np.float64)}
