"""`listen.variance`: whether listeners are as lively as people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.errors import Role, Unscored
from vidchatbench.feature import On
from vidchatbench.metric import Card, Metric
from vidchatbench.stats import split_halves
from vidchatbench.types import Floats, NamedArrays, Sample
from vidchatbench_metrics.listen.signals import signals
from vidchatbench_metrics.listen.windows import departures
from vidchatbench_metrics.perception.dlib_face import NON_COMMERCIAL
from vidchatbench_metrics.perception.faces import Faces

WORST = 10.0
_LEAST_FRAMES = 25
_SPLITS = 50


class Variance(Metric):
    """How far the variance ratio is from 1, in octaves, 0 to 10, lower is more like people."""

    card = Card(
        id="listen.variance",
        version=1,
        family="listen",
        title="Variance ratio",
        unit="octaves",
        range=(0.0, WORST),
        direction="lower",
        meaning=(
            "Whether listeners move as much as real listeners do over the whole set: the distance of `ratio`, the "
            "responses' variance within clips over the references', from 1, as |log2|: 0 is as lively as people, 1 "
            "half or twice their variance; a frozen face has 3 and more, since landmarks tremble on a still. Jitter "
            "counts as liveliness: read it beside listen.fd."
        ),
        source="Variation of listening heads: Ng et al., Learning to Listen, CVPR 2022 (arXiv:2204.08451).",
        unspecified_by_paper=(
            "Variances of the seven signals of listen.fd, added up, mean over clips with equal weight; a ratio below "
            "1 / 1024 counts as that."
        ),
        responds_to=("a frozen face", "damped or exaggerated movement", "jitter"),
        ignores=("sound", "re-muxing", "place and size of the face", "a constant expression"),
        fail_value=None,
        tolerance=0.05,
        tasks=frozenset(("listening",)),
        profiles=frozenset({"bundled"}),
        real="halves",
        licence=NON_COMMERCIAL,
    )

    def needs(self) -> Mapping[str, On]:
        """The faces of both listeners."""
        return {"response": Faces().on("response"), "reference": Faces(subject="box").on("reference")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`response` and `reference`: their variance within the clip."""
        roles: tuple[Role, ...] = ("reference", "response")
        return {role: np.array(_variance(inputs[role], role)) for role in roles}

    def total(self, rows: Sequence[NamedArrays], weights: Floats) -> float:
        """|log2| of the ratio."""
        return float(self.totals(rows, weights[None, :])[0])

    def totals(self, rows: Sequence[NamedArrays], weights: Floats) -> Floats:
        """|log2| of the ratio of each line."""
        response, reference = (weights @ _of(rows, role) for role in ("response", "reference"))
        if not reference.all():
            raise Unscored(
                "too_short", "no reference moves: there is nothing to compare liveliness with", role="reference"
            )
        return _octaves(response, reference)

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """The ratio itself: below 1 is stiffer than people, above 1 livelier."""
        return {"ratio": float(weights @ _of(rows, "response") / (weights @ _of(rows, "reference")))}

    def floor(self, rows: Sequence[NamedArrays], rng: np.random.Generator) -> float | None:
        """The distance between disjoint halves of the references, averaged over 50 splits."""
        if len(rows) < 2:
            return None
        known = _of(rows, "reference")
        halves = [[known[half].mean() for half in split_halves(len(rows), rng)] for _ in range(_SPLITS)]
        one, other = np.array(halves).T
        return float(_octaves(one, other).mean()) if other.all() else None


def _variance(faces: NamedArrays, role: Role) -> float:
    face = signals(faces)
    if not face.seen.any():
        raise Unscored("no_face", f"no frontal face was found in the {role}", role=role)
    if face.seen.sum() < _LEAST_FRAMES:
        raise Unscored("too_short", f"the face of the {role} is seen for less than a second", role=role)
    return float(departures(face)[face.seen].var(axis=0).sum())


def _of(rows: Sequence[NamedArrays], role: str) -> Floats:
    return np.array([float(row[role]) for row in rows])


def _octaves(x: Floats, y: Floats) -> Floats:
    return np.asarray(np.minimum(np.abs(np.log2(np.maximum(x / y, 2.0**-WORST))), WORST))
