"""SSIM of two pictures."""

from __future__ import annotations

import cv2
import numpy as np

from vidchatbench.types import Array, Floats

_WINDOW, _SIGMA = 11, 1.5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def image_ssim(a: Array, b: Array) -> float:
    """Structural similarity of two colour pictures (height x width x 3, 0..255): -1 to 1, 1 for equal pictures.

    Wang et al. 2004, equation 13, with their 11 x 11 Gaussian window of sigma 1.5, K1 = 0.01, K2 = 0.03, where the
    whole window lies in the picture, for each of R, G and B, and then the mean: what scikit-image computes with
    `gaussian_weights=True, sigma=1.5, use_sample_covariance=False, channel_axis=-1, data_range=255`. In float64.

    Raises:
        ValueError: Where the shapes differ, or a side is shorter than the window.
    """
    if a.shape != b.shape:
        raise ValueError(f"pictures of different shapes {a.shape} and {b.shape} cannot be compared")
    if min(a.shape[:2]) < _WINDOW:
        raise ValueError(f"a picture of {a.shape[1]} x {a.shape[0]} is smaller than SSIM's window of {_WINDOW}")
    return float(np.mean([_channel(_plane(a, c), _plane(b, c)) for c in range(a.shape[2])]))


def _plane(image: Array, channel: int) -> Floats:
    return np.ascontiguousarray(image[..., channel], dtype=np.float64)


def _channel(x: Floats, y: Floats) -> float:
    mean_x, mean_y = _blur(x), _blur(y)
    product = mean_x * mean_y
    squares = mean_x**2 + mean_y**2
    variances = _blur(x * x + y * y) - squares
    covariance = _blur(x * y) - product
    return float(np.mean((2 * product + _C1) * (2 * covariance + _C2) / ((squares + _C1) * (variances + _C2))))


def _blur(plane: Floats) -> Floats:
    kernel = cv2.getGaussianKernel(_WINDOW, _SIGMA, cv2.CV_64F)
    edge = _WINDOW // 2
    return np.asarray(cv2.sepFilter2D(plane, -1, kernel, kernel)[edge:-edge, edge:-edge])
