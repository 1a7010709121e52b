"""A film strip of a clip, so that a report can show what was judged without holding the video."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import ClassVar

import cv2
import numpy as np

from vidchatbench.errors import MediaError
from vidchatbench.feature import FrameFeature, FramePass, Inputs
from vidchatbench.media import Frame, MediaInfo, Presentation
from vidchatbench.types import Array, NamedArrays

COUNT = 8
HEIGHT = 96
QUALITY = 80
_WIDEST = 4
"""Widest shape that keeps its proportions, so that one odd clip cannot fill the report."""


class Strip(FrameFeature):
    """Eight small JPEG pictures of a clip, at the middles of eight equal parts of its duration.

    Arrays `jpeg.0` to `jpeg.7`: each a whole JPEG file as uint8, 96 pixels high. A clip whose pictures end before its
    declared duration has fewer.
    """

    id: ClassVar[str] = "report.strip"
    version: ClassVar[int] = 1
    slots: ClassVar[tuple[str, ...]] = ("clip",)

    def params(self) -> Mapping[str, int]:
        """How many, how high, and the JPEG quality."""
        return {"count": COUNT, "height": HEIGHT, "quality": QUALITY}

    def computation(self) -> Mapping[str, str]:
        """OpenCV's encoder writes the bytes."""
        return {"opencv": cv2.__version__}

    def presentations(self, infos: Mapping[str, MediaInfo]) -> Mapping[str, Presentation]:
        """Two ticks for each picture, of which the second falls on the middle of its part.

        Raises:
            MediaError: Where the clip has no video track.
        """
        video = infos["clip"].video
        if video is None:
            raise MediaError("no_video", "the clip has no video track", remedy="give a file with a video track")
        shape = min(Fraction(video.width, video.height), Fraction(_WIDEST))
        duration = Fraction(video.duration_s).limit_denominator(1000) or Fraction(1)
        width = max(1, round(HEIGHT * shape))
        return {"clip": Presentation(width=width, height=HEIGHT, fps=2 * COUNT / duration)}

    def start(self, inputs: Inputs) -> FramePass:
        """Begin a pass."""
        return _Pass()


class _Pass(FramePass):
    def __init__(self) -> None:
        self._found: dict[str, Array] = {}

    def update(self, slot: str, frame: Frame) -> None:
        if frame.tick % 2 and frame.tick < 2 * COUNT:
            self._found[f"jpeg.{frame.tick // 2}"] = _jpeg(frame.image)

    def result(self) -> NamedArrays:
        return self._found


def _jpeg(image: Array) -> Array:
    options = [cv2.IMWRITE_JPEG_QUALITY, QUALITY, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
    done, data = cv2.imencode(".jpg", np.ascontiguousarray(image[..., ::-1]), options)
    assert done, "an 8-bit picture of three channels always encodes"
    return np.asarray(data, dtype=np.uint8).ravel()


def pictures(strip: NamedArrays) -> tuple[bytes, ...]:
    """The JPEG files of a computed strip, in order of time, as the report takes them."""
    return tuple(strip[f"jpeg.{k}"].tobytes() for k in range(COUNT) if f"jpeg.{k}" in strip)
