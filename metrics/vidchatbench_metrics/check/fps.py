"""`check.fps`: the share of answers that move smoothly enough to be judged at 25 frames per second."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vidchatbench.feature import On
from vidchatbench.metric import Card, MeanMetric
from vidchatbench.types import NamedArrays, Sample
from vidchatbench_metrics.check.decode import Decode

LEAST_FPS = 23.97
"""24 with its NTSC form of 24000/1001, and what a container's clock rounds off."""


class Fps(MeanMetric):
    """Share of items with at least 24 frames per second."""

    card = Card(
        id="check.fps",
        version=1,
        family="check",
        title="Frame rate",
        unit="",
        range=(0.0, 1.0),
        direction="higher",
        meaning=(
            "Share of the items whose video has at least 24 frames per second on average (23.976 passes). Slower "
            "video is shown to the other metrics as a viewer sees it, with repeated frames: motion and lip-sync then "
            "suffer from the rate itself. Frames that are stored again and again pass here; see check.frozen."
        ),
        source="VidChatBench",
        unspecified_by_paper=(
            "Measured over the frames' presentation times, not read from the header; a still picture has none."
        ),
        responds_to=("dropped frames", "low frame rate", "a still picture"),
        ignores=("what is seen and heard",),
        fail_value=0.0,
        tolerance=0.0,
        profiles=frozenset({"bundled", "paper"}),
        real="same_item",
    )

    def params(self) -> Mapping[str, str | int | float | bool]:
        """What passes."""
        return {"least_fps": LEAST_FPS}

    def needs(self) -> Mapping[str, On]:
        """The response, decoded to the end."""
        return {"decode": Decode().on("response")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`value`: 1 or 0; `fps`: the average frame rate."""
        fps = np.asarray(inputs["decode"]["fps"])
        return {"value": np.array(float(fps >= LEAST_FPS)), "fps": fps}
