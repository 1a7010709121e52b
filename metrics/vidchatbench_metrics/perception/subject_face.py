"""Feature: the face of the person that the turn is about, among all that YuNet follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from vidchatbench.errors import MediaError
from vidchatbench.feature import ClipFeature, Inputs, On
from vidchatbench.types import Array, NamedArrays
from vidchatbench_metrics.perception.dlib_face import iou
from vidchatbench_metrics.perception.face_embeddings import FaceEmbeddings
from vidchatbench_metrics.perception.yunet_tracks import YuNetTracks

_LASTING, _CLEAR = 0.2, 0.8
"""A face that is seen for less than this share of the main face's time, or whose mean score is below this share of the
main face's, is nobody's: measured on 16 clips of one person each, hands and folds that pass for faces last up to 0.08
of the time at up to 0.77 of the score."""


@dataclass(frozen=True)
class SubjectFace(ClipFeature):
    """The subject's face, chosen among `faces.yunet_tracks`; every metric that looks at YuNet's faces takes this one.

    Candidates are the faces that last and score like a face. In this order: for the reference, the one that the turn's
    `subject_box` overlaps the most, and none where it overlaps no face; the only candidate; for the response, the one
    that the box overlaps the most, since it may keep the portrait's framing; the one most like the portrait, by the
    mean cosine of `embeddings`. Where nothing decides it is an error, and never the largest in silence. Without
    `embeddings` likeness cannot decide: the choice of metrics that must not depend on such weights.

    For a portrait (`of="portrait"`, both slots the portrait) only the only candidate will do.

    Arrays: those of `faces.yunet_tracks` for the one track alone, ascending in `tick`; `chosen` () the track's number,
    -1 where there is no face, and then k is 0; `candidates` () how many there were; `n_tracks` () faces in all.
    """

    id = "faces.subject"
    version = 1
    slots = ("clip", "portrait")
    turn_fields = ("subject_box",)

    of: Literal["response", "reference", "portrait"] = "response"
    embeddings: FaceEmbeddings | None = field(default_factory=FaceEmbeddings)
    tracks: YuNetTracks = field(default_factory=YuNetTracks)

    def params(self) -> Mapping[str, str | int | float | bool]:
        """Whose clip it is, and who is a candidate."""
        return {"of": self.of, "lasting": _LASTING, "clear": _CLEAR}

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
            MediaError: `no_subject` where several faces are there and nothing decides, `no_face` where the portrait
                should decide and shows none; `where` is the slot.
        """
        faces = inputs.needs["all"]
        among = _candidates(faces)
        chosen = self._choose(among, inputs)
        mine = faces["track"] == chosen
        return {
            **{name: array[mine] for name, array in faces.items() if name not in ("size", "n_ticks")},
            "size": faces["size"],
            "n_ticks": faces["n_ticks"],
            "chosen": np.array(chosen, np.int32),
            "candidates": np.array(len(among), np.int32),
            "n_tracks": np.array(len(np.unique(faces["track"])), np.int32),
        }

    def _choose(self, among: Array, inputs: Inputs) -> int:
        faces = inputs.needs["all"]
        box = None if self.of == "portrait" else inputs.fields.get("subject_box")
        if not len(among):
            return -1
        if box is not None and self.of == "reference":
            chosen = _in_box(faces, np.unique(faces["track"]), box)
            return -1 if chosen is None else chosen
        if len(among) == 1:
            return int(among[0])
        in_box = None if box is None else _in_box(faces, among, box)
        return self._alike(among, inputs) if in_box is None else in_box

    def _alike(self, among: Array, inputs: Inputs) -> int:
        """The candidate most like the portrait."""
        several = f"{len(among)} faces are there, and nothing says which is the subject's"
        if self.of == "portrait":
            raise MediaError(
                "no_subject", f"in the portrait {several}", where="clip", remedy="cut it down to the one person"
            )
        if self.embeddings is None:
            raise MediaError("no_subject", several, where="clip", remedy="give the turn's subject_box")
        portrait, known = inputs.needs["portrait"], inputs.needs["portrait_embeddings"]
        alone = _candidates(portrait)
        if len(alone) != 1:
            raise MediaError(
                "no_subject" if len(alone) else "no_face",
                f"{several}: the portrait should tell, and shows {len(alone)} faces",
                where="portrait",
                remedy="give a portrait of one person, or the turn's subject_box",
            )
        wanted = known["embedding"][known["track"] == alone[0]][0].astype(np.float64)
        found = inputs.needs["embeddings"]
        alike = [found["embedding"][found["track"] == track] @ wanted for track in among]
        return int(among[int(np.argmax([cosines.mean() if len(cosines) else -1.0 for cosines in alike]))])


def _candidates(faces: NamedArrays) -> Array:
    """Numbers of the tracks that last and score like the main one; the main one has the greatest sum of scores."""
    seen = np.bincount(faces["track"], faces["seen"])
    total = np.bincount(faces["track"], faces["score"])
    if not len(total):
        return np.zeros(0, np.intp)
    main, mean = total.argmax(), total / seen
    return np.flatnonzero((seen >= _LASTING * seen[main]) & (mean >= _CLEAR * mean[main]))


def _in_box(faces: NamedArrays, among: Array, box: Array | tuple[float, ...]) -> int | None:
    """The one of these tracks that overlaps the box (shares of the picture) the most, None where none does."""
    wanted = np.asarray(box, float) * np.tile(faces["size"], 2)
    overlap = np.bincount(faces["track"], [iou(wanted, found) for found in faces["box"]])[among]
    return int(among[overlap.argmax()]) if overlap.max() > 0 else None
