"""How much each clip moves the Frechet distance, for standard errors without resampling."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from vidchatbench.stats.frechet import sound_triangle
from vidchatbench.types import Floats


def frechet_influence(x: ArrayLike, y: ArrayLike, groups_x: ArrayLike, groups_y: ArrayLike) -> Floats:
    """The influence of each group (a clip: its response's and its reference's vectors) on `frechet_distance(x, y)`.

    The infinitesimal jackknife: the derivative of the distance in the weight of a group, times the number of groups, so
    that the standard error over n groups is `sd / sqrt(n)`, and that of the difference of two systems on the same
    groups `sd(influence_a - influence_b) / sqrt(n)`. The influences sum to 0.

    A vector v of x adds 2 (mean_x - mean_y) v + v^T (I - T) v for v less the mean, where T is the optimal transport map
    between the Gaussians, Sx to Sy (the derivative is in Bhatia, Jain and Lim 2019, On the Bures-Wasserstein distance
    between positive definite matrices); a vector of y likewise with the map back. With x = Q A, y = Q' B and
    A B^T = P s P'^T, v^T T v is the sum of s (P^T q)^2 for v's own line q of Q: no covariance is inverted.

    Valid where groups are well more than dimensions (n > 5 d): with fewer, most of the distance is bias, which the
    derivative does not see.

    Args:
        x: Feature vectors, (n, d).
        y: Feature vectors, (m, d).
        groups_x: The group of each vector of x, (n,) labels.
        groups_y: The group of each vector of y, (m,) labels.

    Returns:
        One value for each distinct label of both, in sorted order, in the unit of the distance.

    Raises:
        ValueError: Where shapes do not fit, values are not finite, or a set holds fewer than 2 vectors.
    """
    groups_x, groups_y = np.asarray(groups_x), np.asarray(groups_y)
    mean_x, x, own_x, triangle_x = _decomposed("x", x, groups_x)
    mean_y, y, own_y, triangle_y = _decomposed("y", y, groups_y)
    if len(mean_x) != len(mean_y):
        raise ValueError(f"vectors of x have {len(mean_x)} dimensions, those of y {len(mean_y)}")
    left, s, right = np.linalg.svd(triangle_x @ triangle_y.T, full_matrices=False)
    gap = mean_x - mean_y
    labels, members = np.unique(np.concatenate([groups_x, groups_y]), return_inverse=True)
    influence = np.zeros(len(labels))
    for centred, towards, transported, groups in (
        (x, gap, own_x(left) ** 2 @ s, members[: len(x)]),
        (y, -gap, own_y(right.T) ** 2 @ s, members[len(x) :]),
    ):
        each = 2 * centred @ towards + (centred**2).sum(axis=1) - transported
        influence += np.bincount(groups, each - each.mean(), len(labels)) * (len(labels) / len(centred))
    return influence


def _decomposed(
    name: str, rows: ArrayLike, groups: ArrayLike
) -> tuple[Floats, Floats, Callable[[Floats], Floats], Floats]:
    """The mean, the centred vectors q A, what forms q times a matrix, and A, a factor (r, d) of the covariance."""
    x = np.asarray(rows, dtype=np.float64)
    if x.ndim != 2 or len(x) < 2:
        raise ValueError(f"{name} must be a table of 2 vectors or more (n, d), has shape {x.shape}")
    if np.shape(groups) != (len(x),):
        raise ValueError(f"groups of {name} must be {len(x)} labels, have shape {np.shape(groups)}")
    if not np.isfinite(x).all():
        raise ValueError(f"{name} has values that are not finite")
    mean, scale = x.mean(axis=0), np.sqrt(len(x) - 1)
    centred = x - mean
    sound = sound_triangle(centred / scale) if len(x) > x.shape[1] else None
    if sound is not None:  # a third of the time of a QR decomposition, and no q
        return mean, centred, lambda matrix: centred @ np.linalg.solve(sound, matrix), sound
    q, triangle = np.linalg.qr(centred)
    q *= scale
    return mean, centred, lambda matrix: q @ matrix, triangle / scale
