"""A real face that anybody may use: scikit-image's portrait of Eileen Collins (NASA, public domain), made to move."""

from __future__ import annotations

import cv2
import numpy as np
from skimage.data import astronaut

FACE = (0.43, 0.17, 0.69, 0.43)
"""Her face in `portrait()`, as shares of left, top, right, bottom."""
MOUTH_X, LIP_LINE = 223, 147


def portrait() -> np.ndarray:
    """Head and shoulders, 400 x 400 RGB."""
    return np.ascontiguousarray(astronaut()[:400, :400])


def moved(image: np.ndarray, right: float, down: float, scale: float = 1.0) -> np.ndarray:
    """The picture shifted and scaled about its middle, the border continued."""
    height, width = image.shape[:2]
    shift = np.array([[scale, 0, right + (1 - scale) * width / 2], [0, scale, down + (1 - scale) * height / 2]])
    return cv2.warpAffine(image, shift, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def speaking(opening: float) -> np.ndarray:
    """The portrait with the lower lip and chin drawn down by `opening` pixels (0 to about 12)."""
    image = portrait()
    y, x = np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float32)
    below = 1 / (1 + np.exp(-(y - LIP_LINE) / 1.5))
    near = np.exp(-(((x - MOUTH_X) / 24) ** 2)) * np.exp(-((np.maximum(y - LIP_LINE - 20, 0) / 14) ** 2))
    return cv2.remap(image, x, (y - opening * below * near).astype(np.float32), cv2.INTER_LINEAR)
