"""Feature: how a clip's pictures change from one to the next."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from vidchatbench.errors import MediaError
from vidchatbench.feature import FrameFeature, FramePass, Inputs
from vidchatbench.media import Frame, MediaInfo, Presentation
from vidchatbench.types import Array, Floats, NamedArrays

_GREY = np.array([0.299, 0.587, 0.114], np.float32)


class PictureChange(FrameFeature):
    """Changes between a clip's own frames, at its own rate, as grey pictures 64 pixels wide, in levels of 0 to 255.

    Arrays over n frames: `times` (n,) seconds; `change` (n - 1,) how far the place that changed most, 4 x 4 pixels, is
    from the frame before, so that a blink in a wide view counts, and an encoder's noise, which has no place, hardly
    does; `amount` (n - 1,) mean absolute change of all pixels; `back` (n - 2,) for each frame that has
    two neighbours, how far its pixels stand out from both of them on the same side, mean over all pixels.

    Raises:
        MediaError: no_video.
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
        self.times: list[float] = []
        self.change: list[float] = []
        self.amount: list[float] = []
        self.back: list[float] = []
        self.before: Array | None = None
        self.step: Array | None = None

    def update(self, slot: str, frame: Frame) -> None:
        grey = frame.image @ _GREY
        if self.before is not None:
            step = grey - self.before
            size = np.abs(step)
            self.change.append(float(cv2.blur(size, (self.block, self.block), borderType=cv2.BORDER_REFLECT).max()))
            self.amount.append(float(size.mean()))
            if self.step is not None:
                returns = np.where(self.step * step < 0, np.minimum(np.abs(self.step), size), 0)
                self.back.append(float(returns.mean()))
            self.step = step
        self.before = grey
        self.times.append(frame.time_s)

    def result(self) -> NamedArrays:
        return {name: np.array(getattr(self, name), float) for name in ("times", "change", "amount", "back")}


def even_steps(times: Floats) -> tuple[Array, float]:
    """On a clock that ticks at the frames' median interval, the step at which each frame but the first comes.

    (n - 1,) ascending from 0 on, and the interval in s; steps that no frame comes at are gaps.
    """
    apart = np.diff(times)
    # Equal times, which a broken container may give, must not divide by 0.
    interval = max(float(np.median(apart)), 1e-3)
    return np.cumsum(np.maximum(np.round(apart / interval).astype(int), 1)) - 1, interval
