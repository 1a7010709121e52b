"""Metric: share of items whose picture moves."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vidchatbench.feature import On
from vidchatbench.metric import Card, MeanMetric
from vidchatbench.types import NamedArrays, Sample
from vidchatbench_metrics.perception.picture_change import PictureChange

MOVES = 1.0
LEAST = 0.1


class Frozen(MeanMetric):
    """Share of items whose picture moves, 0 to 1, higher is better."""

    card = Card(
        id="check.frozen",
        version=1,
        family="check",
        title="Not frozen",
        unit="",
        range=(0.0, 1.0),
        direction="higher",
        meaning=(
            "Share of items whose picture moves at all; 1 is what every set should have. An item is frozen when more "
            "than 9 of 10 frames show nothing new. It is no measure of quality: any movement will do, and a quiet "
            "listener moves."
        ),
        source="VidChatBench.",
        unspecified_by_paper=(
            "A frame shows something new when, at 64 pixels wide and grey, some 4 x 4 pixels differ from the frame "
            "before by at least 1 of 255 on average. Measured: encoded stills stay below 0.5 (0.7 at the worst "
            "quality) but at key frames, people at rest are above 2 at the median; grain added to a still counts as "
            "movement."
        ),
        responds_to=("a still instead of the video", "a video that freezes near its start"),
        ignores=("re-encoding", "sound", "frame rate", "repeated frames up to 9 of 10"),
        fail_value=0.0,
        tolerance=0.0,
        profiles=frozenset({"bundled", "paper"}),
        real="same_item",
    )

    def params(self) -> Mapping[str, str | int | float | bool]:
        """Threshold and share."""
        return {"moves": MOVES, "least": LEAST}

    def needs(self) -> Mapping[str, On]:
        """The changes between the response's frames."""
        return {"change": PictureChange().on("response")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """1 where the picture moves, 0 where it is frozen; `moving` is the share of frames that show something new."""
        change = inputs["change"]["change"]
        moving = float((change >= MOVES).mean()) if len(change) else 0.0
        return {"value": np.array(float(moving >= LEAST)), "moving": np.array(moving)}
