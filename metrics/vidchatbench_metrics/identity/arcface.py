"""Metric: likeness of the face to the portrait, by ArcFace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from vidchatbench.errors import Unscored
from vidchatbench.feature import On
from vidchatbench.metric import Card, MeanMetric
from vidchatbench.types import Floats, NamedArrays, Sample
from vidchatbench_metrics.perception.face_embeddings import FaceEmbeddings, IResNetEmbeddings
from vidchatbench_metrics.perception.subject_face import SubjectFace
from vidchatbench_metrics.valid_mean import valid_means

_ROLES: tuple[Literal["portrait", "reference", "response"], ...] = ("portrait", "reference", "response")
_LICENCE = "insightface's weights ({}) are for non-commercial research only; a commercial licence is sold by upstream."


def _card(id: str, title: str, network: str, licence: str, profiles: frozenset[str] = frozenset()) -> Card:
    return Card(
        id=id,
        version=1,
        family="identity",
        title=title,
        unit="",
        range=(0.0, 1.0),
        direction="higher",
        meaning=(
            "Whether the person on screen is the one of the portrait: the cosine of ArcFace embeddings, 5 times a "
            "second; other people have about 0. A picture without the face counts 0, so hiding it never helps. Beside "
            "it stand the mean over detected faces alone, their share, and the drift (last third of them less first "
            "third: below 0 it becomes somebody else). A frozen or pasted portrait has 1 by nature: read it beside a "
            "metric of motion. Networks know some groups of people better than others (WebFace600K: European faces "
            "95 %, East Asian 75 % on insightface's MR-ALL), and each is a ruler of its own: compare systems on the "
            "same items with the same network."
        ),
        source="Deng et al., ArcFace: additive angular margin loss for deep face recognition, CVPR 2019.",
        unspecified_by_paper=(
            f"Network, sampling, misses. Here: {network}; every fifth frame at 25 fps; the subject as `faces.subject` "
            "chooses it, aligned by YuNet's five landmarks; against the item's portrait; a frame on which it is not "
            "detected counts 0, and so does a cosine below 0, so that a miss is never better than a wrong face."
        ),
        responds_to=("another person", "blur of the face", "frames without the face"),
        ignores=("sound", "re-muxing", "the background", "frame rate"),
        fail_value=0.0,
        tolerance=0.005,
        profiles=profiles,
        real="same_item",
        licence=_LICENCE.format(licence),
    )


class ArcFaceIdentity(MeanMetric):
    """Mean cosine of the face with the portrait's, 0 to 1, higher is more the same person."""

    card = _card(
        "identity.arcface",
        "Identity (ArcFace)",
        "IResNet-50 on WebFace600K, w600k_r50.onnx of insightface's pack buffalo_l",
        "the pack buffalo_l",
        frozenset({"paper"}),
    )

    def embeddings(self) -> FaceEmbeddings:
        """The network."""
        return FaceEmbeddings()

    def needs(self) -> Mapping[str, On]:
        """Whose faces they are, and which is the subject's; the reference's, to know whether the item can be seen."""
        who = self.embeddings()
        return {
            **{role: SubjectFace(role, who).on(role, "portrait") for role in _ROLES},
            **{f"{role}_embeddings": who.on(role) for role in ("response", "portrait")},
        }

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """Mean over the sampled frames, misses and cosines below 0 as 0.

        `over_detected` is the plain mean cosine over the frames on which the face is detected, `detected` their share;
        `drift`, where there are three or more, the mean over their last third less that over their first.
        """
        for role in _ROLES:
            if inputs[role]["chosen"] < 0:
                raise Unscored("no_face", f"no face of the subject was found in the {role}", role=role)
        (portrait, *_), response = (subject_embeddings(inputs, role) for role in ("portrait", "response"))
        looks = int(inputs["response_embeddings"]["looks"])
        if not len(response):
            raise Unscored("no_face", f"the subject's face was found in none of the {looks} frames looked at")
        cosines = response @ portrait
        third = len(cosines) // 3
        drift = {"drift": np.array(cosines[-third:].mean() - cosines[:third].mean())} if third else {}
        return {
            "value": np.array(np.clip(cosines, 0, 1).sum() / looks),
            "over_detected": np.array(cosines.mean()),
            "detected": np.array(len(cosines) / looks),
            **drift,
        }

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """Over the responses that have any: mean over detected faces, their share, and the drift."""
        return valid_means(rows, weights, over_detected="over_detected", detection_rate="detected", drift="drift")


class ArcFaceR100(ArcFaceIdentity):
    """By the larger network of the pack antelopev2; asked for by its id, in no profile."""

    card = _card(
        "identity.arcface_r100",
        "Identity (ArcFace R100)",
        "IResNet-100 on Glint360K, glintr100.onnx of insightface's pack antelopev2",
        "the pack antelopev2",
    )

    def embeddings(self) -> FaceEmbeddings:
        """The network."""
        return FaceEmbeddings("arcface-glint360k-r100")


class ArcFaceIResNet50(ArcFaceIdentity):
    """By one's own state dict of 50 layers, in PyTorch; asked for by its id, in no profile."""

    card = _card(
        "identity.arcface_iresnet50",
        "Identity (IResNet-50)",
        "IResNet-50, the backbone.pth of one of insightface's arcface_torch models that you have; the signature holds "
        "its sha256, which tells it from others",
        "those of arcface_torch",
    )

    def embeddings(self) -> FaceEmbeddings:
        """The network."""
        return IResNetEmbeddings("arcface-iresnet50")


class ArcFaceIResNet100(ArcFaceIdentity):
    """By one's own state dict of 100 layers, in PyTorch; asked for by its id, in no profile."""

    card = _card(
        "identity.arcface_iresnet100",
        "Identity (IResNet-100)",
        "IResNet-100, the backbone.pth of one of insightface's arcface_torch models that you have; the signature holds "
        "its sha256, which tells it from others",
        "those of arcface_torch",
    )

    def embeddings(self) -> FaceEmbeddings:
        """The network."""
        return IResNetEmbeddings("arcface-iresnet100")


def subject_embeddings(inputs: Mapping[str, NamedArrays], role: str) -> Floats:
    """The subject's embeddings (n, 512), by time."""
    found = inputs[f"{role}_embeddings"]
    return np.asarray(found["embedding"][found["track"] == inputs[role]["chosen"]], np.float64)
