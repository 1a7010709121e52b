"""Which face of one picture is which face of the next."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from vidchatbench.types import Array


class FollowedFace(NamedTuple):
    """One face through a clip."""

    ticks: Array
    """(n,) numbers of the pictures, ascending; a gap of them is a time in which it was not there."""
    seen: Array
    """(n,) whether it was detected there, or lies between two detections."""
    rows: Array
    """(n, d) float32: left, top, right, bottom, and whatever else a detector gives; interpolated where not seen."""


def follow_faces(
    detections: Sequence[Array], *, least: float = 0.6, gap: int = 25, reach: float = 1.0, ratio: float = 2.0
) -> list[FollowedFace]:
    """The faces of a clip, followed, in the order in which they appear.

    Each picture's detections are rows (k, d): a box's left, top, right, bottom, ..., score. A detection goes on with
    the face that was last seen nearest to it: its middle at most `reach` sides away (the root of width times height,
    the smaller box's), its side at most `ratio` times larger or smaller; nearest pairs first. Neither turning the head
    nor leaving the picture for a while makes a new face of it, as overlap of boxes and a limit of time would. What goes
    on with none begins a face where its score is `least` or more, so that a weak detection only ever continues one.
    Between two detections at most `gap` pictures apart the rows are interpolated.
    """
    faces: list[list[tuple[int, Array]]] = []
    for tick, found in enumerate(detections):
        free = dict(enumerate(found))
        last = [face[-1][1] for face in faces]
        for face, detection in _pairs(last, found, reach, ratio):
            faces[face].append((tick, free.pop(detection)))
        faces += [[(tick, row)] for row in free.values() if row[-1] >= least]
    return [_filled(face, gap) for face in faces]


def _pairs(last: Sequence[Array], found: Array, reach: float, ratio: float) -> list[tuple[int, int]]:
    """Faces and detections that belong together, each once."""
    if not last or not len(found):
        return []
    (x0, y0, side0), (x1, y1, side1) = (_middle(np.asarray(rows)) for rows in (last, found))
    smaller, larger = np.minimum(side0[:, None], side1), np.maximum(side0[:, None], side1)
    with np.errstate(divide="ignore", invalid="ignore"):
        away = np.hypot(x0[:, None] - x1, y0[:, None] - y1) / smaller
        away[~((away <= reach) & (larger <= ratio * smaller))] = np.inf
    pairs = []
    while np.isfinite(away).any():
        face, detection = (int(k) for k in np.unravel_index(away.argmin(), away.shape))
        pairs.append((face, detection))
        away[face], away[:, detection] = np.inf, np.inf
    return pairs


def _middle(rows: Array) -> tuple[Array, Array, Array]:
    sides = np.maximum(rows[:, 2:4] - rows[:, :2], 0)
    x, y = ((rows[:, :2] + rows[:, 2:4]) / 2).T
    return x, y, np.sqrt(sides.prod(axis=1))


def _filled(face: Sequence[tuple[int, Array]], gap: int) -> FollowedFace:
    at = np.array([tick for tick, _ in face])
    rows = np.array([row for _, row in face], np.float64)
    steps = [np.arange(a, b) if b - a <= gap else np.array([a]) for a, b in pairwise(at)]
    ticks = np.concatenate([*steps, at[-1:]])
    whole = np.stack([np.interp(ticks, at, column) for column in rows.T], axis=1)
    return FollowedFace(ticks, np.isin(ticks, at), whole.astype(np.float32))
