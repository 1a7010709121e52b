"""The picture track on the clip's timeline, and what the presentations show of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.stream import VideoStream

from vidchatbench.errors import MediaError
from vidchatbench.media.colour import to_rgb
from vidchatbench.media.container import is_still, opened, start_of, video_stream
from vidchatbench.media.decode import broken_at, decoded
from vidchatbench.media.orientation import Orientation
from vidchatbench.media.presentation import Frame, Presentation, ticks_before
from vidchatbench.media.resize import resize
from vidchatbench.types import Array

_BACKWARDS = Fraction(1, 2)
"""Time stamps that run back by more than this many seconds are a cut, not jitter."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A source frame and when it is on screen, in seconds from the clip's start."""

    frame: av.VideoFrame
    start: Fraction
    end: Fraction
    last: bool
    still: bool
    pixel_aspect: Fraction
    orientation: Orientation


def present(path: Path, presentations: Sequence[Presentation]) -> Iterator[tuple[int, Frame]]:
    """All frames of all presentations in order of time, from one decode: (index of the presentation, frame)."""
    counts = [0] * len(presentations)
    for shown in _shown_frames(path):
        due: list[tuple[Fraction, int, int, bool]] = []
        for index, presentation in enumerate(presentations):
            due += _due(shown, index, presentation, counts)
        if due:
            pictures = _Pictures(path, shown)
            for time, index, tick, repeat in sorted(due):
                yield index, Frame(tick, float(time), pictures.get(presentations[index]), repeat)


def _due(
    shown: _Shown, index: int, presentation: Presentation, counts: list[int]
) -> list[tuple[Fraction, int, int, bool]]:
    """The ticks of one presentation that show this source frame: (time, index, tick, repeat)."""
    first = counts[index]
    if presentation.fps is None:
        if shown.end <= 0 and not shown.last:
            return []
        counts[index] += 1
        return [(max(shown.start, Fraction(0)), index, first, False)]
    # Every clip has a tick 0, also a picture, which has no duration.
    stop = max(first, ticks_before(shown.end, presentation.fps), int(shown.last))
    counts[index] = stop
    wanted = presentation.ticks
    ticks = [tick for tick in range(first, stop) if wanted is None or tick in wanted]
    return [(tick / presentation.fps, index, tick, tick > ticks[0]) for tick in ticks]


def _shown_frames(path: Path) -> Iterator[_Shown]:
    with opened(path) as container:
        stream = video_stream(container)
        if stream is None:
            raise MediaError("no_video", "there is no video track", where=path, remedy="give a file with a picture")
        still = is_still(container)
        aspect = stream.sample_aspect_ratio or Fraction(1)
        orientation: Orientation | None = None
        held: av.VideoFrame | None = None
        since = length = Fraction(0)
        for frame, stamp in decoded(container, stream, path, start_of(container)):
            assert isinstance(frame, av.VideoFrame)
            # Once a clip: asking a frame for it keeps that frame alive until a garbage collection.
            orientation = orientation or Orientation.of(frame)
            time = Fraction(0) if still else since + length if stamp is None else stamp
            if held is not None:
                if time < since - _BACKWARDS:
                    raise broken_at(path, f"the picture's time stamps run back to {float(time):.2f} s", since)
                time = max(time, since)
                yield _Shown(held, since, time, False, still, aspect, orientation)
            length = _length(frame, stream, time - since if held else Fraction(0))
            held, since = frame, time
        if held is None or orientation is None:
            raise MediaError("no_video", "the video track has no frames", where=path, remedy="make the file again")
        yield _Shown(held, since, since if still else since + length, True, still, aspect, orientation)


def _length(frame: av.VideoFrame, stream: VideoStream, before: Fraction) -> Fraction:
    """How long a frame is shown if nothing follows it."""
    if frame.duration and frame.time_base:
        return frame.duration * frame.time_base
    return before or 1 / (stream.average_rate or stream.guessed_rate or Fraction(25))


class _Pictures:
    """One source frame at the sizes that are asked for; every conversion is made at most once."""

    def __init__(self, path: Path, shown: _Shown) -> None:
        try:
            stored = to_rgb(shown.frame, still=shown.still)
        except ValueError as error:
            raise MediaError(
                "unreadable", f"cannot be shown in colour: {error}", where=path, remedy="re-encode as yuv420p, BT.709"
            ) from None
        self._image = _frozen(shown.orientation.apply(stored))
        aspect = 1 / shown.pixel_aspect if shown.orientation.swaps else shown.pixel_aspect
        self._aspect = aspect * self._image.shape[1] / self._image.shape[0]
        self._done: dict[tuple[int, int, str, str], Array] = {}

    def get(self, presentation: Presentation) -> Array:
        """Read-only; the same array for the same request."""
        p = presentation
        if (p.width, p.height, p.fit, p.dtype) not in self._done:
            self._make(p)
        return self._done[p.width, p.height, p.fit, p.dtype]

    def _make(self, p: Presentation) -> None:
        image = self._cropped(Fraction(p.width, p.height)) if p.fit == "crop" else self._image
        if image.shape[:2] == (p.height, p.width):
            exact: Array = image if p.dtype == "uint8" else image.astype(np.float32)
        else:
            key = (p.width, p.height, p.fit, "float32")
            if key not in self._done:
                self._done[key] = _frozen(resize(np.ascontiguousarray(image), p.width, p.height))
            exact = self._done[key] if p.dtype == "float32" else _rounded(self._done[key])
        self._done[p.width, p.height, p.fit, p.dtype] = _frozen(exact)

    def _cropped(self, aspect: Fraction) -> Array:
        """The middle of the picture at another aspect ratio (width over height, as displayed)."""
        rows, columns, _ = self._image.shape
        if aspect < self._aspect:
            kept = max(1, round(columns * aspect / self._aspect))
            left = (columns - kept) // 2
            return self._image[:, left : left + kept]
        kept = max(1, round(rows * self._aspect / aspect))
        top = (rows - kept) // 2
        return self._image[top : top + kept]


def _rounded(image: Array) -> Array:
    """Half to even, as np.rint; OpenCV does it in one pass."""
    return np.asarray(cv2.convertScaleAbs(image))


def _frozen(image: Array) -> Array:
    image.flags.writeable = False
    return image
