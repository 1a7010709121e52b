"""What a streaming adapter yields: sound and picture as they come, and marks on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidchatbench.adapters.response import InvalidResponse, check_fps, check_picture, check_rate, check_sound, is_finite


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """A piece of the answer's sound.

    Raises:
        InvalidResponse: Where an argument is not right; the message names which.
    """

    pcm: NDArray[Any]
    """(samples,) or (samples, channels) with one or two channels: float with full scale at 1, or int16."""
    sample_rate: int
    """In Hz; the same for all chunks of an answer."""
    pts: float
    """When it is to be heard, in seconds on the item's timeline: 0 is the start of the initiator's clip."""

    def __post_init__(self) -> None:
        """Hold every argument to what is written beside it."""
        check_rate(self.sample_rate)
        check_sound(self.pcm)
        _check_pts(self.pts)

    @property
    def n(self) -> int:
        """Samples."""
        return len(self.pcm)

    @property
    def length_s(self) -> float:
        """How long it lasts."""
        return self.n / float(self.sample_rate)


@dataclass(frozen=True, slots=True)
class VideoChunk:
    """One or more frames of the answer's picture.

    Raises:
        InvalidResponse: Where an argument is not right; the message names which.
    """

    frames: NDArray[np.uint8]
    """T x height x width x 3, or one frame without the T: RGB, uint8. The size is the same for all of an answer."""
    fps: float
    """The same for all chunks of an answer."""
    pts: float
    """When the first frame is to be seen, in seconds on the item's timeline."""

    def __post_init__(self) -> None:
        """Hold every argument to what is written beside it."""
        check_fps(self.fps)
        if isinstance(self.frames, np.ndarray) and self.frames.ndim == 3:
            object.__setattr__(self, "frames", self.frames[None])
        if not isinstance(self.frames, np.ndarray) or self.frames.ndim != 4 or not len(self.frames):
            what = getattr(self.frames, "shape", None) or type(self.frames).__name__
            raise InvalidResponse(f"frames is {what}, neither (T, height, width, 3) nor (height, width, 3)")
        check_picture(self.frames[0])
        _check_pts(self.pts)

    @property
    def n(self) -> int:
        """Frames."""
        return len(self.frames)

    @property
    def length_s(self) -> float:
        """How long they last."""
        return self.n / float(self.fps)


@dataclass(frozen=True, slots=True)
class Mark:
    """Says that something has happened, such as `turn_end_detected`; its time is kept, for the split of the latency.

    Raises:
        InvalidResponse: Where the name is not text.
    """

    name: str

    def __post_init__(self) -> None:
        """Hold the name to text that fits a table."""
        if not isinstance(self.name, str) or not 0 < len(self.name) <= 60 or not self.name.isprintable():
            raise InvalidResponse(f"Mark({self.name!r}): a mark's name is some printable text of at most 60 characters")


def _check_pts(pts: object) -> None:
    if not is_finite(pts) or pts < 0:  # type: ignore[operator]
        raise InvalidResponse(f"pts={pts!r}: a chunk wants its time on the item's timeline, in seconds from 0")
