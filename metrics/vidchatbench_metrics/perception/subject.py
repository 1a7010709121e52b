"""Which of the faces in a clip is the one that the turn is about."""

from __future__ import annotations

from typing import Literal

import numpy as np

from vidchatbench.errors import MediaError
from vidchatbench.types import Array, NamedArrays
from vidchatbench_metrics.perception.dlib_face import iou

Subject = Literal["prefer_box", "box", "largest", "sole"]
"""How the subject is chosen: `prefer_box` (for a response) takes the track that overlaps the turn's `subject_box` the
most, and the largest (area times frames) where none does, since a model may frame its answer in its own way; `box` (for
the reference) takes none where none overlaps a given box, since anybody else there is not the subject; `largest` (for a
portrait) ignores the box, which is given for the reference's picture; `sole` takes the box's track, else the only face
that lasts, and refuses to choose among several."""
RIVAL = 0.2
"""Area times frames, as a share of the largest face's, from which another face is one to choose from."""


def subject_track(faces: NamedArrays, box: Array | tuple[float, ...] | None, subject: Subject) -> int:
    """Number of the subject's track; -1 for none.

    Args:
        faces: `track` (k,), `box` (k, 4) and `size` (2,), as features of faces give them.
        box: Left, top, right and bottom as shares of width and height, or None where the turn gives none.
        subject: How to choose.

    Raises:
        MediaError: `no_subject`, for `sole` where several faces are there and no box says which.
    """
    if not len(faces["track"]):
        return -1
    if box is not None and subject != "largest":
        inside = track_in(box, faces)
        if inside is not None:
            return inside
        if subject == "box":
            return -1
    sides = faces["box"][:, 2:] - faces["box"][:, :2]
    extent = np.bincount(faces["track"], sides.prod(axis=1))
    rivals = int((extent >= RIVAL * extent.max()).sum())
    if subject == "sole" and rivals > 1:
        raise MediaError(
            "no_subject", f"{rivals} faces are there, and nothing says which one speaks", remedy="give the subject_box"
        )
    return int(extent.argmax())


def track_in(box: Array | tuple[float, ...], faces: NamedArrays) -> int | None:
    """The track that overlaps a box (shares of the picture) the most, over all its frames; None where none does."""
    wanted = np.asarray(box, float) * np.tile(faces["size"], 2)
    overlap = np.bincount(faces["track"], [iou(wanted, found) for found in faces["box"]])
    return int(overlap.argmax()) if overlap.max() > 0 else None
