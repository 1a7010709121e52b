"""`check.av_length`: the share of answers whose sound is as long as their picture."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vidchatbench.errors import Unscored
from vidchatbench.feature import On
from vidchatbench.metric import SPOKEN, Card, MeanMetric
from vidchatbench.types import NamedArrays, Sample
from vidchatbench_metrics.check.decode import Decode

MOST_S = 0.1
_ROUNDING_S = 1e-6


class AvLength(MeanMetric):
    """Share of items whose sound and picture end together."""

    card = Card(
        id="check.av_length",
        version=1,
        family="check",
        title="Equal lengths",
        unit="",
        range=(0.0, 1.0),
        direction="higher",
        meaning=(
            "Share of the items in which sound and picture last equally long, to 0.1 s. Where they do not, one was "
            "cut off or padded, and lip-sync, timing and identity are measured on different stretches."
        ),
        source="VidChatBench",
        unspecified_by_paper=(
            "Both are measured by decoding, from the clip's start; the last picture is shown for as long as the "
            "median one. A response without sound does not pass."
        ),
        responds_to=("cut sound", "cut picture", "missing sound"),
        ignores=("what is seen and heard", "gain", "mono or stereo"),
        fail_value=0.0,
        tolerance=0.0,
        tasks=SPOKEN,
        profiles=frozenset({"bundled", "paper"}),
        real="same_item",
    )

    def params(self) -> Mapping[str, str | int | float | bool]:
        """The greatest difference that passes."""
        return {"most_s": MOST_S}

    def needs(self) -> Mapping[str, On]:
        """The response, decoded to the end."""
        return {"decode": Decode().on("response")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`value`: 1 or 0; `difference_s`: sound minus picture."""
        found = inputs["decode"]
        if not found["has_audio"]:
            raise Unscored("no_audio", "the response has no sound")
        difference = float(found["audio_s"] - found["video_s"])
        return {"value": np.array(float(abs(difference) <= MOST_S + _ROUNDING_S)), "difference_s": np.array(difference)}
