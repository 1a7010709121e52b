"""The movement of the mouth from landmarks."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from vidchatbench.types import Floats, NamedArrays
from vidchatbench_metrics.sync.smooth import high_passed

_LIPS = ((50, 58), (51, 57), (52, 56))
_BRIDGED = 5
_STILL = 0.004


def mouth_motion(faces: NamedArrays) -> Floats:
    """How far the mouth is open beyond its slow course, at each frame (n,), as a share of the face's width.

    The outer lips' vertical distance, mean of three places: the landmark model follows it better than the inner gap.
    Frames without the face are bridged by a straight line over gaps of up to 5, and count as no movement over longer
    ones. A standard deviation below 0.004 is the landmarks' own tremble on a still (measured up to 0.003; people who
    speak have 0.008 and more), and is given as exactly 0.
    """
    found = faces["found"]
    points = faces["landmarks"].astype(np.float64)
    upper, lower = (points[:, [pair[i] for pair in _LIPS]] for i in (0, 1))
    opening = np.linalg.norm(upper - lower, axis=2).mean(axis=1) / (faces["box"][:, 2] - faces["box"][:, 0])
    ticks = np.flatnonzero(found)
    everywhere = np.interp(np.arange(len(found)), ticks, opening)
    valid = found.copy()
    for before, after in pairwise(ticks):
        valid[before:after] |= after - before <= _BRIDGED + 1
    motion = high_passed(everywhere, valid)
    return motion if motion[valid].std() >= _STILL else np.zeros_like(motion)
