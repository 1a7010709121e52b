"""What an adapter is given: one question, with media that are decoded when they are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from vidchatbench.types import Protocol, Task

if TYPE_CHECKING:
    from vidchatbench.media import Clip, VideoInfo


def _clip(path: Path) -> Clip:
    from vidchatbench.media import Clip

    return Clip(path)


@dataclass(frozen=True, slots=True)
class Picture:
    """A still picture."""

    path: Path

    def image(self) -> NDArray[np.uint8]:
        """Height x width x 3, RGB, 0 to 255."""
        first: NDArray[np.uint8] = Video(self.path).frames()[0]
        return first


@dataclass(frozen=True, slots=True)
class Video:
    """The picture track of a file."""

    path: Path

    @property
    def info(self) -> VideoInfo:
        """Width, height, fps and duration, without decoding."""
        found = _clip(self.path).info.video
        assert found is not None
        return found

    def frames(
        self, fps: float | None = None, size: tuple[int, int] | None = None, *, fit: Literal["stretch", "crop"] = "crop"
    ) -> NDArray[np.uint8]:
        """All frames, T x height x width x 3, RGB, 0 to 255.

        Args:
            fps: Frames a second; by default the file's own frames.
            size: (width, height); by default the file's own.
            fit: To another shape: cut the longer side evenly, or distort.
        """
        from vidchatbench.media import Presentation

        width, height = size or (self.info.width, self.info.height)
        rate = None if fps is None else Fraction(fps).limit_denominator(1001)
        wanted = Presentation(width=width, height=height, fps=rate, fit=fit)
        return np.stack([frame.image for _, frame in _clip(self.path).frames([wanted])])


@dataclass(frozen=True, slots=True)
class Audio:
    """The sound track of a file."""

    path: Path

    @property
    def rate(self) -> int:
        """The file's own sample rate in Hz."""
        found = _clip(self.path).info.audio
        assert found is not None
        return found.rate

    def wave(self, rate: int = 16000) -> NDArray[np.float32]:
        """The whole sound: mono float32, full scale at 1."""
        sound: NDArray[Any] = _clip(self.path).audio(rate)
        return sound


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """Something said before this question, oldest first."""

    speaker: Literal["initiator", "responder"]
    text: str | None = None
    """What was said, where the test set gives it."""
    video: Video | None = None
    audio: Audio | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an item and a live item share."""

    id: str
    """The item's name; the turns and seeds of one item share it."""
    task: Task
    protocol: Protocol
    turn: int
    seed: int
    """Of this answer. Python's, NumPy's and torch's generators were seeded with it already."""
    portrait: Picture
    """The responder that the answer must show."""
    voice: Audio | None
    """A sample of the responder's voice, where the test set has one."""
    text: str | None
    """What the responder must say: in the conditioned protocol, and in the task `single`."""
    description: str | None
    """What the responder does and the scene, in words, where the test set has that, in these two cases too."""
    history: tuple[Utterance, ...]
    max_s: float
    """No answer may be longer than this."""
    workdir: Path
    """An empty folder for this answer's files; it is removed afterwards."""

    @property
    def name(self) -> str:
        """Item, turn and seed as one name: `d01`, `m01.t1`, `d01.s2`."""
        return self.id + (f".t{self.turn}" if self.turn else "") + (f".s{self.seed}" if self.seed else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Asked):
    """One question put to a model. What the real person answered is not in it, nor in reach of it.

    Times are seconds on the turn's timeline: 0 is the start of the initiator's clip.
    """

    duration_s: float
    """How long the initiator's clip lasts; 0 where none is given."""
    video: Video | None
    """The initiator, seen; None in the task `single`, where there is nobody to answer."""
    audio: Audio | None
    """The initiator, heard; None likewise."""
