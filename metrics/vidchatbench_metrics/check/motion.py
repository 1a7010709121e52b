"""Feature: how much the picture changes from frame to frame."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from vidchatbench.errors import MediaError
from vidchatbench.feature import FrameFeature, FramePass, Inputs
from vidchatbench.media import Frame, MediaInfo, Presentation
from vidchatbench.types import Floats, NamedArrays


class PictureChange(FrameFeature):
    """For each of a clip's own frames but the first: how far the place that changed most is from the frame before.

    Grey pictures, 64 pixels wide; the greatest mean absolute difference over 4 x 4 pixels, 0 to 255. So a blink in a
    wide view counts, and an encoder's noise, which has no place, hardly does.

    Arrays: `change` (n - 1,) and `frames` () how many there are.
    """

    id = "check.picture_change"
    version = 1

    width = 64
    block = 4

    def params(self) -> Mapping[str, str | int | float | bool]:
        """Sizes."""
        return {"width": self.width, "block": self.block}

    def presentations(self, infos: Mapping[str, MediaInfo]) -> Mapping[str, Presentation]:
        """All own frames, small."""
        video = infos["clip"].video
        if video is None:
            raise MediaError("no_video", "there is no video track to look for movement in")
        height = max(self.block, round(self.width * video.height / video.width))
        return {"clip": Presentation(width=self.width, height=height, dtype="float32")}

    def start(self, inputs: Inputs) -> FramePass:
        """Begin with no frame."""
        return _Pass(self.block)


class _Pass(FramePass):
    def __init__(self, block: int) -> None:
        self.block = block
        self.before: Floats | None = None
        self.change: list[float] = []
        self.frames = 0

    def update(self, slot: str, frame: Frame) -> None:
        grey = frame.image @ np.array([0.299, 0.587, 0.114], np.float32)
        if self.before is not None:
            places = cv2.blur(np.abs(grey - self.before), (self.block, self.block), borderType=cv2.BORDER_REFLECT)
            self.change.append(float(places.max()))
        self.before = grey
        self.frames += 1

    def result(self) -> NamedArrays:
        return {"change": np.array(self.change), "frames": np.array(self.frames)}
