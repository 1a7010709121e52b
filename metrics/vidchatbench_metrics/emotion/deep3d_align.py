"""The face at its place and size, as Deep3DFaceRecon was trained to see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from vidchatbench.types import Array, Floats
from vidchatbench_metrics.emotion.bicubic_crop import bicubic_crop

SIZE = 224
EXPRESSION = slice(80, 144)
"""The expression among the 257 coefficients; before it identity, then texture, angles, light and translation."""
_STANDARD = np.array(
    [
        [-0.31148657, 0.29036078, 0.13377953],
        [0.30979887, 0.28972036, 0.13179526],
        [0.00325350, -0.04617932, 0.55244243],
        [-0.25216928, -0.38133916, 0.22405732],
        [0.24846619, -0.38128236, 0.22235769],
    ]
)
"""Eyes, nose and mouth corners of the mean face. From `similarity_Lm3D_all.mat` of sicxu/Deep3DFaceRecon_pytorch (MIT),
which was measured on the Basel face model 2009: that model is for non-commercial research, and so are the coefficients
of the network that was trained with these points."""
_RESCALE = 102.0


class Deep3DFace(NamedTuple):
    """An aligned face, and how it came about."""

    image: Array
    """(224, 224, 3) uint8, black beyond the picture's borders."""
    landmarks: Floats
    """(5, 2) in pixels of the crop, **y upwards**."""
    scale: float
    """Size in the crop over size in the picture."""
    centre: Floats
    """(2,) where the mean face's origin lies in the picture, in pixels, **y upwards**."""


def deep3d_align(image: Array, landmarks: Array) -> Deep3DFace:
    """The face of a picture (h, w, 3) uint8, scaled and shifted but not turned.

    `landmarks` (5, 2) in pixels, y downwards: the eye at the left of the picture, the eye at the right, tip of the
    nose, left and right corner of the mouth. Rule of sicxu/Deep3DFaceRecon_pytorch (`align_img`: the mean face's unit,
    1.6 times the distance of the eyes, becomes 102 pixels).

    Raises:
        ValueError: Where the landmarks are not five, not finite, or closer together than pixels are.
    """
    height, width = image.shape[:2]
    points = landmarks.astype(np.float64) * (1, -1) + (0, height - 1)
    if points.shape != (5, 2) or not np.isfinite(points).all():
        raise ValueError(f"five landmarks are needed, got {landmarks.tolist()}")
    centre, size = _weak_perspective(points)
    if size < 1:
        raise ValueError(f"landmarks of a face smaller than a pixel: {landmarks.tolist()}")
    scale = _RESCALE / size
    wide, high = int(width * scale), int(height * scale)
    left = int(wide / 2 - SIZE / 2 + (centre[0] - width / 2) * scale)
    top = int(high / 2 - SIZE / 2 + (height / 2 - centre[1]) * scale)
    moved = (points - centre + (width / 2, height / 2)) * scale - (wide / 2 - SIZE / 2, high / 2 - SIZE / 2)
    return Deep3DFace(bicubic_crop(image, wide, high, left, top, SIZE), moved, scale, centre)


def deep3d_coefficients(faces: Array, net: Callable[..., Array]) -> Array:
    """(n, 257) float32 of aligned faces (n, 224, 224, 3) uint8, red first, by `Deep3DNet` on float32 arrays."""
    if faces.shape[1:] != (SIZE, SIZE, 3) or faces.dtype != np.uint8:
        raise ValueError(f"faces must be (n, {SIZE}, {SIZE}, 3) uint8, are {faces.shape} {faces.dtype}")
    return net(faces / np.float32(255))


def _weak_perspective(points: Floats) -> tuple[Floats, float]:
    """Where the model's origin falls, and the model's scale, by least squares without a constraint on the turn."""
    design = np.column_stack([_STANDARD, np.ones(len(_STANDARD))])
    found = np.linalg.lstsq(design, points, rcond=None)[0]
    return found[3], float(np.linalg.norm(found[:3], axis=0).mean())
