"""The common slope of several groups, each with a level of its own."""

from __future__ import annotations

import numpy as np

from vidchatbench.types import Array, Floats


def pooled_slope(x: Floats, y: Floats, groups: Array, weights: Floats) -> Floats:
    """The slope of y on x within groups, for each line of weights: least squares with one intercept a group.

    Args:
        x: Where each value stands, (n,).
        y: The values, (n,).
        groups: The label of each one's group, (n,).
        weights: B lines of weights, 0 or more, (B, n).

    Returns:
        (B,); NaN for a line in which no group has two different x.
    """
    inside = np.equal.outer(groups, np.unique(groups)).astype(np.float64)  # (n, m)
    with np.errstate(invalid="ignore", divide="ignore"):
        # Centred once before the lines are formed, so that their differences of sums are of small numbers.
        u, v = (values - inside @ (values @ inside / inside.sum(axis=0)) for values in (x, y))
        mass, us, vs = (np.asarray((weights * values) @ inside) for values in (np.ones(len(x)), u, v))
        share = np.where(mass > 0, us / mass, 0.0)
        along = weights @ (u * v) - (share * vs).sum(axis=1)
        spread = weights @ (u * u) - (share * us).sum(axis=1)
        return np.where(spread > 1e-12 * weights.sum(axis=1), along / spread, np.nan)
