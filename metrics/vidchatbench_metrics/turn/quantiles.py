"""Quantiles of weighted samples, for many lines of weights at once."""

from __future__ import annotations

import numpy as np

from vidchatbench.types import Floats

_ROUNDING = 1e-12


def quantiles(values: Floats, weights: Floats, at: tuple[float, ...]) -> Floats:
    """The least value below or at which a share of the mass lies: inverse of the cumulative distribution.

    Args:
        values: (n,).
        weights: Multiplicities, (B, n), each line with a sum above 0.
        at: The shares, q of them, above 0 and at most 1.

    Returns:
        (B, q).
    """
    order = np.argsort(values, kind="stable")
    mass = np.cumsum(weights[:, order], axis=1)
    found = [(mass < share * mass[:, -1:] * (1 - _ROUNDING)).sum(axis=1) for share in at]
    return np.asarray(values[order][np.stack(found, axis=1)], np.float64)
