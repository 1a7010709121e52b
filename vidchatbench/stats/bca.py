"""The bias-corrected and accelerated bootstrap interval, resampled by cluster."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from statistics import NormalDist

import numpy as np

from vidchatbench.stats.interval import Interval
from vidchatbench.stats.resample import cluster_resamples, leave_one_out
from vidchatbench.types import Array, Floats

MIN_CLUSTERS = 5
"""With fewer independent units the resamples are too few and too alike for any interval to hold its level."""
MAX_SHIFT = 1.0
"""Largest |z0|: beyond it, resampling shifts the statistic by more than one standard error (as it does with a Frechet
distance, whose bias the bootstrap adds a second time), and no interval read off the resamples is valid."""
_ROUNDING = 1e-12
"""Relative difference below which two totals are the same number, summed in another order."""

Totals = Callable[[Floats], Floats]
"""The statistic for each line of row multiplicities: (B, n) float64 to (B,). NaN where a line leaves it undefined."""


def bca_interval(
    totals: Totals,
    clusters: Sequence[str] | Sequence[int] | Array,
    *,
    n_resamples: int = 9999,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """The interval of a statistic whose rows are independent between clusters only (items cut from one source video).

    Clusters are drawn with replacement, and left out one by one for the acceleration. The result depends neither on
    the order of the rows (clusters are sorted by label) nor on the NumPy version (see `cluster_resamples`). For a
    paired comparison, give the difference of two statistics on the same rows as `totals`.

    A statistic with equal value in every resample gives a point interval. The percentile interval stands in where the
    acceleration is undefined. There is no interval with fewer than `MIN_CLUSTERS` clusters, where the statistic or a
    resample is not finite, and where the resamples lie to one side of the statistic (`MAX_SHIFT`).

    Source: B. Efron, Better Bootstrap Confidence Intervals, JASA 82 (1987), 171-185.

    Args:
        totals: The statistic for each line of row multiplicities, (B, n) float64 to (B,). Multiplicities may be 0.
        clusters: The label of each row's cluster, (n,).
        n_resamples: Number of resamples.
        seed: Seed of the draws.
        level: Confidence level, between 0 and 1.

    Raises:
        ValueError: Where an argument is out of range or `totals` returns another shape than (B,).
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, is {level}")
    if n_resamples < 1:
        raise ValueError(f"n_resamples must be 1 or more, is {n_resamples}")
    labels, members = np.unique(np.asarray(clusters), return_inverse=True)
    if members.ndim != 1:
        raise ValueError(f"clusters must have one label a row, has shape {members.shape}")
    n, k = len(members), len(labels)
    if k < MIN_CLUSTERS:
        why = f"{k} independent source(s): an interval needs {MIN_CLUSTERS}"
        return Interval(low=None, high=None, se=None, method=None, n_resamples=0, n_clusters=k, reason=why)
    point = float(_apply(totals, [np.ones((1, n))])[0])
    boot = _apply(totals, cluster_resamples(members, k, n_resamples, seed)) if math.isfinite(point) else np.zeros(0)
    return bca_from(point, boot, lambda: _apply(totals, leave_one_out(members, k)), k, level=level)


def bca_from(
    point: float, boot: Floats, without_each: Callable[[], Floats], n_clusters: int, *, level: float = 0.95
) -> Interval:
    """`bca_interval` from its parts, for who forms several statistics on the same resamples.

    Args:
        point: The statistic.
        boot: Its values on resamples, (B,).
        without_each: Gives its values with each cluster left out, (k,); asked only where they are needed.
        n_clusters: Number of clusters, k; 5 or more.
        level: Confidence level, between 0 and 1.
    """
    k, n_resamples, tails = n_clusters, len(boot), ((1 - level) / 2, (1 + level) / 2)

    def without(reason: str, drawn: int) -> Interval:
        return Interval(low=None, high=None, se=None, method=None, n_resamples=drawn, n_clusters=k, reason=reason)

    if not math.isfinite(point):
        return without("the statistic itself is not finite", 0)
    if not np.isfinite(boot).all():
        return without(
            f"{int((~np.isfinite(boot)).sum())} of {n_resamples} resamples have no finite value", n_resamples
        )

    rounding = _ROUNDING * max(abs(point), float(np.abs(boot).max()))
    offset = boot - point
    if np.abs(offset).max() <= rounding:
        why = "every resample has the same value"
        return Interval(
            low=point, high=point, se=0.0, method="percentile", n_resamples=n_resamples, n_clusters=k, reason=why
        )
    below, equal = np.mean(offset < -rounding), np.mean(np.abs(offset) <= rounding)
    shift = _normal_quantile(float(below + equal / 2))
    if abs(shift) > MAX_SHIFT:
        side = "below" if shift > 0 else "above"
        return without(f"biased under resampling: the resamples lie {side} the value itself", n_resamples)

    acceleration = _acceleration(without_each(), rounding)
    adjusted = None if acceleration is None else _adjust(tails, shift, acceleration)
    low, high = np.quantile(boot, tails if adjusted is None else adjusted)
    return Interval(
        low=float(low),
        high=float(high),
        se=float(boot.std(ddof=1)) if n_resamples > 1 else 0.0,
        method="percentile" if adjusted is None else "bca",
        n_resamples=n_resamples,
        n_clusters=k,
        reason="the acceleration is undefined" if adjusted is None else None,
    )


def _apply(totals: Totals, blocks: Iterable[Floats]) -> Floats:
    found = []
    for block in blocks:
        values = np.asarray(totals(block), dtype=np.float64)
        if values.shape != (len(block),):
            raise ValueError(f"totals must return one value a line, shape ({len(block)},), returned {values.shape}")
        found.append(values)
    return np.concatenate(found)


def _normal_quantile(p: float) -> float:
    return NormalDist().inv_cdf(p) if 0 < p < 1 else math.copysign(math.inf, p - 0.5)


def _acceleration(jackknife: Floats, rounding: float) -> float | None:
    """Efron's acceleration, a sixth of the skewness of the jackknife influences; None where it is undefined."""
    influence = jackknife.mean() - jackknife
    if not np.isfinite(influence).all() or np.abs(influence).max() <= rounding:
        return None
    influence = influence / np.abs(influence).max()
    return float((influence**3).sum() / (6 * (influence**2).sum() ** 1.5))


def _adjust(tails: tuple[float, float], shift: float, acceleration: float) -> tuple[float, float] | None:
    """The shares of the resamples that BCa reads instead of `tails`; None past the pole of the transformation."""
    normal = NormalDist()
    shares = []
    for tail in tails:
        z = shift + normal.inv_cdf(tail)
        if acceleration * z >= 1:
            return None
        shares.append(normal.cdf(shift + z / (1 - acceleration * z)))
    return shares[0], shares[1]
