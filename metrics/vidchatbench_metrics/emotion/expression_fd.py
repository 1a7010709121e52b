"""Metric: Frechet distance between the response's expression coefficients and the real answer's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from vidchatbench.errors import Unscored
from vidchatbench.feature import On
from vidchatbench.metric import Card
from vidchatbench.types import Array, Floats, NamedArrays, Sample
from vidchatbench_metrics.emotion.deep3d import Deep3DExpressions
from vidchatbench_metrics.emotion.variance_ratio import variance_ratio
from vidchatbench_metrics.perception.subject_face import SubjectFace
from vidchatbench_metrics.set_distance import FrechetDistance, source_group

_ROLES: tuple[Literal["reference", "response"], ...] = ("reference", "response")


class ExpressionFD(FrechetDistance):
    """Frechet distance of Deep3DFaceRecon's expressions, 0 and more, lower is more like people."""

    dimensions = 64

    card = Card(
        id="emotion.expression_fd",
        version=1,
        family="emotion",
        title="FID-Emotion",
        unit="",
        range=(0.0, None),
        direction="lower",
        meaning=(
            "Whether faces show the same expressions, as often and as strongly, as the real people do over the whole "
            "set, in the 64 coefficients that a network reads from single pictures. It ignores time: the right "
            "expression at the wrong moment costs nothing. The coefficients also carry something of who is shown, and "
            "a calm face is close to calm references: read it beside variance_ratio (variance within clips, response "
            "over reference; 0 is frozen). Biased upwards by about 1/n: compare only values over equally many items."
        ),
        source=(
            "FID-Emotion of the VidChatBench paper: Frechet distance (Heusel et al. 2017, eq. 6) over the expression "
            "of Deng et al., Accurate 3D face reconstruction with weakly-supervised learning, CVPR-W 2019, by "
            "sicxu/Deep3DFaceRecon_pytorch."
        ),
        unspecified_by_paper=(
            "Pooling, pairing, sampling, checkpoint. Here: one vector a picture (emotion.expression_clip_fd: mean and "
            "standard deviation of a clip's), all responses' against all their references'; up to 16 pictures a clip, "
            "evenly spaced over those of every fifth frame at 25 per second that show the subject's face as "
            "`faces.subject` chooses it; aligned by YuNet's five landmarks; the checkpoint of 2021, epoch_20.pth."
        ),
        responds_to=("a frozen face", "exaggerated or damped expression", "another expression held"),
        ignores=("sound", "re-muxing", "place and size of the face"),
        fail_value=None,
        min_n=4,
        tolerance=0.01,
        profiles=frozenset({"paper"}),
        real="halves",
        licence=(
            "The coefficients live in the space of the Basel Face Model 2009, for non-commercial research only; who "
            "among several faces is the subject, insightface's pack buffalo_l tells, with the same limit."
        ),
    )

    def needs(self) -> Mapping[str, On]:
        """All faces' expressions, and whose of them are the subject's."""
        return {
            **{role: SubjectFace(role).on(role, "portrait") for role in _ROLES},
            **{f"{role}_expressions": Deep3DExpressions().on(role) for role in _ROLES},
        }

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """Up to 16 vectors (k, 64) float32 of the `response` and of the `reference`, and their `group`."""
        vectors: dict[str, Array] = {}
        for role in _ROLES:
            found = inputs[f"{role}_expressions"]
            vectors[role] = self.pooled(found["expression"][found["track"] == inputs[role]["chosen"]])
            if not len(vectors[role]):
                raise Unscored("no_face", f"no face of the subject was found in the {role}", role=role)
        return {"group": source_group(sample), **vectors}

    def pooled(self, expressions: Array) -> Array:
        """A clip's vectors as the distance takes them: as they are."""
        return expressions

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """Variance within clips, response over reference."""
        return variance_ratio(rows, weights)


class ExpressionClipFD(ExpressionFD):
    """One vector a clip, mean and standard deviation; asked for by its id, in no profile."""

    dimensions = 128
    card = replace(
        ExpressionFD.card, id="emotion.expression_clip_fd", title="FID-Emotion (clips)", profiles=frozenset()
    )

    def pooled(self, expressions: Array) -> Array:
        """(1, 128): the mean, then the standard deviation; none of no vectors."""
        if not len(expressions):
            return np.zeros((0, self.dimensions), np.float32)
        return np.concatenate([expressions.mean(axis=0), expressions.std(axis=0)])[None].astype(np.float32)

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """Nothing: the variance is part of the distance."""
        return {}
