"""Sequences of many clips side by side, and how they correlate at every shift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from vidchatbench.types import Floats

LEAST = 0.6
"""Share of the shorter sequence that must overlap,"""
FEWEST = 25
"""and ticks (a second)."""
_STEADY = 1e-3

Reals = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """n sequences of vectors, each about zero."""

    values: Reals
    """(n, ticks, channels), with zeros behind a sequence's end."""
    ends: NDArray[np.int64]
    """(n,): how long each is."""

    @staticmethod
    def of(sequences: Sequence[Reals], ticks: int) -> Tracks:
        """Sequences (own ticks, channels) of at most `ticks`, of which some may be empty."""
        values = np.zeros((len(sequences), ticks, max((one.shape[1] for one in sequences), default=1)), np.float32)
        for k, one in enumerate(sequences):
            values[k, : len(one), : one.shape[1]] = one
        return Tracks(values, np.array([len(one) for one in sequences], np.int64))

    def channels(self, which: NDArray[np.bool_]) -> Tracks:
        """Some of the channels."""
        return Tracks(self.values[:, :, which], self.ends)

    @property
    def power(self) -> Floats:
        """(n, ticks + 1): the sum of squares before each tick."""
        squares = np.square(self.values, dtype=np.float64).sum(2)
        return np.concatenate([np.zeros((len(squares), 1)), squares.cumsum(1)], 1)


def shifts(a: Tracks, b: Tracks) -> NDArray[np.int64]:
    """The shifts of all results here: ticks by which one of `b` starts after one of `a`."""
    return np.arange(-b.values.shape[1], a.values.shape[1])


def products(a: Tracks, b: Tracks) -> Floats:
    """Sums of products over the overlap, (n, m, shifts)."""
    long_a, long_b = a.values.shape[1], b.values.shape[1]
    size = fft.next_fast_len(long_a + long_b, real=True)
    p, q = fft.rfft(a.values, size, axis=1), fft.rfft(b.values, size, axis=1)
    summed = np.matmul(p.transpose(1, 0, 2), q.conj().transpose(1, 2, 0))  # frequencies x n x m
    around = fft.irfft(summed, size, axis=0).transpose(1, 2, 0)
    return np.concatenate([around[..., size - long_b :], around[..., :long_a]], -1)


def norms(a: Tracks, b: Tracks) -> Floats:
    """What products must be divided by to be correlations; NaN where too little overlaps or changes."""
    at = shifts(a, b)
    ends_a, ends_b = a.ends[:, None, None], b.ends[None, :, None]
    low = np.maximum(at, 0)[None, None]
    high = np.maximum(low, np.minimum(ends_a, ends_b + at))
    i, j = np.arange(len(a.ends))[:, None, None], np.arange(len(b.ends))[None, :, None]
    long_a, long_b = a.values.shape[1], b.values.shape[1]
    in_a = a.power[i, np.minimum(high, long_a)] - a.power[i, np.minimum(low, long_a)]
    in_b = b.power[j, np.clip(high - at, 0, long_b)] - b.power[j, np.clip(low - at, 0, long_b)]
    enough = high - low >= np.maximum(LEAST * np.minimum(ends_a, ends_b), FEWEST)
    return np.where(enough & (in_a * in_b > _STEADY), np.sqrt(np.maximum(in_a * in_b, _STEADY)), np.nan)


def correlations(a: Tracks, b: Tracks) -> Floats:
    """Correlations over the overlap by each one's own mean, (n, m, shifts); -1 where nothing can be told."""
    return np.asarray(np.nan_to_num(products(a, b) / norms(a, b), nan=-1.0))
