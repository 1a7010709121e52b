"""`audio.clipping`: how much of the reply's sound is cut off at full scale."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vidchatbench.feature import On
from vidchatbench.metric import SPOKEN, Card, MeanMetric
from vidchatbench.types import NamedArrays, Sample
from vidchatbench_metrics.audio.clipped import Clipped


class Clipping(MeanMetric):
    """Share of samples that are clipped."""

    card = Card(
        id="audio.clipping",
        version=1,
        family="audio",
        title="Clipping",
        unit="%",
        range=(0.0, 100.0),
        direction="lower",
        meaning=(
            "Share of the sound's samples that stand at full scale for three samples or more in a row: the waveform "
            "was cut off there, which is heard as crackling. 0 is none. Sound that was clipped first and turned down "
            "afterwards is not found."
        ),
        source="VidChatBench; runs of full-scale samples as in common audio quality control",
        unspecified_by_paper="Full scale is 0.999 or more of the format's; over all channels as stored.",
        responds_to=("overdrive",),
        ignores=("gain below full scale", "sample rate", "mono or stereo", "picture"),
        fail_value=100.0,
        tolerance=0.01,
        tasks=SPOKEN,
        profiles=frozenset({"bundled"}),
        real="same_item",
    )

    def needs(self) -> Mapping[str, On]:
        """The share of clipped samples in the response."""
        return {"clipped": Clipped().on("response")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`value`: the share in %."""
        return {"value": 100 * np.asarray(inputs["clipped"]["share"])}
