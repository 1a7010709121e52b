"""The paired test: would the difference be as large if it did not matter which system gave which answer?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from vidchatbench.types import Array, Floats

MIN_FLIPPED = 7
"""With fewer scores other than 0 so few signs can be set that no mid-p of 5 % rejects a true null in 4 to 6 of 100."""
MIN_MEAN = 50
"""With fewer independent units the test rejects too often where the expected difference is 0 and differences are
skewed (docs/compare.md), and the interval misses its level. It still tests whether it matters which system answered."""
MOST_ENUMERATED = 13
"""Up to so many units all 2^k signs are tried; beyond, `DRAWS` are drawn."""
DRAWS = 9999
_ROUNDING = 1e-9
"""Relative difference below which two sums are the same number, added up in another order."""
_POWER = 2.80
"""Normal quantiles of 97.5 % and 80 %, added up: a difference of so many standard errors is found 4 times in 5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignFlip:
    """The answer of a sign-flip test, or the reason why there is none. Never NaN."""

    p: float | None
    """Two-sided mid-p, in (0, 1]; 1 where the scores sum to 0. None with `reason`."""
    detectable: float | None
    """The least difference that the test finds 4 times in 5 (at 5 %, two-sided), in the unit of the scores."""
    n_clusters: int
    reason: str | None


def sign_flip_test(scores: ArrayLike, *, seed: int = 0, n_draws: int = DRAWS) -> SignFlip:
    """Test whether the scores' sum is 0 by setting their signs, where scores of different clusters are independent.

    A score is what one source video adds to the difference of two systems: exchanging the two systems' answers to it
    turns its sign. Where exchanging changes nothing in distribution, every set of signs is as likely as the one found,
    so the test holds its level at any number of sources; all signs are tried up to 13 sources, else 9999 drawn. Where
    only the mean of the scores is 0 the level holds from `MIN_MEAN` sources on, as that of a t-test does.

    p is a mid-p: as large a sum counts half. A plain p of few or tied scores (a rate) rejects too seldom.

    Args:
        scores: One finite number a cluster, (k,), which add up to the difference.
        seed: Seed of the draws.
        n_draws: Number of draws beyond 13 sources.

    Raises:
        ValueError: Where a score is not finite.
    """
    d = np.asarray(scores, dtype=np.float64)
    if d.ndim != 1 or not np.isfinite(d).all():
        raise ValueError(f"scores must be finite, one a cluster, have shape {d.shape}")
    k, seen, rounding = len(d), abs(float(d.sum())), _ROUNDING * float(np.abs(d).sum())
    moving = int((np.abs(d) > rounding).sum())
    if k < MIN_FLIPPED or 0 < moving < MIN_FLIPPED:
        why = f"{k} independent source(s)" + (f", {moving} with a difference" if moving < k else "")
        reason = f"{why}: a paired test needs {MIN_FLIPPED}"
        return SignFlip(p=None, detectable=None, n_clusters=k, reason=reason)
    detectable = _POWER * float(np.sqrt(((d - d.mean()) ** 2).sum() * k / (k - 1)))
    if seen <= rounding:
        return SignFlip(p=1.0, detectable=detectable, n_clusters=k, reason=None)
    more = same = tried = 0
    for signs in sign_blocks(k, seed, n_draws):
        sums = np.abs(signs @ d)
        more += int((sums > seen + rounding).sum())
        same += int((np.abs(sums - seen) <= rounding).sum())
        tried += len(signs)
    if k > MOST_ENUMERATED:  # the arrangement that was found is one of those that count
        same, tried = same + 1, tried + 1
    return SignFlip(p=(more + same / 2) / tried, detectable=detectable, n_clusters=k, reason=None)


def sign_blocks(k: int, seed: int, n_draws: int) -> Iterator[Floats]:
    """Signs of k units, block by block (b, k): all 2^k up to `MOST_ENUMERATED` units, else `n_draws` random lines."""
    signs = _signs(k, seed, n_draws)
    for first in range(0, len(signs), 1000):
        yield signs[first : first + 1000].astype(np.float64)


@lru_cache(maxsize=2)
def _signs(k: int, seed: int, n_draws: int) -> Array:
    """All signs in int8; kept, since the metrics of a comparison ask for the same.

    They are of the frozen stream of RandomState (NEP 19), so that they are the same with every NumPy version.
    """
    if k <= MOST_ENUMERATED:
        return np.where(np.arange(2**k)[:, None] >> np.arange(k) & 1, -1, 1).astype(np.int8)
    signs = np.empty((n_draws, k), dtype=np.int8)
    stream = np.random.RandomState(seed)
    for first in range(0, n_draws, 1000):
        block = signs[first : first + 1000]
        block[:] = 1 - 2 * stream.randint(0, 2, size=block.shape)
    return signs
