"""Metrics: whether the face stays one person's from turn to turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from vidchatbench.errors import Unscored
from vidchatbench.feature import On
from vidchatbench.metric import Card
from vidchatbench.types import Floats, NamedArrays, Sample
from vidchatbench_metrics.identity.arcface import ArcFaceIdentity, subject_embeddings
from vidchatbench_metrics.identity.dlib import DlibIdentity
from vidchatbench_metrics.perception.face_embeddings import FaceEmbeddings
from vidchatbench_metrics.perception.faces import Faces
from vidchatbench_metrics.perception.subject_face import SubjectFace
from vidchatbench_metrics.turn_drift import WORST, TurnDrift

_MEANING = (
    "Whether the person on screen stays the same through a conversation: {} of the mean face of every later turn from "
    "that of the first, averaged over turns. {} It does not say whether it is the right person: read it beside {}. "
    "A turn without the face, missing or not, counts 1, and without the first turn all of its item do."
)
_CARD = Card(
    id="identity.drift_arcface",
    version=1,
    family="identity",
    title="Identity drift (ArcFace)",
    unit="",
    range=(0.0, WORST),
    direction="lower",
    meaning=_MEANING.format(
        "the distance (1 less the cosine, of ArcFace embeddings)",
        "0 is the same face, and other people have about 1; the real responders' own value stands beside it.",
        "identity.arcface",
    ),
    source="Not published. Embedding: Deng et al., ArcFace, CVPR 2019.",
    unspecified_by_paper=(
        "Network, sampling and choice of the face as in identity.arcface. The first turn is the first that can be "
        "measured on the real clips. Beside it: the mean at each later turn (t1, t2, ...), how it grows from turn to "
        "turn (slope), and the comparisons lost to failed turns (lost, %)."
    ),
    responds_to=("another person in a later turn", "a face that changes from turn to turn", "missing responses"),
    ignores=("sound", "re-muxing", "the background", "the same wrong person in every turn"),
    fail_value=WORST,
    tolerance=0.005,
    tasks=frozenset(("multi_turn",)),
    profiles=frozenset({"multi_turn"}),
    real="same_item",
    licence=ArcFaceIdentity.card.licence,
)


class ArcFaceDrift(TurnDrift):
    """Mean cosine distance of later turns' faces from the first turn's, lower is more the same person."""

    card = _CARD

    def needs(self) -> Mapping[str, On]:
        """The response's faces and which is the subject's; the reference's, to know whether the turn can be seen."""
        who = FaceEmbeddings()
        subjects = {role: SubjectFace(role, who).on(role, "portrait") for role in ("reference", "response")}
        return {**subjects, "response_embeddings": who.on("response")}

    def measured(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`embedding` (512,): the mean over the frames looked at, of unit length."""
        for role in ("reference", "response"):
            if inputs[role]["chosen"] < 0:
                raise Unscored("no_face", f"no face of the subject was found in the {role}", role=role)
        found = subject_embeddings(inputs, "response")
        if not len(found):
            raise Unscored("no_face", "the subject's face was found in none of the frames looked at")
        mean = found.mean(axis=0)
        return {"embedding": mean / max(float(np.linalg.norm(mean)), 1e-12)}

    def distance(self, later: Floats, first: Floats) -> float:
        """1 less the cosine."""
        return max(0.0, 1 - float(later @ first))


class DlibDrift(TurnDrift):
    """Mean distance of later turns' faces from the first turn's by dlib's descriptor, lower is more the same person."""

    card = replace(
        _CARD,
        id="identity.drift_dlib",
        title="Identity drift (dlib)",
        meaning=_MEANING.format(
            "the distance (of dlib's face descriptors)",
            "0 is the same face, above 0.6 it is another person's; the real responders' own value stands beside it.",
            "identity.dlib",
        ),
        source=DlibIdentity.card.source,
        unspecified_by_paper=_CARD.unspecified_by_paper.replace("identity.arcface", "identity.dlib"),
        tolerance=0.01,
        licence=DlibIdentity.card.licence,
    )

    def needs(self) -> Mapping[str, On]:
        """The response's face; and the reference's, to know whether the turn can be seen at all."""
        return {"response": Faces().on("response"), "reference": Faces(subject="box").on("reference")}

    def measured(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`embedding` (128,): the mean descriptor."""
        for role in ("reference", "response"):
            if not len(inputs[role]["descriptors"]):
                raise Unscored("no_face", f"no frontal face was found in any sampled frame of the {role}", role=role)
        return {"embedding": inputs["response"]["descriptors"].astype(np.float64).mean(axis=0)}

    def distance(self, later: Floats, first: Floats) -> float:
        """Euclidean."""
        return float(np.linalg.norm(later - first))
