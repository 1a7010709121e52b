"""A running median."""

from __future__ import annotations

import numpy as np

from vidchatbench.types import Array


def median_filter(series: Array, size: int) -> Array:
    """The median of each value and its neighbours, `size` (odd) in all, with zeros beyond both ends; same shape (n,).

    The zeros pull the first and last values down, as in `scipy.signal.medfilt`, which SyncNet's code uses.
    """
    if size % 2 != 1:
        raise ValueError(f"a running median needs an odd size, not {size}")
    padded = np.pad(series, size // 2)
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, size), axis=1))
