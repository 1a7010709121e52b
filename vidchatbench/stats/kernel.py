"""The kernel distance (KID, KVD) between two sets of feature vectors."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from vidchatbench.types import Array, Floats

_TILE = 1024
"""Vectors of each side for which the kernel is held at once: 8 MB, and 34 MB of vectors of 2048 dimensions."""


def kernel_distance(
    x: ArrayLike,
    y: ArrayLike,
    groups_x: ArrayLike | None = None,
    groups_y: ArrayLike | None = None,
    wx: ArrayLike | None = None,
    wy: ArrayLike | None = None,
) -> float:
    """Unbiased squared MMD with the kernel (a b / d + 1)^3: lower is closer, 0 on average for equal distributions.

    The mean kernel of pairs within x, plus that within y, less twice that of pairs across (Binkowski et al. 2018,
    Demystifying MMD GANs, equation 4), in float64, over all pairs of different vectors: KID with one subset of all.

    With groups (the clip, or the film, that each vector comes from), pairs of one group are left out of all three
    means. They are dependent: two frames of a clip are alike, and so are a response and its own reference, since
    they share person and room. Kept, the first two raise the distance and the third lowers it, both by c/n. What
    is left is over independent pairs, and unbiased.

    Args:
        x: Feature vectors, (n, d).
        y: Feature vectors, (m, d).
        groups_x: The group of each vector of x, (n,) labels; None where every vector is independent of all others.
        groups_y: The group of each vector of y, (m,), labels as in x; given or left out together with `groups_x`.
        wx: Multiplicities of x, (n,), 0 or more; copies of a vector are not paired. None for 1 each.
        wy: Multiplicities of y, (m,).

    Raises:
        ValueError: Where shapes do not fit, values are not finite, or no pair is left.
    """
    x, y = vectors("x", x), vectors("y", y)
    if x.shape[1] != y.shape[1]:
        raise ValueError(f"vectors of x have {x.shape[1]} dimensions, those of y {y.shape[1]}")
    if (groups_x is None) != (groups_y is None):
        raise ValueError("give the groups of both x and y, or of neither")
    gx = np.arange(len(x)) if groups_x is None else np.asarray(groups_x)
    gy = np.arange(len(x), len(x) + len(y)) if groups_y is None else np.asarray(groups_y)
    wx, wy = (np.ones(len(v)) if w is None else np.asarray(w, dtype=np.float64) for v, w in ((x, wx), (y, wy)))
    for name, v, g, w in (("x", x, gx, wx), ("y", y, gy, wy)):
        if g.shape != (len(v),):
            raise ValueError(f"groups of {name} must be {len(v)} labels, have shape {g.shape}")
        if w.shape != (len(v),) or not np.isfinite(w).all() or (w < 0).any():
            raise ValueError(f"weights of {name} must be {len(v)} finite numbers of 0 or more")
    within_x = _pair_mean("within x", x, x, gx, gx, wx, wx)
    within_y = _pair_mean("within y", y, y, gy, gy, wy, wy)
    return within_x + within_y - 2 * _pair_mean("between x and y", x, y, gx, gy, wx, wy)


def _pair_mean(what: str, a: Array, b: Array, ga: Array, gb: Array, wa: Floats, wb: Floats) -> float:
    """The mean kernel over pairs of different groups."""
    total = mass = 0.0
    for rows, columns, kernel in kernel_tiles(a, b):
        independent = ga[rows, None] != gb[None, columns]
        twice = 2 if a is b and columns.start > rows.start else 1
        total += twice * float(wa[rows] @ np.where(independent, kernel, 0) @ wb[columns])
        mass += twice * float(wa[rows] @ independent @ wb[columns])
    if mass <= 0:
        raise ValueError(f"no pair of different groups is left {what}")
    return total / mass


def kernel_tiles(a: Array, b: Array) -> Iterator[tuple[slice, slice, Floats]]:
    """The kernel (n, m) of two sets of vectors in tiles, float64; where `b is a`, those on and right of the diagonal.

    Float64, since the distance is a small difference of means near 1, and a thousandth of one matters.
    """
    for top in range(0, len(a), _TILE):
        rows = slice(top, min(top + _TILE, len(a)))
        left = a[rows].astype(np.float64) / a.shape[1]
        for first in range(top if a is b else 0, len(b), _TILE):
            columns = slice(first, min(first + _TILE, len(b)))
            kernel = left @ b[columns].astype(np.float64).T
            kernel += 1
            yield rows, columns, kernel * kernel * kernel


def vectors(name: str, rows: ArrayLike) -> Array:
    """A table of finite vectors (n, d) of any float type.

    Raises:
        ValueError: Where it is none.
    """
    x = np.asarray(rows)
    if x.ndim != 2 or not len(x):
        raise ValueError(f"{name} must be a table of vectors (n, d), has shape {x.shape}")
    if not np.isfinite(x).all():
        raise ValueError(f"{name} has values that are not finite")
    return x
