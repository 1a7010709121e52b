"""`video.held`: how much of the video shows nothing new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.errors import Unscored
from vidchatbench.feature import On
from vidchatbench.metric import Card, MeanMetric
from vidchatbench.types import Array, Floats, NamedArrays, Sample
from vidchatbench_metrics.perception.picture_change import PictureChange, even_steps
from vidchatbench_metrics.valid_mean import valid_means

NEW = 1.0


class Held(MeanMetric):
    """Share of a video's time in which the picture before is still on screen, 0 to 100 %, lower is better."""

    card = Card(
        id="video.held",
        version=1,
        family="video",
        title="Held frames",
        unit="%",
        range=(0.0, 100.0),
        direction="lower",
        meaning=(
            "Share of the frames that show nothing new: duplicates (a slow video stored at a quicker rate has half of "
            "them or more), freezes, and gaps that a missing frame leaves. Real clips have 0 to 12 %, the most where "
            "the recording itself was converted from 24 frames a second. `longest_s` is the longest such stretch. A "
            "low rate as such is not counted: see check.fps."
        ),
        source="VidChatBench; reference-free.",
        unspecified_by_paper=(
            "A frame shows something new when, at 64 pixels wide and grey, some 4 x 4 pixels differ from the frame "
            "before by at least 1 of 255 on average, as in check.frozen. Measured on 16 real and generated clips: "
            "duplicates are below 0.6, frames of a moving person above 1.2, with few between; a coarse encoder may "
            "hide a duplicate by refining it. A frame that stays k times the clip's median interval counts as k "
            "frames, k - 1 of them held."
        ),
        responds_to=("repeated frames", "a freeze", "frames left out"),
        ignores=("sound", "re-muxing", "brightness", "frame rate"),
        fail_value=100.0,
        tolerance=0.5,
        profiles=frozenset({"bundled"}),
        real="same_item",
    )

    def params(self) -> Mapping[str, str | int | float | bool]:
        """What counts as new."""
        return {"new": NEW}

    def needs(self) -> Mapping[str, On]:
        """The changes between the response's frames."""
        return {"motion": PictureChange().on("response")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`value`: the share in %; `longest_s`."""
        motion = inputs["motion"]
        if len(motion["times"]) < 2:
            raise Unscored("too_short", "fewer than 2 frames: there is nothing to compare")
        held, interval = held_frames(motion)
        bounds = np.flatnonzero(np.diff(np.concatenate([[False], held, [False]]).astype(int)))
        longest = int((bounds[1::2] - bounds[::2]).max(initial=0))
        return {"value": np.array(100 * held.mean()), "longest_s": np.array(longest * interval)}

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """Mean over the items of the longest stretch, in s."""
        return valid_means(rows, weights, longest_s="longest_s")


def held_frames(motion: NamedArrays) -> tuple[Array, float]:
    """Whether nothing is new at each step of an even clock (m,), and the clock's interval in s."""
    steps, interval = even_steps(motion["times"])
    held = np.ones(steps[-1] + 1, bool)
    held[steps] = motion["change"] < NEW
    return held, interval
