"""The interval and the scores of the difference between two systems on the same samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from vidchatbench.stats.bca import Totals
from vidchatbench.stats.influence import influence_interval
from vidchatbench.stats.interval import Interval
from vidchatbench.stats.resample import leave_one_out
from vidchatbench.stats.sign_flip import MIN_MEAN
from vidchatbench.types import Array, Floats


def difference_interval(scores: ArrayLike, *, least: int = MIN_MEAN) -> Interval:
    """The 95 % interval of a difference from the scores that add up to it: +- t standard errors of their sum.

    It is the interval that belongs to `sign_flip_test` of the same scores: nearly always, it leaves out 0 where p is
    below 5 %. A bootstrap of a difference of Wasserstein distances holds less than its level where one is near people.

    Args:
        scores: What each independent unit adds to the difference (`jackknife_scores`), (k,).
        least: Fewest units for which there is an interval; 20 or more.
    """
    each = np.asarray(scores, dtype=np.float64)
    k = len(each)
    if k < least:
        why = f"{k} independent source(s): the interval of a difference needs {least}"
        return Interval(low=None, high=None, se=None, method=None, n_resamples=0, n_clusters=k, reason=why)
    return influence_interval(float(each.sum()), k * each, np.arange(k))


def jackknife_scores(totals: Totals, members: Array, n_clusters: int) -> Floats:
    """What each cluster adds to a statistic, from leaving it out: (k,).

    They add up to the statistic. For a mean these are the clusters' sums over n; for other statistics they are the
    jackknife's pseudo-values over k, all moved alike. Unmoved they would add up to the statistic less its bias as the
    jackknife sees it, which scatters more than the statistic and more than the scores say: a test of a difference of
    two Wasserstein distances then rejects 10 of 100 true nulls where systems are near people. In a difference of two
    systems on the same rows, their biases take most of each other away.

    Args:
        totals: The statistic for each line of row multiplicities, (B, n) float64 to (B,).
        members: Each row's cluster, 0 to `n_clusters` - 1, (n,).
        n_clusters: Number of clusters.

    Returns:
        The scores; not finite where a cluster left out leaves the statistic undefined.
    """
    whole = float(totals(np.ones((1, len(members))))[0])
    share = np.bincount(members, minlength=n_clusters) / len(members)
    without = np.concatenate([totals(kept) for kept in leave_one_out(members, n_clusters)])
    scores = share * whole + (1 - share) * (whole - without)
    return np.asarray(scores + (whole - scores.sum()) / n_clusters)


def influence_scores(influence: ArrayLike, members: Array, n_clusters: int) -> Floats:
    """What the exchange of each cluster moves a distance, from the influences of both systems' pooled rows: (k,).

    The influences of 2 n rows, the first system's and then the second's in the same order, on the distance of all
    of them. They do not change when a source's answers are exchanged between the systems; only its score's sign does.
    So `sign_flip_test` of the scores is exact for exchangeable systems in any dimension, where a Frechet distance is
    mostly bias. Their sum is the second system's distance less the first's, to third order in what sets them apart.

    Args:
        influence: Of the pooled rows, (2 n,).
        members: Each row's cluster, 0 to `n_clusters` - 1, (n,).
        n_clusters: Number of clusters.
    """
    first, second = np.asarray(influence, dtype=np.float64).reshape(2, -1)
    return np.bincount(members, second - first, n_clusters) / len(members)
