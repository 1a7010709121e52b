"""The mean over the samples that have a statistic, for the values beside a headline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.types import Floats, NamedArrays


def valid_means(rows: Sequence[NamedArrays], weights: Floats, **names: str) -> Mapping[str, float]:
    """Weighted means of statistics, each over the rows that have it, as `{shown name: mean}`.

    `names` gives, for each shown name, the statistic's name. A mean over no row is left out, never guessed.
    """
    means = {}
    for shown, name in names.items():
        has = np.array([name in row for row in rows])
        if weights[has].sum() > 0:
            values = np.array([float(row[name]) for row in rows if name in row])
            means[shown] = float(weights[has] @ values / weights[has].sum())
    return means
