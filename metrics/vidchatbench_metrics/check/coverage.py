"""`check.coverage`: the share of answers that are there and can be played to the end."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vidchatbench.errors import Unscored
from vidchatbench.feature import On
from vidchatbench.metric import Card, MeanMetric
from vidchatbench.types import NamedArrays, Sample
from vidchatbench_metrics.check.decode import Decode


class Coverage(MeanMetric):
    """Share of items with a readable response."""

    card = Card(
        id="check.coverage",
        version=1,
        family="check",
        title="Coverage",
        unit="",
        range=(0.0, 1.0),
        direction="higher",
        meaning=(
            "Share of the items for which there is a video file whose picture, and sound if it has any, decode from "
            "the first to the last frame. Below 1, answers are missing or broken; each of them already counts as the "
            "worst in the other metrics."
        ),
        source="VidChatBench",
        unspecified_by_paper=(
            "A file that is cut short or damaged in the middle does not pass, even where players go on."
        ),
        responds_to=("missing files", "truncated files", "damaged files"),
        ignores=("what is seen and heard",),
        fail_value=0.0,
        tolerance=0.0,
        profiles=frozenset({"bundled", "paper"}),
        real="same_item",
    )

    def needs(self) -> Mapping[str, On]:
        """The response, decoded to the end."""
        return {"decode": Decode().on("response")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`value`: 1; `video_s` and `audio_s` of the response."""
        found = inputs["decode"]
        if found["ticks"] < 1:
            raise Unscored("no_video", "the response has no picture")
        return {"value": np.array(1.0), **{name: np.asarray(found[name]) for name in ("video_s", "audio_s")}}
