"""`video.flicker`: how much the picture changes only to change back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vidchatbench.errors import Unscored
from vidchatbench.feature import On
from vidchatbench.metric import Card, MeanMetric
from vidchatbench.types import NamedArrays, Sample
from vidchatbench_metrics.perception.picture_change import PictureChange

WORST = 10.0


class Flicker(MeanMetric):
    """Change that the next frame takes back, in grey levels, 0 to 10, lower is better."""

    card = Card(
        id="video.flicker",
        version=1,
        family="video",
        title="Flicker",
        unit="",
        range=(0.0, WORST),
        direction="lower",
        meaning=(
            "How far, in grey levels of 255, a place stands out from the frame before and the frame after on the same "
            "side: light that pulses, texture that boils. What moves past a place changes it once and is not counted; "
            "what moves to and fro quickly is, a little: real people have 0.04 to 0.3. Brightness that changes by 1 % "
            "of itself from frame to frame gives about 0.5. A still has 0: read it beside video.held."
        ),
        source="VidChatBench; reference-free, since one true answer does not exist.",
        unspecified_by_paper=(
            "For each pixel of grey pictures 64 pixels wide, at the clip's own rate: the smaller of its distances from "
            "the frames before and after where both have the same sign, else 0; mean over pixels and frames, at most "
            "10. Flicker slower than a third of the frame rate counts less the slower it is."
        ),
        responds_to=("brightness that changes from frame to frame", "texture that changes from frame to frame"),
        ignores=("sound", "re-muxing", "constant brightness", "repeated frames at the end"),
        fail_value=WORST,
        tolerance=0.02,
        profiles=frozenset({"bundled"}),
        real="same_item",
    )

    def needs(self) -> Mapping[str, On]:
        """The changes between the response's frames."""
        return {"motion": PictureChange().on("response")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`value`: the mean over the clip; `peak`: its most conspicuous frame."""
        back = inputs["motion"]["back"]
        if not len(back):
            raise Unscored("too_short", "fewer than 3 frames: flicker needs a frame with two neighbours")
        return {"value": np.array(min(float(back.mean()), WORST)), "peak": np.array(back.max())}
