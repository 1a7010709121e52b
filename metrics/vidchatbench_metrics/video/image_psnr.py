"""PSNR of two pictures."""

from __future__ import annotations

import math

import numpy as np

from vidchatbench.types import Array


def image_psnr(a: Array, b: Array) -> float:
    """Peak signal-to-noise ratio of two pictures of equal shape with values 0..255, in dB; higher is closer.

    10 log10(1 / MSE), the mean squared error over all pixels and channels on a scale of 0 to 1, in float64: infinite
    for equal pictures.

    Raises:
        ValueError: Where the shapes differ.
    """
    if a.shape != b.shape:
        raise ValueError(f"pictures of different shapes {a.shape} and {b.shape} cannot be compared")
    error = (a.astype(np.float64) - b) / 255
    mse = float(np.vdot(error, error)) / error.size
    return -10 * math.log10(mse) if mse else math.inf
