"""The paired tests of all pairs of many systems, adjusted together.

`max_t(scores, *, seed, n_draws=9999)`: scores (k sources, M systems) in, adjusted p (M, M) out, symmetric, 1 on the
diagonal. Pair (i, j) is told apart at 5 % where its entry is at most 0.05; which is larger, the scores' sums say.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from vidchatbench.stats.sign_flip import DRAWS, MIN_FLIPPED, MOST_ENUMERATED, sign_blocks
from vidchatbench.types import Floats

_ROUNDING = 1e-9
"""Relative difference below which two numbers are the same, added up in another order."""
_BLOCK = 500_000
"""Statistics held at once (4 MB): pairs times draws of a block."""


def max_t(scores: ArrayLike, *, seed: int, n_draws: int = DRAWS) -> Floats:
    """Adjusted p-values of the paired sign-flip tests of all pairs, by the step-down max-t procedure.

    A draw turns the signs of all systems' scores of a source together, so that what systems have in common stays so.
    The statistic of a pair is |sum of d| / sqrt(sum of d^2) of its scores' differences d. The adjusted p of a pair is
    the share of draws in which the largest statistic, over it and all pairs with smaller statistics, is as large as its
    own (equal ones count half, as in `sign_flip_test`), and no less than that of any pair with a larger one. Where p of
    at most 5 % rejects, any true null is rejected in about 5 of 100 such families, whichever the other pairs are. It
    finds more than Holm's adjustment, which knows nothing of what pairs have in common.

    For two systems it is `sign_flip_test` of their difference. All signs are tried up to 13 sources. Two systems with
    the same scores (to 1e-9) are no pair: p is 1, and one of them more or less changes no other p by a bit. Neither
    does the order of the systems. Pairs that differ on fewer than 7 sources are not tested, either. Below `MIN_MEAN`
    sources it says which systems are not alike, and not which is better, as there.

    Source: P. Westfall and S. Young, Resampling-Based Multiple Testing (1993), algorithm 2.8, with sign flips.

    Args:
        scores: What each source video adds to each system's value (`jackknife_scores`), (k, M), finite; all columns in
            the same order of sources.
        seed: Seed of the draws.
        n_draws: Number of draws beyond 13 sources.

    Returns:
        The adjusted p-values, (M, M), in (0, 1]; symmetric, and 1 on the diagonal.

    Raises:
        ValueError: Where scores are not a finite table with a column or more, or there are fewer than 7 sources.
    """
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2 or not table.shape[1] or not np.isfinite(table).all():
        raise ValueError(f"scores must be a finite table (sources, systems), have shape {table.shape}")
    if len(table) < MIN_FLIPPED:
        raise ValueError(f"{len(table)} independent source(s): a paired test needs {MIN_FLIPPED}")
    distinct, system = np.unique(table, axis=1, return_inverse=True)  # sorted, so that no order of systems is left
    p = _distinct(distinct, seed, n_draws)
    return np.asarray(p[np.ix_(system.ravel(), system.ravel())])


def _distinct(scores: Floats, seed: int, n_draws: int) -> Floats:
    m = scores.shape[1]
    p = np.ones((m, m))
    size = float(np.sqrt((scores**2).sum(axis=0)).max())  # the sums below hold so many digits, of whatever pair
    scores = scores - scores.mean(axis=1, keepdims=True)  # takes nothing from a difference, and keeps digits
    one, two = np.triu_indices(m, 1)
    deviation, moving = np.concatenate([_pairs(scores[:, i + 1 :] - scores[:, i : i + 1]) for i in range(m)], axis=1)
    tested = (deviation > _ROUNDING * size) & (moving >= MIN_FLIPPED)
    one, two, deviation = one[tested], two[tested], deviation[tested]
    if not len(one):
        return p
    sums = scores.sum(axis=0)
    seen = np.abs(sums[one] - sums[two]) / deviation
    upwards = np.argsort(seen, kind="stable")
    one, two, deviation, seen = one[upwards], two[upwards], deviation[upwards], seen[upwards]
    more, same, tried = _counts(scores, one, two, deviation, seen, seed, n_draws)
    shares = np.where(seen <= _ROUNDING, 1.0, (more + same / 2) / tried)
    adjusted = np.maximum.accumulate(shares[::-1])[::-1]
    p[one, two] = p[two, one] = adjusted
    return p


def _pairs(differences: Floats) -> Floats:
    """Of each pair's differences (k, pairs): the root of their sum of squares, and how many are not 0; (2, pairs)."""
    size = np.abs(differences)
    return np.stack([np.sqrt((size**2).sum(axis=0)), (size > _ROUNDING * size.sum(axis=0)).sum(axis=0)])


def _counts(
    scores: Floats, one: Floats, two: Floats, deviation: Floats, seen: Floats, seed: int, n_draws: int
) -> tuple[Floats, Floats, int]:
    """In how many draws the largest statistic up to each pair is above what was seen of it, and equal; and of all."""
    k = len(scores)
    rounding = _ROUNDING * np.sqrt(k)
    above, least = (seen + rounding)[:, None], (seen - rounding)[:, None]
    more, as_large, tried = np.zeros(len(one)), np.zeros(len(one)), 0
    step = max(1, _BLOCK // len(one))
    for signs in sign_blocks(k, seed, n_draws):
        sums = scores.T @ signs.T
        for first in range(0, len(signs), step):
            part = sums[:, first : first + step]
            largest = part[one]
            largest -= part[two]
            np.abs(largest, out=largest)
            largest /= deviation[:, None]
            np.maximum.accumulate(largest, axis=0, out=largest)
            more += np.count_nonzero(largest > above, axis=1)
            as_large += np.count_nonzero(largest >= least, axis=1)
        tried += len(signs)
    same = as_large - more
    if k > MOST_ENUMERATED:  # the arrangement that was found is one of those that count
        same, tried = same + 1, tried + 1
    return more, same, tried
