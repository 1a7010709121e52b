"""The Frechet distance between two sets of feature vectors."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from vidchatbench.types import Floats


def frechet_distance(x: ArrayLike, y: ArrayLike, wx: ArrayLike | None = None, wy: ArrayLike | None = None) -> float:
    """Squared Wasserstein-2 distance of the Gaussians fitted to two sets of vectors: 0 or more, lower is closer.

    |mean_x - mean_y|^2 + Tr(Sx + Sy - 2 (Sx Sy)^1/2) with unbiased covariances, in float64 (Dowson and Landau 1982;
    Heusel et al. 2017, equation 6). It is biased upwards by about 1/n: compare only values of equal n, beside the value
    of real against real.

    The eigenvalues of Sx Sy are the squared singular values of A B^T for any A^T A = Sx, B^T B = Sy, so the last trace
    is a sum of singular values. No matrix square root is taken, so that fewer vectors than dimensions are no special
    case and lose no digits; A is the triangle of a QR decomposition, or the centred vectors themselves where these are
    fewer than the dimensions.

    Args:
        x: Feature vectors, (n, d).
        y: Feature vectors, (m, d).
        wx: Multiplicities of the rows of x, (n,), 0 or more; None for 1 each.
        wy: Multiplicities of the rows of y, (m,).

    Raises:
        ValueError: Where shapes do not fit, values are not finite, or a set holds fewer than 2 vectors.
    """
    mean_x, factor_x = _moments("x", x, wx)
    mean_y, factor_y = _moments("y", y, wy)
    if len(mean_x) != len(mean_y):
        raise ValueError(f"vectors of x have {len(mean_x)} dimensions, those of y {len(mean_y)}")
    between = np.linalg.svd(factor_x @ factor_y.T, compute_uv=False).sum()
    spread = (factor_x**2).sum() + (factor_y**2).sum() - 2 * between
    return max(0.0, float(((mean_x - mean_y) ** 2).sum() + spread))


def _moments(name: str, rows: ArrayLike, weights: ArrayLike | None) -> tuple[Floats, Floats]:
    """The mean (d,) and a factor (at most d, d) of the covariance: factor^T factor."""
    x = np.asarray(rows, dtype=np.float64)
    if x.ndim != 2:
        raise ValueError(f"{name} must be a table of vectors (n, d), has shape {x.shape}")
    w = np.ones(len(x)) if weights is None else np.asarray(weights, dtype=np.float64)
    if w.shape != (len(x),) or not np.isfinite(w).all() or (w < 0).any():
        raise ValueError(f"weights of {name} must be {len(x)} finite numbers of 0 or more")
    x, w = x[w > 0], w[w > 0]
    total = w.sum()
    if total < 2:
        raise ValueError(f"{name} holds {total:g} vector(s): a covariance needs 2")
    if not np.isfinite(x).all():
        raise ValueError(f"{name} has values that are not finite")
    mean = w @ x / total
    factor = (x - mean) * np.sqrt(w / (total - 1))[:, None]
    if len(factor) > factor.shape[1]:
        factor = np.asarray(np.linalg.qr(factor, mode="r"))
    return mean, factor
