"""SyncNet's view of a face: a square around the smoothed box, reaching below the chin."""

from __future__ import annotations

import cv2
import numpy as np

from vidchatbench.types import Array, Floats
from vidchatbench_metrics.sync.median_filter import median_filter

SIZE = 224
_SCALE = 0.4
_GREY = 110
_SMOOTH = 13
SHORTEST = _SMOOTH // 2 + 1
"""Frames of a track below which the smoothing leaves nothing of it."""


def crop_squares(boxes: Floats) -> Floats:
    """(n, 3) centre x, centre y and half side of a track's boxes (n, 4), each a running median over 13 frames.

    Beyond the ends the median sees zeros (as in the reference code), so the first and last 6 frames may lean towards
    smaller values.

    Raises:
        ValueError: For a track of less than 7 frames, of which the zeros would leave nothing.
    """
    if len(boxes) < SHORTEST:
        raise ValueError(f"a track of {len(boxes)} frames is too short to smooth over {_SMOOTH}: {SHORTEST} are needed")
    sides = boxes[:, 2:] - boxes[:, :2]
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    return np.stack([median_filter(line, _SMOOTH) for line in (*centres.T, sides.max(axis=1) / 2)], axis=1)


def face_crop(image: Array, square: Floats) -> Array:
    """The picture (h, w, 3) uint8 within 1.4 half sides left and right, 1 above and 1.8 below: (224, 224, 3).

    What lies outside the picture is grey (110). Bilinear without antialiasing. The rule of joonson/syncnet_python
    (`crop_video`, crop_scale 0.4).

    Raises:
        ValueError: Where the square is less than a pixel.
    """
    x, y, half = (float(value) for value in square)
    margin = int(half * (1 + 2 * _SCALE))
    # Whole pixels are cut in the padded picture's coordinates, which are positive: there int() rounds down.
    top, bottom = (int(y + margin + way) - margin for way in (-half, half * (1 + 2 * _SCALE)))
    left, right = (int(x + margin + way * half * (1 + _SCALE)) - margin for way in (-1, 1))
    if bottom <= top or right <= left:
        raise ValueError(f"a face of half side {half:g} has no pixels to crop")
    height, width = image.shape[:2]
    inside = image[_clip(top, height) : _clip(bottom, height), _clip(left, width) : _clip(right, width)]
    around = (max(0, min(bottom, 0) - top), max(0, bottom - max(top, height)),
              max(0, min(right, 0) - left), max(0, right - max(left, width)))  # fmt: skip
    if not inside.size:
        return np.full((SIZE, SIZE, 3), _GREY, np.uint8)
    face = cv2.copyMakeBorder(inside, *around, cv2.BORDER_CONSTANT, value=(_GREY,) * 3) if any(around) else inside
    return np.asarray(cv2.resize(face, (SIZE, SIZE)))


def _clip(value: int, most: int) -> int:
    return min(max(value, 0), most)
