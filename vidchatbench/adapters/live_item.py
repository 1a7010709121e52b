"""What a streaming adapter is given: a question that comes as time goes on, and whose future is not here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from vidchatbench.adapters.item import Asked
from vidchatbench.adapters.response import InvalidResponse, check_fps, check_rate
from vidchatbench.adapters.session import Session


@dataclass(frozen=True, slots=True)
class Tick:
    """One piece of the question."""

    t: float
    """The question is out up to here, in seconds on the item's timeline; this piece ends here."""
    audio: NDArray[np.float32]
    """(samples,): mono, full scale at 1. Silence where the question has no sound."""
    frames: NDArray[np.uint8]
    """T x height x width x 3, RGB: the frames that begin before `t`; T may be 0."""


class Stream(Iterator[Tick]):
    """The ticks of one question, each when its time has come. Also says in which form they come."""

    def __init__(self, session: Session, sample_rate: int, fps: float | None, size: tuple[int, int] | None) -> None:
        self.sample_rate = sample_rate
        """Of `tick.audio`, in Hz."""
        self.chunk_s = session.chunk_s
        """Length of a piece in seconds; the last may be shorter."""
        self.fps, self.width, self.height = 0.0, 0, 0
        """Of `tick.frames`."""
        self._session = session
        session.pause()
        if session.has_question:
            self.fps, self.width, self.height = session.open(sample_rate, fps, size)
        session.resume()

    def __iter__(self) -> Stream:
        return self

    def __next__(self) -> Tick:
        session = self._session
        session.pause()
        found = session.next((self.height, self.width, 3)) if session.has_question else None
        session.resume()
        if found is None:
            raise StopIteration
        return Tick(*found)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveItem(Asked):
    """One question put to a streaming adapter. It is heard and seen by `stream()` alone, as far as it is out.

    Neither its file nor its length is here: `video`, `audio` and `duration_s` raise an error that says so.
    """

    session: Session = field(repr=False, compare=False)
    """The harness's own."""

    def stream(
        self, sample_rate: int = 16000, *, fps: float | None = None, size: tuple[int, int] | None = None
    ) -> Stream:
        """The question, piece by piece: each `next` waits until the piece is released. It can be had once.

        Args:
            sample_rate: Of the sound, in Hz.
            fps: Of the picture; by default the clip's own.
            size: (width, height); by default the clip's own. To another shape, the longer side is cut evenly.

        Raises:
            InvalidResponse: Where it was opened before, or an argument is not right.
        """
        check_rate(sample_rate)
        if fps is not None:
            check_fps(fps)
        if size is not None and (len(size) != 2 or not all(isinstance(n, int) and 16 <= n <= 8192 for n in size)):
            raise InvalidResponse(f"size={size!r}: it takes (width, height), from 16 to 8192 each")
        if self.session.opened:
            raise InvalidResponse("item.stream() was opened before: a question comes once")
        self.session.opened = True
        return Stream(self.session, sample_rate, fps, size)

    @property
    def video(self) -> NoReturn:
        """Not here."""
        raise _withheld("video")

    @property
    def audio(self) -> NoReturn:
        """Not here."""
        raise _withheld("audio")

    @property
    def duration_s(self) -> NoReturn:
        """Not here."""
        raise _withheld("duration_s")


def _withheld(name: str) -> InvalidResponse:
    return InvalidResponse(
        f"item.{name} is not there for mode='streaming', since it would tell the future of the question: read "
        "`for tick in item.stream(): tick.audio, tick.frames`"
    )
