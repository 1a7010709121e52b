"""A listener's signals from 68 landmarks at 25 frames per second."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from vidchatbench.types import Array, Floats, NamedArrays
from vidchatbench_metrics.perception.expression import expression
from vidchatbench_metrics.perception.face_view import FPS

NAMES = ("height", "turn", "tilt", "eyes", "brows", "mouth", "smile")
HEIGHT, TURN, TILT, EYES, BROWS, MOUTH, SMILE = range(len(NAMES))
_BRIDGED = 5


@dataclass(frozen=True)
class Signals:
    """A face's course over a clip's n frames."""

    values: Floats
    """(n, 7) by `NAMES`; 0 where the face is not seen. `height`: how far the nose is below its median place, in
    distances of the outer eye corners; `turn`: how far it is beside the eyes' middle, in the same; `tilt`: of the eye
    line, radians; `eyes`: opening over width (the eye aspect ratio), mean of both; `brows`, `mouth`, `smile`: raise,
    opening, and mean of width and both corners' lift, in standard deviations as people have within a clip."""
    seen: Array
    """(n,) whether the face is there, gaps of up to 5 frames bridged by a straight line."""
    fps: float
    """How many new pictures of the face there are in a second of it, at most 25."""


def signals(faces: NamedArrays) -> Signals:
    """The signals of a face as `faces.dlib` gives it; `eyes` after Soukupova and Cech, CVWW 2016."""
    found = np.asarray(faces["found"], bool)
    n = len(found)
    if not found.any():
        return Signals(np.zeros((n, len(NAMES))), np.zeros(n, bool), 0.0)
    points = faces["landmarks"].astype(np.float64)
    line = points[:, 45] - points[:, 36]
    width = np.linalg.norm(line, axis=1)
    nose = points[:, 27:36].mean(axis=1)
    beside = ((points[:, 33] - (points[:, 36] + points[:, 45]) / 2) * line).sum(axis=1) / width**2
    shape = expression(points)
    here = np.stack(
        [
            (nose[:, 1] - np.median(nose[:, 1])) / np.median(width),
            beside,
            np.arctan2(line[:, 1], line[:, 0]),
            (_aspect(points[:, 36:42]) + _aspect(points[:, 42:48])) / 2,
            shape[:, :2].mean(axis=1),
            shape[:, 4],
            shape[:, 5:8].mean(axis=1),
        ],
        axis=1,
    )
    ticks = np.flatnonzero(found)
    values = np.stack([np.interp(np.arange(n), ticks, course) for course in here.T], axis=1)
    seen = found.copy()
    for before, after in pairwise(ticks):
        seen[before:after] |= after - before <= _BRIDGED + 1
    values[~seen] = 0
    return Signals(values, seen, FPS * float(np.mean(faces["fresh"])))


def _aspect(eye: Floats) -> Floats:
    """Height over width of each eye (n, 6, 2)."""
    high = np.linalg.norm(eye[:, 1] - eye[:, 5], axis=1) + np.linalg.norm(eye[:, 2] - eye[:, 4], axis=1)
    return np.asarray(high / (2 * np.maximum(np.linalg.norm(eye[:, 0] - eye[:, 3], axis=1), 1e-9)))
