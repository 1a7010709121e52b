"""From a decoded frame to RGB as a viewer sees it.

YUV is converted here and not by swscale: its quick path darkens the picture by one level in the mean and is off by up
to 40 at edges of colour, its accurate path takes ten times as long as this one, and both change with PyAV's version.
"""

from __future__ import annotations

import re
from functools import lru_cache

import av
import cv2
import numpy as np

from vidchatbench.types import Array

_KR_KB = {1: (0.2126, 0.0722), 4: (0.30, 0.11), 5: (0.299, 0.114), 6: (0.299, 0.114), 7: (0.212, 0.087)}
_KR_KB |= {9: (0.2627, 0.0593), 10: (0.2627, 0.0593)}
"""Weights of red and blue in luma, by the matrix coefficients' code points of ITU-T H.273."""
_UNTAGGED = (0, 2, 3)
_LIMITED, _FULL = 1, 2
_PLANAR = re.compile(r"(gray|yuvj?a?4\d\dp)(9|10|12|14|16)?(le|be)?")
_SAME_SAMPLES = {"nv12": "yuv420p", "nv21": "yuv420p", "nv16": "yuv422p", "nv24": "yuv444p", "p010le": "yuv420p10le"}
_SAME_SAMPLES |= {"yuyv422": "yuv422p", "uyvy422": "yuv422p", "yvyu422": "yuv422p", "uyyvyy411": "yuv411p"}
"""Interleaved layouts, and the planar one that holds the same samples."""


def to_rgb(frame: av.VideoFrame, *, still: bool = False) -> Array:
    """The frame as height x width x 3 uint8 RGB, full range, before rotation.

    The tagged matrix (BT.601, BT.709, BT.2020, FCC, SMPTE 240M) and range are applied. Untagged video is taken as
    BT.601 below 720 lines and as BT.709 from 720 lines up, an untagged picture as BT.601. An untagged range is limited,
    but full for the `yuvj` formats and for grey, as ffmpeg writes them. Chroma is interpolated bilinearly from where
    MPEG-2 and H.264 have it by default (left; halfway between lines), for `yuvj` from the centre. Transparency is
    composited on black. Transfer and primaries stay: HDR is not tone-mapped. Interlaced frames stay woven.

    Raises:
        ValueError: For a colour matrix that is none of these, such as YCgCo.
    """
    layout = frame.format
    if not _PLANAR.fullmatch(layout.name):
        if layout.has_palette or any(component.is_alpha for component in layout.components):
            rgba = frame.to_ndarray(format="rgba")
            return _on_black(rgba[..., :3], rgba[..., 3], 8)
        if layout.is_rgb or layout.name.startswith(("mono", "xyz")):
            return frame.to_ndarray(format="rgb24")
        frame = _as(frame, _SAME_SAMPLES.get(layout.name, "yuv444p"))
    elif layout.name.endswith("be"):
        frame = _as(frame, layout.name.removesuffix("be") + "le")
    if any(plane.line_size < 0 for plane in frame.planes):
        raise ValueError(f"{layout.name} stored bottom-up")
    bits = frame.format.components[0].bits
    name = frame.format.name
    luma, *others = (_samples(plane, bits) for plane in frame.planes)
    if name.startswith("gray"):
        full = frame.color_range != _LIMITED
        return _eight_bit(cv2.transform(luma, _grey_matrix(full, bits)), bits)
    full = frame.color_range == _FULL or name.startswith("yuvj")
    u, v = (_upsampled(plane, luma.shape, centred=name.startswith("yuvj")) for plane in others[:2])
    rgb = _eight_bit(cv2.transform(cv2.merge([luma, u, v]), _matrix(_weights(frame, still), full, bits)), bits)
    return _on_black(rgb, others[2], bits) if len(others) == 3 else rgb


def _as(frame: av.VideoFrame, name: str) -> av.VideoFrame:
    """The same samples in another layout: equal ranges on both sides, so that nothing is rescaled."""
    side = frame.color_range or _LIMITED
    return frame.reformat(format=name, src_color_range=side, dst_color_range=side)


def _samples(plane: av.video.plane.VideoPlane, bits: int) -> Array:
    kind = np.dtype("u1" if bits == 8 else "<u2")
    stored: Array = np.frombuffer(memoryview(plane), kind)
    return stored.reshape(plane.height, -1)[:, : plane.width]


def _upsampled(plane: Array, shape: tuple[int, ...], *, centred: bool) -> Array:
    """Chroma at the size of luma."""
    height, width = shape
    down, across = (1 if size == full else round(full / size) for size, full in zip(plane.shape, shape, strict=True))
    if down > 1:
        plane = cv2.resize(plane, (plane.shape[1], plane.shape[0] * down), interpolation=cv2.INTER_LINEAR)
    if across == 2 and not centred:
        right = np.concatenate([plane[:, 1:], plane[:, -1:]], axis=1)
        between = cv2.addWeighted(plane, 0.5, right, 0.5, 0)
        plane = cv2.merge([plane, between]).reshape(plane.shape[0], -1)
    elif across > 1:
        plane = cv2.resize(plane, (plane.shape[1] * across, plane.shape[0]), interpolation=cv2.INTER_LINEAR)
    return plane[:height, :width]


def _weights(frame: av.VideoFrame, still: bool) -> tuple[float, float]:
    tag = int(frame.colorspace)
    if tag in _UNTAGGED:
        tag = 6 if still or frame.height < 720 else 1
    if tag not in _KR_KB:
        raise ValueError(f"colour matrix number {tag} of ITU-T H.273")
    return _KR_KB[tag]


@lru_cache
def _matrix(weights: tuple[float, float], full: bool, bits: int) -> Array:
    """3 x 4: from Y, U, V (as stored) and 1 to R, G, B at the stored scale of 2^8 or 2^16."""
    kr, kb = weights
    kg = 1 - kr - kb
    yuv = np.array([[1, 0, 2 * (1 - kr)], [1, -2 * kb * (1 - kb) / kg, -2 * kr * (1 - kr) / kg], [1, 2 * (1 - kb), 0]])
    scale_y, scale_c, black = _ranges(full, bits)
    m = yuv * [scale_y, scale_c, scale_c]
    middle = 2 ** (bits - 1)
    return np.column_stack([m, -m @ [black, middle, middle]]).astype(np.float32)


@lru_cache
def _grey_matrix(full: bool, bits: int) -> Array:
    scale, _, black = _ranges(full, bits)
    return np.array([[scale, -scale * black]] * 3, np.float32)


def _ranges(full: bool, bits: int) -> tuple[float, float, float]:
    """Factors of luma and chroma, and the stored black."""
    white = 255 if bits == 8 else 65535
    step = 2 ** (bits - 8)
    if full:
        return white / (2**bits - 1), white / (2**bits - 1), 0
    return white / (219 * step), white / (224 * step), 16 * step


def _eight_bit(rgb: Array, bits: int) -> Array:
    return rgb if bits == 8 else cv2.convertScaleAbs(rgb, alpha=1 / 257)


def _on_black(rgb: Array, alpha: Array, bits: int) -> Array:
    share = alpha.astype(np.float32) / (2**bits - 1)
    return np.asarray(np.rint(rgb * share[..., None]), np.uint8)
