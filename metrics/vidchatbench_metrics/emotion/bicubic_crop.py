"""A part of a picture at another size, to the bit as Pillow resizes it."""

from __future__ import annotations

import numpy as np

from vidchatbench.types import Array

_BITS = 22
"""Pillow holds weights as integers of this many binary places."""


def bicubic_crop(image: Array, width: int, height: int, left: int, top: int, size: int) -> Array:
    """A square (size, size, 3) at (left, top) of the picture (h, w, 3) uint8 resized to width x height; black beyond.

    Bit for bit Pillow's `resize(..., BICUBIC)` and `crop` of an 8-bit picture: antialiased, columns before rows, each
    pass rounded to whole levels. (Some versions of Pillow choose the order by the sizes, which moves a few pixels by
    one level.) Only what the square shows is computed.

    Raises:
        ValueError: Where the resized picture would have no pixels.
    """
    if width < 1 or height < 1:
        raise ValueError(f"a picture of {width} x {height} has no pixels")
    rows = _shown(image.shape[0], height, top, size)
    columns = _shown(image.shape[1], width, left, size)
    square = np.zeros((size, size, 3), np.uint8)
    if rows is None or columns is None:
        return square
    (down, from_rows, row_weights), (across, from_columns, column_weights) = rows, columns
    band = image[from_rows.min() : from_rows.max() + 1]
    wide = _weighted(band.transpose(1, 0, 2), from_columns, column_weights).transpose(1, 0, 2)
    square[down, across] = _weighted(wide, from_rows - from_rows.min(), row_weights)
    return square


def _weighted(image: Array, sources: Array, weights: Array) -> Array:
    """Sums along the first axis, rounded and cut to 0..255."""
    total = np.full((len(sources), *image.shape[1:]), 1 << (_BITS - 1), np.int32)
    for source, weight in zip(sources.T, weights.T, strict=True):
        total += image[source] * weight[:, None, None]
    return np.asarray(np.clip(total >> _BITS, 0, 255), np.uint8)


def _taps(size: int, scale: float, shown: Array) -> tuple[Array, Array]:
    """For each shown pixel (shown, taps): which of `size` it comes from, and with what whole weights."""
    spread = max(1.0, scale)
    centres = (shown + 0.5) * scale
    first = np.maximum(0, (centres - 2 * spread + 0.5).astype(int))
    last = np.minimum(size, (centres + 2 * spread + 0.5).astype(int))
    pixels = first[:, None] + np.arange((last - first).max())
    x = np.abs((pixels - centres[:, None] + 0.5) * (1 / spread))
    near, far = (1.5 * x - 2.5) * x * x + 1, (((x - 5) * x + 8) * x - 4) * -0.5
    weights = np.where(x < 1, near, np.where(x < 2, far, 0)) * (pixels < last[:, None])
    weights /= weights.sum(axis=1, keepdims=True)
    whole = np.trunc(weights * (1 << _BITS) + np.copysign(0.5, weights)).astype(np.int32)
    return np.minimum(pixels, size - 1), whole


def _shown(size: int, wanted: int, start: int, length: int) -> tuple[slice, Array, Array] | None:
    """The part of the square that shows the picture, and its taps; None where there is none."""
    first, last = max(start, 0), min(start + length, wanted)
    if first >= last:
        return None
    return slice(first - start, last - start), *_taps(size, size / wanted, np.arange(first, last))
