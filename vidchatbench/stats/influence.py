"""The interval of a statistic from the influences of its rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from vidchatbench.stats.interval import Interval
from vidchatbench.types import Array

MIN_INFLUENCED = 20
"""With fewer independent units the interval holds well less than its level where values are skewed."""


def influence_interval(
    value: float, influence: ArrayLike, clusters: Sequence[str] | Sequence[int] | Array, *, level: float = 0.95
) -> Interval:
    """The interval `value` +- t se (Student's t for k - 1), where rows are independent only between their k clusters.

    The influences of a cluster are added up; the variance of the value is the sum of their squares over n^2, times
    k / (k - 1). The interval covers the statistic's expected value at this n, its bias included.

    Args:
        value: The statistic.
        influence: How much each row moves it, (n,): the value is about its expectation plus their mean. Centred here.
        clusters: The label of each row's cluster, (n,).
        level: Confidence level, between 0 and 1.

    Raises:
        ValueError: Where `level` is out of range, shapes differ or values are not finite.
    """
    from scipy.special import stdtrit  # slow to load, and only few metrics get here

    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, is {level}")
    labels, members = np.unique(np.asarray(clusters), return_inverse=True)
    each, k = np.asarray(influence, dtype=np.float64), len(labels)
    if each.shape != members.shape or each.ndim != 1:
        raise ValueError(f"influence must be one value a row, shape {members.shape}, has shape {each.shape}")
    if not (np.isfinite(each).all() and np.isfinite(value)):
        raise ValueError("the value or an influence is not finite")
    if k < MIN_INFLUENCED:
        why = f"{k} independent source(s): an interval from influences needs {MIN_INFLUENCED}"
        return Interval(low=None, high=None, se=None, method=None, n_resamples=0, n_clusters=k, reason=why)
    sums = np.bincount(members, each - each.mean(), k)
    se = float(np.sqrt((sums**2).sum() * k / (k - 1))) / len(each)
    reach = float(stdtrit(k - 1, (1 + level) / 2)) * se
    return Interval(
        low=value - reach, high=value + reach, se=se, method="influence", n_resamples=0, n_clusters=k, reason=None
    )
