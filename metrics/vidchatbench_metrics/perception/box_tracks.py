"""SyncNet's rule for following faces through a shot, from boxes alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vidchatbench.types import Array, Floats
from vidchatbench_metrics.perception.dlib_face import iou


class BoxTrack(NamedTuple):
    """One face, followed without a gap."""

    frames: Array
    """(n,) numbers of consecutive frames."""
    boxes: Floats
    """(n, 4) left, top, right, bottom in pixels."""
    seen: Array
    """(n,) whether it was detected on the frame, or is interpolated between neighbours."""


def box_tracks(
    detections: Sequence[Floats], *, gap: int = 25, overlap: float = 0.5, longer: int = 100, larger: float = 100
) -> list[BoxTrack]:
    """The faces of one shot, followed from frame to frame; of each frame the boxes (k, 4), best score first.

    A track begins with the first box that no other track has, takes in each later frame the first free box whose
    intersection over union with its own last one is above `overlap`, and ends where it finds none for more than `gap`
    frames. Kept are tracks of more than `longer` detections whose boxes are on the mean more than `larger` pixels wide
    or high. Frames between are interpolated. The rule of joonson/syncnet_python (`track_shot`), for boxes of one frame
    that do not overlap each other by as much, as after non-maximum suppression.
    """
    free = [list(boxes) for boxes in detections]
    tracks = []
    for start in range(len(free)):
        while free[start]:
            found = _follow(free, start, gap, overlap)
            if len(found) <= longer:
                continue
            at = np.array([frame for frame, _ in found])
            corners = np.array([box for _, box in found], np.float64)
            frames = np.arange(at[0], at[-1] + 1)
            boxes = np.stack([np.interp(frames, at, side) for side in corners.T], axis=1)
            if (boxes[:, 2:] - boxes[:, :2]).mean(axis=0).max() > larger:
                tracks.append(BoxTrack(frames, boxes, np.isin(frames, at)))
    return tracks


def _follow(free: list[list[Floats]], start: int, gap: int, overlap: float) -> list[tuple[int, Floats]]:
    """Take the first free box and all that follow it out of `free`."""
    found = [(start, free[start].pop(0))]
    for frame in range(start + 1, len(free)):
        if frame - found[-1][0] > gap:
            break
        for i, box in enumerate(free[frame]):
            if iou(box, found[-1][1]) > overlap:
                found.append((frame, free[frame].pop(i)))
                break
    return found
