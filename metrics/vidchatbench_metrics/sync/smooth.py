"""Removal of slow drift from a series at 25 steps a second."""

from __future__ import annotations

import numpy as np

from vidchatbench.types import Array, Floats

CUTOFF_HZ = 0.5


def high_passed(series: Floats, valid: Array | None = None) -> Floats:
    """The series less its Gaussian-weighted local mean (-3 dB at about 0.5 Hz), over the valid steps; 0 elsewhere.

    Near the ends and gaps the mean is over what there is.
    """
    from scipy.ndimage import gaussian_filter1d

    here = np.ones(len(series)) if valid is None else valid.astype(float)
    sigma = 25 / (2 * np.pi * CUTOFF_HZ)
    weight = gaussian_filter1d(here, sigma, mode="constant")
    mean = gaussian_filter1d(series * here, sigma, mode="constant") / np.maximum(weight, 1e-9)
    return np.where(here > 0, series - mean, 0.0)
