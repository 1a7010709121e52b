"""How lively faces are, beside how they are distributed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.types import Array, Floats, NamedArrays


def variance_ratio(rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
    """`variance_ratio`: total variance within clips, response over reference; 1 is as lively as people, 0 is frozen.

    Rows carry a clip's vectors, `response` and `reference` (k, d). Left out where the references do not move at all.
    """
    response, reference = (
        sum(float(w) * _within(row[role]) for row, w in zip(rows, weights, strict=True))
        for role in ("response", "reference")
    )
    return {"variance_ratio": response / reference} if reference > 0 else {}


def _within(vectors: Array) -> float:
    return float(vectors.astype(np.float64).var(axis=0).sum())
