"""Feature: the face of the person that the turn is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vidchatbench.feature import ClipFeature, Inputs, On
from vidchatbench.types import NamedArrays
from vidchatbench_metrics.perception.face_tracks import FaceTracks
from vidchatbench_metrics.perception.face_view import FPS
from vidchatbench_metrics.perception.subject import Subject, subject_track


@dataclass(frozen=True)
class Faces(ClipFeature):
    """The subject's face, chosen from `FaceTracks`.

    `subject` says how (see `Subject`).

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

    subject: Subject = "prefer_box"
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
        mine = faces["track"] == subject_track(faces, inputs.fields.get("subject_box"), self.subject)
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
