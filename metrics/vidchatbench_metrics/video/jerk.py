"""`video.jerk`: how unevenly the picture moves."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vidchatbench.errors import Unscored
from vidchatbench.feature import On
from vidchatbench.metric import Card, MeanMetric
from vidchatbench.types import NamedArrays, Sample
from vidchatbench_metrics.perception.picture_change import PictureChange, even_steps
from vidchatbench_metrics.video.held import NEW, held_frames


class Jerk(MeanMetric):
    """Second difference of the picture's speed over its mean, 0 to 1, lower is smoother."""

    card = Card(
        id="video.jerk",
        version=1,
        family="video",
        title="Jerk",
        unit="",
        range=(0.0, 1.0),
        direction="lower",
        meaning=(
            "How unevenly the picture moves: 0 for a speed that grows or falls evenly, 1 for movement that stops and "
            "starts at every frame. Real clips have 0.02 to 0.17, with every tenth frame repeated 0.1 more; slow "
            "video stored at a quicker rate has 0.6 to 0.8. It counts how even a movement is, not whether it is the "
            "right one, and noise that is new in every frame hides it: see video.flicker. A picture that does not move "
            "at all counts as 1."
        ),
        source=(
            "VidChatBench: jerk, the second derivative of speed (Flash and Hogan, J. Neurosci. 1985), of a scalar "
            "speed of the whole picture; reference-free."
        ),
        unspecified_by_paper=(
            "Speed is the square root of the mean absolute change between grey pictures 64 pixels wide, so that a "
            "gesture does not drown the rest, at the clip's own rate and with gaps as frames without change. The value "
            "is the mean of |s(k - 1) - 2 s(k) + s(k + 1)| over 4 times the mean of s: a number without unit that a "
            "quicker frame rate lowers."
        ),
        responds_to=("repeated frames", "frames left out", "frames out of order"),
        ignores=("sound", "re-muxing", "constant brightness", "speed of the movement"),
        fail_value=1.0,
        tolerance=0.01,
        profiles=frozenset({"bundled"}),
        real="same_item",
    )

    def params(self) -> Mapping[str, str | int | float | bool]:
        """The change below which nothing moves."""
        return {"new": NEW}

    def needs(self) -> Mapping[str, On]:
        """The changes between the response's frames."""
        return {"motion": PictureChange().on("response")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`value`: the jerk."""
        motion = inputs["motion"]
        if len(motion["times"]) < 4:
            raise Unscored("too_short", "fewer than 4 frames: jerk is a difference of three changes")
        held, _ = held_frames(motion)
        if held.all():
            return {"value": np.array(1.0)}
        steps, _ = even_steps(motion["times"])
        speed = np.zeros(steps[-1] + 1)
        speed[steps] = np.sqrt(motion["amount"])
        value = np.abs(np.diff(speed, 2)).mean() / (4 * speed.mean())
        return {"value": np.array(np.clip(value, 0, 1))}
