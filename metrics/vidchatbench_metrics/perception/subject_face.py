"""Feature: the face of the person that the turn is about, among all that YuNet follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from vidchatbench.errors import MediaError
from vidchatbench.feature import ClipFeature, Inputs, On
from vidchatbench.types import Array, NamedArrays
from vidchatbench_metrics.perception.detected_tracks import DetectedTracks
from vidchatbench_metrics.perception.face_embeddings import FaceEmbeddings
from vidchatbench_metrics.perception.subject import track_in
from vidchatbench_metrics.perception.yunet_tracks import YuNetTracks


@dataclass(frozen=True)
class SubjectFace(ClipFeature):
    """The subject's face, chosen among `faces.yunet_tracks`; every metric that looks at YuNet's faces takes this one.

    In this order: for the reference, the one that the turn's `subject_box` overlaps the most, and none where it
    overlaps no face; the only one; for the response, the one that the box overlaps the most, since it may keep the
    portrait's framing; the one most like the portrait, by the mean cosine of `embeddings`. Where nothing decides it is
    an error, and never the largest in silence. Without `embeddings` likeness cannot decide: the choice of metrics that
    must not depend on such weights.

    For a portrait (`of="portrait"`, both slots the portrait) only a lone face will do.

    Arrays: those of `faces.yunet_tracks` for the one track alone, ascending in `tick`; `chosen` () the track's number,
    -1 where there is no face, and then k is 0; `n_tracks` () how many faces there were.
    """

    id = "faces.subject"
    version = 1
    slots = ("clip", "portrait")
    turn_fields = ("subject_box",)

    of: Literal["response", "reference", "portrait"] = "response"
    embeddings: FaceEmbeddings | None = field(default_factory=FaceEmbeddings)
    tracks: DetectedTracks = field(default_factory=YuNetTracks)

    def params(self) -> Mapping[str, str | int | float | bool]:
        """Whose clip it is."""
        return {"of": self.of}

    def needs(self) -> Mapping[str, On]:
        """All faces of both; who they are."""
        faces = {"all": self.tracks.on("clip")}
        if self.embeddings is None or self.of == "portrait":
            return faces
        return {
            **faces,
            "embeddings": self.embeddings.on("clip"),
            "portrait": self.tracks.on("portrait"),
            "portrait_embeddings": self.embeddings.on("portrait"),
        }

    def compute(self, inputs: Inputs) -> NamedArrays:
        """Choose, and leave out the others.

        Raises:
            MediaError: `no_subject` of the clip, where several faces are there and nothing decides.
        """
        faces = inputs.needs["all"]
        among = np.unique(faces["track"])
        chosen = self._choose(among, inputs)
        mine = faces["track"] == chosen
        return {
            **{name: array[mine] for name, array in faces.items() if name not in ("size", "n_ticks")},
            "size": faces["size"],
            "n_ticks": faces["n_ticks"],
            "chosen": np.array(chosen, np.int32),
            "n_tracks": np.array(len(among), np.int32),
        }

    def _choose(self, among: Array, inputs: Inputs) -> int:
        faces = inputs.needs["all"]
        box = None if self.of == "portrait" else inputs.fields.get("subject_box")
        if not len(among):
            return -1
        if box is not None and self.of == "reference":
            chosen = track_in(box, faces)
            return -1 if chosen is None else chosen
        if len(among) == 1:
            return int(among[0])
        in_box = None if box is None else track_in(box, faces)
        return self._alike(among, inputs) if in_box is None else in_box

    def _alike(self, among: Array, inputs: Inputs) -> int:
        """The one most like the portrait."""
        several = f"{len(among)} faces are there, and nothing says which is the subject's"
        if self.of == "portrait":
            raise MediaError("no_subject", several, where="clip", remedy="cut the portrait down to the one person")
        if self.embeddings is None:
            raise MediaError("no_subject", several, where="clip", remedy="give the turn's subject_box")
        portrait, known = inputs.needs["portrait"], inputs.needs["portrait_embeddings"]
        alone = np.unique(portrait["track"])
        if len(alone) != 1:
            # Not the portrait's error: of a response with one face it would never be asked.
            raise MediaError(
                "no_subject",
                f"{several}: the portrait should tell, and shows {len(alone)}",
                where="clip",
                remedy="give a portrait of one person, or the turn's subject_box",
            )
        wanted = known["embedding"][known["track"] == alone[0]][0].astype(np.float64)
        found = inputs.needs["embeddings"]
        alike = [found["embedding"][found["track"] == track] @ wanted for track in among]
        return int(among[int(np.argmax([cosines.mean() if len(cosines) else -1.0 for cosines in alike]))])
