"""The first Wasserstein distance between two weighted samples of a number."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from vidchatbench.types import Floats

_BLOCK = 1_000_000
_MANY = 64
"""From so many lines on, it is quicker to move along the points with all lines at once than along the lines."""


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
    along = _along_points if lines >= _MANY else _along_lines
    out = np.empty(lines)
    for first in range(0, lines, step):
        block = slice(first, first + step)
        out[block] = along(x, y, *(w if len(w) == 1 else w[block] for w in (wx, wy)))
    return np.where((wx.sum(axis=1) > 0) & (wy.sum(axis=1) > 0), out, np.nan)


def _along_lines(x: Floats, y: Floats, wx: Floats, wy: Floats) -> Floats:
    points = np.unique(np.concatenate([x, y]))
    share_x, share_y = _shares(x, wx, points[:-1]), _shares(y, wy, points[:-1])
    return np.asarray(np.abs(share_x - share_y) @ np.diff(points))


def _shares(x: Floats, weights: Floats, points: Floats) -> Floats:
    """The cumulative distributions at some points, (B, points)."""
    order = np.argsort(x, kind="stable")
    out = np.zeros((len(weights), len(x) + 1))
    np.cumsum(weights[:, order], axis=1, out=out[:, 1:])
    mass = out[:, -1:]
    out /= np.where(mass > 0, mass, 1)
    return np.asarray(out[:, np.searchsorted(x[order], points, side="right")])


def _along_points(x: Floats, y: Floats, wx: Floats, wy: Floats) -> Floats:
    """As `_along_lines`, without arrays of lines times points: half of the time for thousands of lines.

    Masses are held times the other sample's, so that those of whole numbers are exact, and equal ones cancel.
    """
    lines = max(len(wx), len(wy))
    mass_x, mass_y = wx.sum(axis=1), wy.sum(axis=1)
    columns = np.empty((len(x) + len(y), lines))
    columns[: len(x)], columns[len(x) :] = wx.T, wy.T
    columns[: len(x)] *= mass_y
    columns[len(x) :] *= mass_x
    points = np.concatenate([x, y])
    order = np.argsort(points, kind="stable")
    upto_x, upto_y, area, gap = np.zeros((4, lines))
    for k, length in zip(order[:-1], np.diff(points[order]), strict=True):
        upto = upto_x if k < len(x) else upto_y
        upto += columns[k]
        if length:
            np.subtract(upto_x, upto_y, out=gap)
            np.abs(gap, out=gap)
            gap *= length
            area += gap
    mass = mass_x * mass_y
    return np.asarray(area / np.where(mass > 0, mass, 1))


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
