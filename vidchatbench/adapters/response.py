"""`vcb.Response`: what an adapter returns, and whether that is an answer."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FPS = (1.0, 240.0)
RATES = (8000, 192000)
PEAK = 2.0
"""Sound beyond this is on another scale, not merely loud: full scale is 1."""


class InvalidResponse(ValueError):
    """What the adapter returned is no answer; the message names the argument."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One answer: a file (`path`), or `frames` with `fps`, and `audio` with `sample_rate` unless it has no sound.

    Raises:
        InvalidResponse: Where the arguments are no answer; the message names which.
    """

    path: str | Path | None = None
    """A video file with its sound."""
    frames: NDArray[np.uint8] | Iterable[NDArray[np.uint8]] | None = None
    """T x height x width x 3, RGB, uint8: an array, or one picture after the other from any iterable."""
    fps: float | None = None
    audio: NDArray[Any] | None = None
    """(samples,) or (samples, channels) with one or two channels: float with full scale at 1, or int16."""
    sample_rate: int | None = None
    start_s: float | None = None
    """When the answer begins, on the item's timeline; by default when the initiator's clip ends (0 for a listener)."""
    transcript: str | None = None
    """What the model says that it said: kept with the results, never scored."""
    meta: dict[str, str | float | bool | None] = field(default_factory=dict)
    """Anything to keep in the record of this answer."""

    def __post_init__(self) -> None:
        """Hold every argument to what is written beside it."""
        if (self.path is None) == (self.frames is None):
            raise InvalidResponse("Response wants exactly one of path and frames")
        if self.path is not None:
            _path(self)
        else:
            _frames(self)
        _audio(self)
        if self.start_s is not None and not is_finite(self.start_s):
            raise InvalidResponse(f"start_s={self.start_s!r} is no time in seconds")
        if self.transcript is not None and not isinstance(self.transcript, str):
            raise InvalidResponse(f"transcript is {type(self.transcript).__name__}, not text")
        if not isinstance(self.meta, dict) or not all(
            isinstance(key, str) and (value is None or isinstance(value, str | bool) or is_finite(value))
            for key, value in self.meta.items()
        ):
            raise InvalidResponse("meta takes names with text, finite numbers, True, False or None")


def _path(given: Response) -> None:
    if not isinstance(given.path, str | Path):
        raise InvalidResponse(f"path is {type(given.path).__name__}, not a file's name")
    if not Path(given.path).is_file():
        raise InvalidResponse(f"path={str(given.path)!r}: there is no such file")
    for name in ("fps", "audio", "sample_rate"):
        if getattr(given, name) is not None:
            raise InvalidResponse(f"{name} goes with frames; a path is a whole file")


def _frames(given: Response) -> None:
    check_fps(given.fps)
    if isinstance(given.frames, np.ndarray):
        if given.frames.ndim != 4 or not len(given.frames):
            raise InvalidResponse(f"frames has the shape {given.frames.shape}, not (T, height, width, 3)")
        check_picture(given.frames[0])
    elif not isinstance(given.frames, Iterable) or isinstance(given.frames, str | bytes):
        raise InvalidResponse(f"frames is {type(given.frames).__name__}, neither an array nor an iterable of pictures")


def check_fps(fps: object) -> None:
    """A frame rate.

    Raises:
        InvalidResponse: Where it is none.
    """
    if not is_finite(fps) or not FPS[0] <= float(fps) <= FPS[1]:  # type: ignore[arg-type]
        raise InvalidResponse(f"fps={fps!r}: frames want fps from {FPS[0]:g} to {FPS[1]:g}")


def check_rate(rate: object) -> None:
    """A sample rate.

    Raises:
        InvalidResponse: Where it is none.
    """
    if isinstance(rate, bool) or not isinstance(rate, int | np.integer) or not RATES[0] <= rate <= RATES[1]:
        raise InvalidResponse(f"sample_rate={rate!r}: audio wants a whole number of Hz, {RATES[0]} to {RATES[1]}")


def check_picture(image: object) -> NDArray[np.uint8]:
    """One picture: height x width x 3, uint8.

    Raises:
        InvalidResponse: Where it is none.
    """
    if not isinstance(image, np.ndarray):
        raise InvalidResponse(f"frames holds {type(image).__name__}, not NumPy arrays (a tensor: .cpu().numpy())")
    if image.dtype != np.uint8:
        scale = "(x * 255).round().clip(0, 255).astype('uint8')" if image.dtype.kind == "f" else "astype('uint8')"
        raise InvalidResponse(f"frames are {image.dtype}, not uint8 from 0 to 255: {scale}")
    if image.ndim != 3 or image.shape[2] != 3 or min(image.shape[:2]) < 16:
        raise InvalidResponse(f"a frame has the shape {image.shape}, not (height, width, 3) of at least 16 x 16")
    return image


def _audio(given: Response) -> None:
    if given.audio is None:
        if given.sample_rate is not None:
            raise InvalidResponse("sample_rate goes with audio, and there is none")
        return
    check_rate(given.sample_rate)
    check_sound(given.audio)


def check_sound(sound: object) -> NDArray[np.float32]:
    """Sound as (samples, channels) float32, full scale at 1.

    Raises:
        InvalidResponse: Where it is none.
    """
    if not isinstance(sound, np.ndarray):
        raise InvalidResponse(f"audio is {type(sound).__name__}, not a NumPy array (a tensor: .cpu().numpy())")
    if sound.ndim not in (1, 2) or (sound.ndim == 2 and sound.shape[1] not in (1, 2)) or not sound.size:
        raise InvalidResponse(f"audio has the shape {sound.shape}, not (samples,) or (samples, 1 or 2)")
    if sound.dtype == np.int16:
        wave = (sound / 32768).astype(np.float32)
    elif sound.dtype.kind == "f":
        wave = sound.astype(np.float32)
    else:
        raise InvalidResponse(f"audio is {sound.dtype}, neither float with full scale at 1 nor int16")
    if not np.isfinite(wave).all():
        raise InvalidResponse("audio holds NaN or infinity")
    if (peak := float(np.abs(wave).max())) > PEAK:
        raise InvalidResponse(f"audio reaches {peak:.4g}; full scale is 1")
    return wave.reshape(len(wave), -1)


def is_finite(value: object) -> bool:
    """Whether it is a number, and neither NaN nor infinite."""
    number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    return number and math.isfinite(value)  # type: ignore[arg-type]
