"""How a feature wants its frames, and what it gets."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from numpy.typing import NDArray

_CLOCK = Fraction(1, 1000)
"""Containers round time stamps to as much as a millisecond: a frame that comes this late is in time for its tick."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """A request for frames. Equal requests on one clip are fulfilled once.

    At a fixed `fps`, tick k shows what is on screen at k / fps seconds: the last frame whose presentation time is not
    later; ticks before the first frame show the first frame.
    """

    width: int
    height: int
    fps: Fraction | None = None
    """Frames per second; None for the clip's own frames at their own times."""
    fit: Literal["stretch", "crop"] = "stretch"
    """To another shape: distort, or cut the longer side evenly before the resize."""
    dtype: Literal["uint8", "float32"] = "uint8"
    """uint8 is rounded; float32 keeps the resize's exact values, 0 to 255."""
    ticks: frozenset[int] | None = None
    """Only these ticks of a fixed rate; None for all. Those that lie behind the clip's end do not come."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a presentation."""

    tick: int
    """Its number in the presentation, from 0."""
    time_s: float
    """Tick divided by fps, or the frame's own presentation time."""
    image: NDArray[Any]
    """height x width x 3, RGB, 0 to 255, full range."""
    repeat: bool
    """Whether the same source frame was already shown at the tick before (of those asked for): nothing new to see."""


def ticks_before(end: Fraction, fps: Fraction) -> int:
    """How many ticks of a fixed rate lie before a time, in seconds from the clip's start."""
    until = (end - _CLOCK) * fps
    return max(0, -(-until.numerator // until.denominator))
