"""Metric: Frechet distance between the response's expressions and the real answer's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.errors import Unscored
from vidchatbench.feature import On
from vidchatbench.metric import Card
from vidchatbench.types import Floats, NamedArrays, Sample
from vidchatbench_metrics.emotion.expression import NAMES, expression
from vidchatbench_metrics.emotion.variance_ratio import variance_ratio
from vidchatbench_metrics.perception.dlib_face import NON_COMMERCIAL
from vidchatbench_metrics.perception.faces import Faces
from vidchatbench_metrics.set_distance import FrechetDistance

VECTORS = 16


class LandmarkFD(FrechetDistance):
    """Frechet distance of ten expression measures, 0 and more, lower is more like people."""

    card = Card(
        id="emotion.landmark_fd",
        version=1,
        family="emotion",
        title="Expression FD (landmarks)",
        unit="",
        range=(0.0, None),
        direction="lower",
        meaning=(
            "Whether faces show the same expressions, as often and as strongly, as the real people do over the whole "
            "set: brows, eyes, mouth and jaw, as departures from the portrait. 0 is the same distribution; a face "
            "that never moves has about 10, one for each measure. It says nothing about the right expression at the "
            "right moment. Compare only values over equally many items, beside the value of real against real."
        ),
        source=(
            "Frechet distance (Heusel et al. 2017, eq. 6) over interpretable landmark measures; the published "
            "FID-Emotion uses Deep3DFaceRecon coefficients, which this does not stand in for."
        ),
        unspecified_by_paper=(
            "The measures: ten distances on a face brought to a frontal template by an affine fit of eye corners and "
            "nose, in standard deviations of people's own variation within a clip, less those of the portrait, so "
            "that the shape of a person's face does not count as an expression. Up to 16 vectors for each clip, "
            "evenly spaced over its frames with a face. `variance_ratio` is the response's total variance within "
            "clips over the reference's (1: as lively)."
        ),
        responds_to=("a frozen face", "exaggerated or damped expression", "another expression held"),
        ignores=("sound", "re-muxing", "place and size of the face", "roll of the head"),
        fail_value=None,
        min_n=2,
        tolerance=0.05,
        profiles=frozenset({"bundled"}),
        real="halves",
        licence=NON_COMMERCIAL,
    )

    dimensions = len(NAMES)

    def params(self) -> Mapping[str, str | int | float | bool]:
        """How many vectors of how many measures."""
        return {"vectors": VECTORS, "d": len(NAMES), "neutral": "portrait"}

    def needs(self) -> Mapping[str, On]:
        """The faces of the response, of the reference, and of the portrait, which both are measured from."""
        return {
            "response": Faces().on("response"),
            "reference": Faces(subject="box").on("reference"),
            "portrait": Faces(subject="largest").on("portrait"),
        }

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """Up to 16 vectors (k, 10) float32 of the `response` and of the `reference`."""
        if not inputs["portrait"]["found"].any():
            raise Unscored("no_face", "no frontal face was found in the portrait: give a frontal one", role="portrait")
        if not inputs["reference"]["found"].any():
            raise Unscored(
                "no_face", "no frontal face was found in the reference: this item cannot be judged", role="reference"
            )
        if not inputs["response"]["found"].any():
            raise Unscored("no_face", "no frontal face was found in the response")
        neutral = expression(inputs["portrait"]["landmarks"][:1])
        return {role: (_some(inputs[role]) - neutral).astype(np.float32) for role in ("response", "reference")}

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """Variance within clips, response over reference: 1 is as lively as people, 0 is frozen."""
        return variance_ratio(rows, weights)


def _some(faces: NamedArrays) -> Floats:
    """The measures at up to 16 evenly spaced frames that have a face and show a new picture."""
    fresh = np.flatnonzero(faces["fresh"])
    # A face found only on a repeated picture has no fresh frame: then that repeat is its first sight.
    frames = fresh if len(fresh) else np.arange(len(faces["landmarks"]))
    chosen = frames[np.linspace(0, len(frames) - 1, min(VECTORS, len(frames))).round().astype(int)]
    return expression(faces["landmarks"][chosen])
