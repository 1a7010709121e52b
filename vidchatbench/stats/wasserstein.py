"""The first Wasserstein distance between two weighted samples of a number."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from vidchatbench.types import Array, Floats

_BLOCK = 200_000
"""Weights held at once: so many that a block and what is made of it stay in the processor's cache (twice as quick)."""


def wasserstein1(x: ArrayLike, y: ArrayLike, wx: ArrayLike | None = None, wy: ArrayLike | None = None) -> float:
    """How far mass must move, on average, to turn one distribution into the other: 0 or more, in the unit of x and y.

    It is the area between the two cumulative distributions (Vallender 1974); 0 for equal distributions.

    Args:
        x: First sample, (n,).
        y: Second sample, (m,).
        wx: Multiplicities of x, (n,), 0 or more; None for 1 each.
        wy: Multiplicities of y, (m,).

    Raises:
        ValueError: Where a sample is empty or not finite, or weights are negative, not finite or sum to 0.
    """
    lines = [None if w is None else np.asarray(w, dtype=np.float64)[None, :] for w in (wx, wy)]
    value = float(wasserstein1_many(x, y, *lines)[0])
    if np.isnan(value):
        raise ValueError(f"weights of {'x' if wx is not None and not np.any(wx) else 'y'} sum to 0")
    return value


def wasserstein1_many(x: ArrayLike, y: ArrayLike, wx: ArrayLike | None = None, wy: ArrayLike | None = None) -> Floats:
    """`wasserstein1` for each of B lines of multiplicities on the same two samples; the samples are sorted once.

    Args:
        x: First sample, (n,).
        y: Second sample, (m,).
        wx: Multiplicities of x, (B, n) or (1, n) for the same in every line; None for 1 each.
        wy: Multiplicities of y, (B, m) or (1, m).

    Returns:
        The distances, (B,); NaN in a line that leaves a sample without mass, as a resample of rare events may. It tells
        `bca_interval` that there is no interval, and is no value to report.

    Raises:
        ValueError: As `wasserstein1` but for sums of 0, and where the numbers of lines differ.
    """
    x, wx = _sample("x", x, wx)
    y, wy = _sample("y", y, wy)
    if len(wx) != len(wy) and 1 not in (len(wx), len(wy)):
        raise ValueError(f"weights of x have {len(wx)} lines, those of y {len(wy)}")
    lines = max(len(wx), len(wy))
    step = max(1, _BLOCK // (len(x) + len(y)))
    points = np.unique(np.concatenate([x, y]))
    lengths = np.diff(points)
    orders = [np.argsort(v, kind="stable") for v in (x, y)]
    uptos = [np.searchsorted(v[order], points[:-1], side="right") for v, order in zip((x, y), orders, strict=True)]
    out = np.empty(lines)
    for first in range(0, lines, step):
        block = slice(first, first + step)
        share_x, share_y = (
            _shares(w if len(w) == 1 else w[block], order, upto)
            for w, order, upto in zip((wx, wy), orders, uptos, strict=True)
        )
        out[block] = np.abs(share_x - share_y) @ lengths
    return np.where((wx.sum(axis=1) > 0) & (wy.sum(axis=1) > 0), out, np.nan)


def _shares(weights: Floats, order: Array, upto: Array) -> Floats:
    """The cumulative distribution at some points: the share of mass in the first `upto` of the ordered values."""
    out = np.zeros((len(weights), weights.shape[1] + 1))
    np.cumsum(weights[:, order], axis=1, out=out[:, 1:])
    mass = out[:, -1:]
    out /= np.where(mass > 0, mass, 1)
    return np.asarray(out[:, upto])


def _sample(name: str, values: ArrayLike, weights: ArrayLike | None) -> tuple[Floats, Floats]:
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 1 or not len(x):
        raise ValueError(f"{name} must be a sample of one number or more, has shape {x.shape}")
    if not np.isfinite(x).all():
        raise ValueError(f"{name} has values that are not finite")
    w = np.ones((1, len(x))) if weights is None else np.asarray(weights, dtype=np.float64)
    if w.ndim != 2 or w.shape[1] != len(x):
        raise ValueError(f"weights of {name} have shape {w.shape}, expected (lines, {len(x)})")
    if not (w.min(initial=0) >= 0 and w.max(initial=0) < np.inf):  # of NaN both are false
        raise ValueError(f"weights of {name} must be finite and 0 or more")
    return x, w
