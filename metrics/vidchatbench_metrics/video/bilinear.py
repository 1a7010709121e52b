"""The resize of the FVD codes."""

from __future__ import annotations

import math

import numpy as np

from vidchatbench.types import Array


def bilinear(image: Array, side: int, *, crop: bool) -> Array:
    """A picture (h, w, 3), 0 to 255, to (side, side, 3) float32, between the four nearest pixels: no antialiasing.

    What `torch.nn.functional.interpolate(mode="bilinear", align_corners=False)` computes, in float32. With `crop` the
    short side becomes `side`, the long one its share rounded up, and the middle of that is taken; else the picture is
    stretched. Downscaling by more than two skips pixels: it is in the definition of FVD as published, not a choice.
    """
    rows, columns = image.shape[:2]
    scale = side / min(rows, columns)
    wanted = [side if not crop or size == min(rows, columns) else math.ceil(size * scale) for size in (rows, columns)]
    top, bottom, down = _taps(rows, wanted[0], side)
    left, right, across = _taps(columns, wanted[1], side)
    across = across[:, None]
    upper, lower = (image[line][:, left] * (1 - across) + image[line][:, right] * across for line in (top, bottom))
    down = down[:, None, None]
    return np.asarray(upper * (1 - down) + lower * down)


def _taps(size: int, wanted: int, kept: int) -> tuple[Array, Array, Array]:
    """For the middle `kept` of `wanted` output pixels: the two source pixels, and the second one's weight."""
    first = (wanted - kept) // 2
    centres = (np.arange(first, first + kept) + 0.5) * (size / wanted) - 0.5
    centres = np.maximum(centres, 0)
    low = centres.astype(int)
    return low, np.minimum(low + 1, size - 1), (centres - low).astype(np.float32)
