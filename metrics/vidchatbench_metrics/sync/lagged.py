"""Correlation of two series at a range of lags."""

from __future__ import annotations

import numpy as np

from vidchatbench.types import Floats


def lagged_correlation(late: Floats, early: Floats, most: int) -> Floats:
    """Pearson correlation of late[t + lag] and early[t] for lag = -most ... most: (2 most + 1,).

    Each over the steps that both have; 0 where a series is constant there, or fewer than 3 steps are left.
    """
    n = len(late)
    values = np.zeros(2 * most + 1)
    for i, lag in enumerate(range(-most, most + 1)):
        a, b = late[max(lag, 0) : n + min(lag, 0)], early[max(-lag, 0) : n + min(-lag, 0)]
        if len(a) >= 3:
            a, b = a - a.mean(), b - b.mean()
            size = float(np.linalg.norm(a) * np.linalg.norm(b))
            values[i] = a @ b / size if size > 0 else 0.0
    return np.clip(values, -1, 1)
