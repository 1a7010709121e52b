"""Rank sets: which ranks each of many systems may have, given what paired tests can tell apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vidchatbench.comparison.schema import ALPHA
from vidchatbench.leaderboard.schema import RankSet
from vidchatbench.stats import max_t
from vidchatbench.types import Array, Floats

SEED = 20261120
"""Of all draws, as in totals and comparisons."""


@dataclass(frozen=True)
class Claims:
    """Which system is better than which, beyond chance: a strict partial order of M systems."""

    better: Array
    """(M, M) bool: the system of the row is better than that of the column."""
    twin: Array
    """(M,) numbers, equal for systems with the same value and the same scores: clones, which count once."""

    def rank_sets(self) -> list[RankSet]:
        """For each system 1 + those better than it, to all less those worse than it.

        Since the order is transitive, two systems that are not told apart always have ranks in common. Clones count
        once, so that one clone more or less changes nobody else's set.
        """
        _, first = np.unique(self.twin, return_index=True)
        above = self.better[first].sum(axis=0)
        below = self.better[:, first].sum(axis=1)
        n = len(first)
        return [RankSet(best=1 + int(a), worst=n - int(b)) for a, b in zip(above, below, strict=True)]


def claims(
    values: ArrayLike, scores: ArrayLike, *, higher: bool, untold: Array | None = None, seed: int = SEED
) -> Claims:
    """The claims that the tests of all pairs allow together, at 5 % for the whole family.

    System i is better than j where its value is, their adjusted p (`max_t`) is at most 5 %, and the difference is
    beyond its own 95 % interval (Student's t of the scores' differences), so that no test ever tells apart what an
    interval does not. Such claims need not be transitive: i may be better than z, and z than j, while i and j are not
    told apart. Then claims are dropped, the weakest first, until they are.

    Args:
        values: What each system is sorted by, (M,), finite.
        scores: What each source video adds to it, (k sources, M), finite; they add up to `values`. 7 sources or more.
        higher: Whether more is better.
        untold: (M, M) bool, symmetric: pairs of which nothing is to be claimed, whatever the test says.
        seed: Of the test's draws.
    """
    value, table = _rounded(values), _rounded(scores)
    p = max_t(table, seed=seed)
    gain = (value[:, None] - value[None, :]) * (1 if higher else -1)
    total, size, reach = _sums(table)
    better = (p <= ALPHA) & (gain > 0) & (np.abs(total) > reach)
    if untold is not None:
        better &= ~untold
    strength = np.abs(total) / np.where(size > 0, size, 1.0)
    _, twin = np.unique(np.vstack([value, table]), axis=1, return_inverse=True)
    return Claims(transitive(better, p, strength), twin.ravel())


def transitive(better: Array, p: Floats, strength: Floats) -> Array:
    """`better` less the weakest claims (greatest p, then least strength) until it is transitive.

    As long as i > z and z > j without i > j anywhere, the weakest of all claims in such chains goes, with those as
    weak. It is the weaker one of a chain of its own, and no order of systems decides which goes first.
    """
    kept = better.copy()
    while True:
        chained = (kept.astype(np.float32) @ kept.astype(np.float32)) > 0
        open_ends = (chained & ~kept).astype(np.float32)
        if not open_ends.any():
            return kept
        part = kept & (((open_ends @ kept.T.astype(np.float32)) > 0) | ((kept.T.astype(np.float32) @ open_ends) > 0))
        weakest = part & (p == p[part].max())
        weakest &= strength <= strength[weakest].min()
        kept &= ~weakest


def _rounded(numbers: ArrayLike) -> Floats:
    """To 2^-40 of the largest, so that what differs by rounding only is the same number."""
    found = np.asarray(numbers, dtype=np.float64)
    most = float(np.abs(found).max(initial=0.0))
    step = 2.0 ** (np.ceil(np.log2(most)) - 40) if most > 0 else 1.0
    return np.asarray(np.round(found / step) * step + 0.0)


def _sums(scores: Floats) -> tuple[Floats, Floats, Floats]:
    """Of all pairs' differences, (M, M) each: the sum, the root of the squares, and how far its interval reaches."""
    from scipy.special import stdtrit  # slow to load

    k, m = scores.shape
    total, size, reach = (np.zeros((m, m)) for _ in range(3))
    t = float(stdtrit(k - 1, 0.975)) * np.sqrt(k / (k - 1))
    for i in range(m):
        apart = scores[:, i : i + 1] - scores
        total[i], size[i] = apart.sum(axis=0), np.sqrt((apart**2).sum(axis=0))
        reach[i] = t * np.sqrt(((apart - total[i] / k) ** 2).sum(axis=0))
    return total, size, reach
