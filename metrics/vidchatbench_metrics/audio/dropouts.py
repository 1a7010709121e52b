"""`audio.dropouts`: how much of the reply's speech was cut out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.feature import On
from vidchatbench.metric import SPOKEN, Card, MeanMetric
from vidchatbench.types import Floats, NamedArrays, Sample
from vidchatbench_metrics.audio.gaps import Gaps
from vidchatbench_metrics.perception.speech import Speech, need_speech
from vidchatbench_metrics.valid_mean import valid_means


class Dropouts(MeanMetric):
    """Length of the gaps in running speech over the length of speech."""

    card = Card(
        id="audio.dropouts",
        version=1,
        family="audio",
        title="Drop-outs",
        unit="%",
        range=(0.0, 100.0),
        direction="lower",
        meaning=(
            "How much of the speech is missing: digital silence of 5 ms or more into which the voice falls, and out of "
            "which it comes, at full level, as when packets or chunks are lost. 0 is none; 1 is heard as stutter. "
            "Pauses fade and do not count, nor do gaps that were filled with noise, or a reply that ends too early."
        ),
        source="VidChatBench; gap detection as in packet-loss measurement",
        unspecified_by_paper=(
            "Silence is at most one step of 16 bits; the sound within 20 ms on both sides must come within 10 dB of "
            "the active level. Over the seconds of speech, at most 100 %. A reply with less than 0.3 s of speech "
            "counts as 100 %."
        ),
        responds_to=("gaps in speech", "silence"),
        ignores=("gain", "pauses", "mono or stereo", "picture"),
        fail_value=100.0,
        tolerance=0.1,
        tasks=SPOKEN,
        profiles=frozenset({"bundled"}),
        real="same_item",
    )

    def needs(self) -> Mapping[str, On]:
        """The response's gaps and its speech."""
        return {"gaps": Gaps().on("response"), "speech": Speech().on("response")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`value`: the share in %; `per_minute`: gaps in a minute of speech."""
        spoken = need_speech(inputs["speech"])
        gaps = inputs["gaps"]["gaps"]
        lost = float((gaps[:, 1] - gaps[:, 0]).sum())
        return {"value": np.array(min(100.0, 100 * lost / spoken)), "per_minute": np.array(60 * len(gaps) / spoken)}

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """Mean number of gaps in a minute of speech, over the responses that could be measured."""
        return valid_means(rows, weights, per_minute="per_minute")
