"""Feature: the face of the person that the turn is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from vidchatbench.feature import ClipFeature, Inputs, On
from vidchatbench.types import Array, NamedArrays
from vidchatbench_metrics.perception.dlib_face import iou
from vidchatbench_metrics.perception.face_tracks import FaceTracks
from vidchatbench_metrics.perception.face_view import FPS


@dataclass(frozen=True)
class Faces(ClipFeature):
    """The subject's face, chosen from `FaceTracks`.

    `subject` says how: `prefer_box` (for a response) takes the track that overlaps the turn's `subject_box` the
    most, and the largest (area times frames) where none does, since a model may frame its answer in its own way;
    `box` (for the reference) takes none where none overlaps a given box, since anybody else there is not the
    subject; `largest` (for a portrait) ignores the box, which is given for the reference's picture.

    Arrays over the n frames at 25 per second: `times` (n,) seconds; `found` (n,) whether the face is there. Over
    the m frames where it is, in the same order: `fresh` (m,) whether the picture is a new one, `box` (m, 4) and
    `landmarks` (m, 68, 2) in pixels of the scaled picture, whose `size` (2,) is width and height. `descriptors` (d,
    128) at the frames `descriptor_ticks` (d,), every fifth where the face is there; `sampled` () is how many such
    frames the clip has. `n_tracks` () faces in all. No face at all gives empty arrays.
    """

    id = "faces.dlib"
    version = 1
    turn_fields = ("subject_box",)
    requires = ("dlib",)
    extra = "bundled"

    subject: Literal["prefer_box", "box", "largest"] = "prefer_box"
    tracks: FaceTracks = FaceTracks()  # noqa: RUF009 - frozen

    def params(self) -> Mapping[str, str | int | float | bool]:
        """How the subject is chosen."""
        return {"subject": self.subject}

    def needs(self) -> Mapping[str, On]:
        """All faces of the clip."""
        return {"all": self.tracks.on("clip")}

    def compute(self, inputs: Inputs) -> NamedArrays:
        """Choose, and leave out the others."""
        faces = inputs.needs["all"]
        mine = faces["track"] == self._choose(faces, inputs.fields.get("subject_box"))
        ticks = faces["tick"][mine]
        n = int(faces["n_ticks"])
        found = np.zeros(n, bool)
        found[ticks] = True
        with_descriptor = mine[faces["described"]]
        return {
            "times": np.arange(n) / FPS,
            "found": found,
            "fresh": faces["fresh"][mine],
            "box": faces["box"][mine],
            "landmarks": faces["landmarks"][mine],
            "descriptors": faces["descriptors"][with_descriptor],
            "descriptor_ticks": faces["tick"][faces["described"]][with_descriptor],
            "sampled": np.array(-(-n // self.tracks.every)),
            "size": faces["size"],
            "n_tracks": np.array(len(np.unique(faces["track"]))),
        }

    def _choose(self, faces: NamedArrays, box: Array | tuple[float, ...] | None) -> int:
        """Number of the subject's track; -1 for none."""
        if not len(faces["track"]):
            return -1
        if box is not None and self.subject != "largest":
            wanted = np.asarray(box, float) * np.tile(faces["size"], 2)
            overlap = np.array([iou(wanted, found) for found in faces["box"]])
            score = np.bincount(faces["track"], overlap)
            if score.max() > 0:
                return int(score.argmax())
            if self.subject == "box":
                return -1
        sides = faces["box"][:, 2:] - faces["box"][:, :2]
        return int(np.bincount(faces["track"], sides.prod(axis=1)).argmax())
