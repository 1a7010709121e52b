"""The Frechet distance between two sets of feature vectors."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from vidchatbench.types import Floats

_OWN = 1e-5
"""Least share of a dimension's standard deviation that the dimensions before it leave unexplained, for the Cholesky
factor to hold: its error there is about 1e-16 / share of the deviation, which leaves a trace at least 10 digits (15
where the other set is as narrow)."""


def frechet_distance(x: ArrayLike, y: ArrayLike, wx: ArrayLike | None = None, wy: ArrayLike | None = None) -> float:
    """Squared Wasserstein-2 distance of the Gaussians fitted to two sets of vectors: 0 or more, lower is closer.

    |mean_x - mean_y|^2 + Tr(Sx + Sy - 2 (Sx Sy)^1/2) with unbiased covariances, in float64 (Dowson and Landau 1982;
    Heusel et al. 2017, equation 6). It is biased upwards by about 1/n: compare only values of equal n, beside the value
    of real against real.

    The eigenvalues of Sx Sy are the squared singular values of A B^T for any A^T A = Sx, B^T B = Sy, so the last trace
    is a sum of singular values. No matrix square root is taken, so that fewer vectors than dimensions are no special
    case and lose no digits; A is a triangle, or the centred vectors themselves where these are fewer than dimensions.

    Args:
        x: Feature vectors, (n, d).
        y: Feature vectors, (m, d).
        wx: Multiplicities of the rows of x, (n,), 0 or more; None for 1 each.
        wy: Multiplicities of the rows of y, (m,).

    Raises:
        ValueError: Where shapes do not fit, values are not finite, or a set holds fewer than 2 vectors.
    """
    x, wx = _table("x", x, None if wx is None else np.asarray(wx)[None])
    y, wy = _table("y", y, None if wy is None else np.asarray(wy)[None])
    _check_dimensions(x, y)
    for name, w in (("x", wx), ("y", wy)):
        if w.sum() < 2:
            raise ValueError(f"{name} holds {w.sum():g} vector(s): a covariance needs 2")
    return _distance(x, y, wx[0], wy[0])


def frechet_distances(x: ArrayLike, y: ArrayLike, wx: ArrayLike | None = None, wy: ArrayLike | None = None) -> Floats:
    """`frechet_distance` for each of B lines of multiplicities on the same two sets.

    Where neither set has more vectors than dimensions, the products of all vectors are formed once: A B^T of each line
    is a centred and weighted part of them, and its singular values cost O(n^3) in place of O(n^2 d).

    Args:
        x: Feature vectors, (n, d).
        y: Feature vectors, (m, d).
        wx: Multiplicities of the rows of x, (B, n) or (1, n) for the same in every line; None for 1 each.
        wy: Multiplicities of the rows of y, (B, m) or (1, m).

    Returns:
        The distances, (B,); NaN in a line that leaves a set fewer than 2 vectors. It tells `bca_interval` that there is
        no interval, and is no value to report.

    Raises:
        ValueError: As `frechet_distance` but for too few vectors, and where the numbers of lines differ.
    """
    x, wx = _table("x", x, wx)
    y, wy = _table("y", y, wy)
    _check_dimensions(x, y)
    if len(wx) != len(wy) and 1 not in (len(wx), len(wy)):
        raise ValueError(f"weights of x have {len(wx)} lines, those of y {len(wy)}")
    lines = max(len(wx), len(wy))
    pairs = zip(np.broadcast_to(wx, (lines, len(x))), np.broadcast_to(wy, (lines, len(y))), strict=True)
    few = max(len(x), len(y)) <= x.shape[1]
    one = _Products(x, y).distance if few else lambda a, b: _distance(x, y, a, b)
    return np.array([one(a, b) if min(a.sum(), b.sum()) >= 2 else np.nan for a, b in pairs])


class _Products:
    """What the distance of any weighting of two small sets follows from."""

    def __init__(self, x: Floats, y: Floats) -> None:
        centre = np.concatenate([x, y]).mean(axis=0)  # takes nothing from the distance, and keeps digits
        self.x, self.y = x - centre, y - centre
        self.cross = self.x @ self.y.T
        self.norms = (self.x**2).sum(axis=1), (self.y**2).sum(axis=1)

    def distance(self, wx: Floats, wy: Floats) -> float:
        p, q = wx / wx.sum(), wy / wy.sum()
        mean_x, mean_y = p @ self.x, q @ self.y
        between = self.cross - p @ self.cross
        between -= (between @ q)[:, None]
        between *= np.sqrt(wx / (wx.sum() - 1))[:, None]
        between *= np.sqrt(wy / (wy.sum() - 1))
        shared = np.linalg.svd(between[wx > 0][:, wy > 0], compute_uv=False).sum()
        own = sum(
            (w @ norms - w.sum() * (mean**2).sum()) / (w.sum() - 1)
            for w, norms, mean in ((wx, self.norms[0], mean_x), (wy, self.norms[1], mean_y))
        )
        return max(0.0, float(((mean_x - mean_y) ** 2).sum() + own - 2 * shared))


def _distance(x: Floats, y: Floats, wx: Floats, wy: Floats) -> float:
    mean_x, factor_x = _moments(x, wx)
    mean_y, factor_y = _moments(y, wy)
    between = np.linalg.svd(factor_x @ factor_y.T, compute_uv=False).sum()
    spread = (factor_x**2).sum() + (factor_y**2).sum() - 2 * between
    return max(0.0, float(((mean_x - mean_y) ** 2).sum() + spread))


def _moments(x: Floats, w: Floats) -> tuple[Floats, Floats]:
    """The mean (d,) and a factor (at most d, d) of the covariance: factor^T factor."""
    if (w == 0).any():
        x, w = x[w > 0], w[w > 0]
    mean = w @ x / w.sum()
    factor = x - mean
    factor *= np.sqrt(w / (w.sum() - 1))[:, None]
    return mean, factor if len(factor) <= factor.shape[1] else _triangle(factor)


def _triangle(factor: Floats) -> Floats:
    """The triangle R with R^T R = factor^T factor.

    Cholesky takes a quarter of the time of a QR decomposition, and loses digits only where a dimension is nearly a sum
    of others; there QR takes its place.
    """
    triangle = sound_triangle(factor)
    return np.asarray(np.linalg.qr(factor, mode="r")) if triangle is None else triangle


def sound_triangle(factor: Floats) -> Floats | None:
    """The triangle by Cholesky; None where it would lose digits: where a dimension is nearly a sum of others."""
    square = factor.T @ factor
    try:
        lower = np.linalg.cholesky(square)
    except np.linalg.LinAlgError:
        return None
    return np.asarray(lower.T) if (np.diag(lower) > _OWN * np.sqrt(np.diag(square))).all() else None


def _table(name: str, rows: ArrayLike, weights: ArrayLike | None) -> tuple[Floats, Floats]:
    """The vectors (n, d) and the lines of their multiplicities (B, n)."""
    x = np.asarray(rows, dtype=np.float64)
    if x.ndim != 2:
        raise ValueError(f"{name} must be a table of vectors (n, d), has shape {x.shape}")
    w = np.ones((1, len(x))) if weights is None else np.asarray(weights, dtype=np.float64)
    if w.ndim != 2 or w.shape[1] != len(x) or not np.isfinite(w).all() or (w < 0).any():
        raise ValueError(f"weights of {name} must be {len(x)} finite numbers of 0 or more")
    if not np.isfinite(x).all():
        raise ValueError(f"{name} has values that are not finite")
    return x, w


def _check_dimensions(x: Floats, y: Floats) -> None:
    if x.shape[1] != y.shape[1]:
        raise ValueError(f"vectors of x have {x.shape[1]} dimensions, those of y {y.shape[1]}")
