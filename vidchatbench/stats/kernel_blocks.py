"""Kernel sums between clips, made once, from which the kernel distance of any weighting is cheap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vidchatbench.stats.kernel import kernel_tiles, vectors
from vidchatbench.types import Array, Floats


@dataclass(frozen=True)
class KernelBlocks:
    """Sums of the kernel over all pairs of vectors of two clips, for n clips that have vectors in both sets.

    Pairs of one group are left out, as in `kernel_distance`: their entries are 0. So a clip that a resample draws twice
    is not paired with its copy, either: the distance of a resample does not rise with the number of repeats.
    """

    xx: Floats
    """(n, n): sums within x; symmetric."""
    yy: Floats
    """(n, n): sums within y; symmetric."""
    xy: Floats
    """(n, n): clip i of x with clip j of y."""
    size_x: Floats
    """(n,): the clips' numbers of vectors in x."""
    size_y: Floats
    """(n,): those in y."""
    apart: Array
    """(n, n) bool: whether two clips are of different groups."""

    @classmethod
    def of(cls, xs: Sequence[Array], ys: Sequence[Array], groups: ArrayLike | None = None) -> KernelBlocks:
        """Form the sums: O(vectors^2 d) once, in memory that does not grow with the square of the vectors.

        Args:
            xs: The vectors of each clip in the first set, n tables (k, d).
            ys: Those in the second set, n tables; clip i of both belong together (a response and its reference).
            groups: The clips' groups (source videos), (n,) labels; None where each clip is a group of its own.

        Raises:
            ValueError: Where shapes do not fit or values are not finite.
        """
        if len(xs) != len(ys) or not xs:
            raise ValueError(f"x has {len(xs)} clips, y {len(ys)}: both need the same, and one or more")
        x, y = vectors("x", np.concatenate(xs)), vectors("y", np.concatenate(ys))
        if x.shape[1] != y.shape[1]:
            raise ValueError(f"vectors of x have {x.shape[1]} dimensions, those of y {y.shape[1]}")
        labels = np.arange(len(xs)) if groups is None else np.asarray(groups)
        if labels.shape != (len(xs),):
            raise ValueError(f"groups must be {len(xs)} labels, have shape {labels.shape}")
        size_x, size_y = (np.array([len(rows) for rows in sets], dtype=np.float64) for sets in (xs, ys))
        apart = labels[:, None] != labels[None, :]
        clip_x, clip_y = (np.repeat(np.arange(len(xs)), size.astype(int)) for size in (size_x, size_y))
        return cls(
            xx=apart * _sums(x, x, clip_x, clip_x, len(xs)),
            yy=apart * _sums(y, y, clip_y, clip_y, len(xs)),
            xy=apart * _sums(x, y, clip_x, clip_y, len(xs)),
            size_x=size_x,
            size_y=size_y,
            apart=apart,
        )

    def distances(self, wx: Floats, wy: Floats | None = None) -> Floats:
        """The distance for each line of the clips' multiplicities.

        Args:
            wx: Multiplicities in x, (B, n), 0 or more.
            wy: Multiplicities in y, (B, n); None for those of x, as clips are resampled.

        Returns:
            (B,) distances; NaN in a line that leaves no pair, which tells `bca_interval` that there is no interval.
        """
        wy = wx if wy is None else wy
        own_x = _means(wx, self.xx, wx, self.size_x, self.apart, self.size_x)
        own_y = _means(wy, self.yy, wy, self.size_y, self.apart, self.size_y)
        return own_x + own_y - 2 * _means(wx, self.xy, wy, self.size_x, self.apart, self.size_y)

    def distance(self, weights: Floats | None = None) -> float:
        """The distance where clip i counts `weights[i]` times (once where not given).

        Raises:
            ValueError: Where no pair of different groups is left.
        """
        value = float(self.distances((np.ones(len(self.size_x)) if weights is None else weights)[None, :])[0])
        if not np.isfinite(value):
            raise ValueError("no pair of different groups is left")
        return value

    def influence(self) -> Floats:
        """The influence of each clip, (n,): centred pseudo-values of the jackknife that leaves out one clip at a time.

        The standard error is `sd / sqrt(n)`. For equal distributions, where the statistic is degenerate, it is
        too large by up to sqrt(2), not too small.

        Raises:
            ValueError: Where a clip left out leaves no pair.
        """
        n = len(self.size_x)
        without = self._without_each()
        if not np.isfinite(without).all():
            raise ValueError("no pair of different groups is left without one of the clips")
        return np.asarray((n - 1) * (without.mean() - without))

    def _without_each(self) -> Floats:
        """`distances(1 - eye)`, without each clip in turn, (n,): its pairs are taken from all, in O(n^2)."""
        own_x = _means_without_each(self.xx, self.size_x, self.apart, self.size_x)
        own_y = _means_without_each(self.yy, self.size_y, self.apart, self.size_y)
        return own_x + own_y - 2 * _means_without_each(self.xy, self.size_x, self.apart, self.size_y)

    def among_y(self) -> KernelBlocks:
        """The second set in both places: what its parts, given by `wx` and `wy`, are from each other."""
        return KernelBlocks(self.yy, self.yy, self.yy, self.size_y, self.size_y, self.apart)


def _means_without_each(sums: Floats, size_a: Floats, apart: Array, size_b: Floats) -> Floats:
    """`_means` of lines that each leave out one clip; no clip is paired with itself."""
    others_b, others_a = apart @ size_b, size_a @ apart
    total = sums.sum() - sums.sum(axis=0) - sums.sum(axis=1)
    mass = size_a @ others_b - size_a * others_b - others_a * size_b
    return np.asarray(total / np.where(mass > 0, mass, np.nan))


def _sums(a: Array, b: Array, clip_a: Array, clip_b: Array, n: int) -> Floats:
    """Sums of the kernel by clip, (n, n), where the vectors stand in the order of their clips."""
    out = np.zeros((n, n))
    for rows, columns, kernel in kernel_tiles(a, b):
        (here, starts), (there, starts_b) = (
            np.unique(clip[part], return_index=True) for clip, part in ((clip_a, rows), (clip_b, columns))
        )
        sums = kernel
        for axis, first in ((1, starts_b), (0, starts)):
            if len(first) < sums.shape[axis]:  # else each clip has one vector
                sums = np.add.reduceat(sums, first, axis=axis)
        out[np.ix_(here, there)] += sums
        if a is b and columns.start > rows.start:
            out[np.ix_(there, here)] += sums.T
    return out


def _means(wa: Floats, sums: Floats, wb: Floats, size_a: Floats, apart: Array, size_b: Floats) -> Floats:
    total = (wa @ sums * wb).sum(axis=1)
    mass = ((wa * size_a) @ apart * (wb * size_b)).sum(axis=1)
    return np.asarray(total / np.where(mass > 0, mass, np.nan))
