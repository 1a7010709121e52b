"""The face upright and in its place, as ArcFace was trained to see it."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from vidchatbench.types import Array, Floats

SIZE = 112
_TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
"""Where the landmarks go in the crop of 112 x 112 (insightface, `face_align.py`)."""


def face_align(image: Array, landmarks: Array) -> Array:
    """The face of a picture (h, w, 3) uint8 as ArcFace sees it: (112, 112, 3), black beyond the picture's borders.

    `landmarks` (5, 2) in pixels: the eye at the left of the picture, the eye at the right, tip of the nose, left and
    right corner of the mouth. Bilinear without antialiasing, as in insightface (`norm_crop`).
    """
    matrix = similarity(landmarks)
    return np.asarray(cv2.warpAffine(image, matrix, (SIZE, SIZE)))


def arcface_embeddings(faces: Array, net: Callable[..., Array]) -> Array:
    """(n, 512) float32, not normalised, of faces (n, 112, 112, 3) uint8, **red first**, by a backbone on arrays."""
    if faces.shape[1:] != (SIZE, SIZE, 3) or faces.dtype != np.uint8:
        raise ValueError(f"faces must be (n, {SIZE}, {SIZE}, 3) uint8, are {faces.shape} {faces.dtype}")
    return net((faces - np.float32(127.5)) / np.float32(127.5))


def similarity(landmarks: Array) -> Floats:
    """(2, 3) the turn, scale and shift that bring landmarks (5, 2) closest to the template, by least squares.

    Umeyama 1991 without mirroring, which in the plane is one complex factor.

    Raises:
        ValueError: Where the landmarks are not five, not finite, or closer together than pixels are.
    """
    points = landmarks.astype(np.float64)
    if points.shape != (5, 2) or not np.isfinite(points).all():
        raise ValueError(f"five landmarks are needed, got {landmarks.tolist()}")
    middle, goal = points.mean(axis=0), _TEMPLATE.mean(axis=0)
    here, there = ((p - c) @ np.array([1, 1j]) for p, c in ((points, middle), (_TEMPLATE, goal)))
    spread = np.vdot(here, here).real
    if spread < 1:
        raise ValueError(f"landmarks of a face smaller than a pixel: {landmarks.tolist()}")
    factor = np.vdot(here, there) / spread
    turn = np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])
    return np.column_stack([turn, goal - turn @ middle])
