"""Releases a question to a streaming adapter, piece by piece, from the supervisor, where the clip is."""

from __future__ import annotations

import json
import os
import select
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidchatbench.adapters import wire
from vidchatbench.errors import MediaError
from vidchatbench.latency import Clock
from vidchatbench.media import Clip, Presentation

_LOOK_S = 0.1
_SPIN_S = 5e-4
"""So long before a piece is due the feed no longer sleeps: the kernel wakes late."""
_WARM_UP_S = 1.5, 0.5
"""A warm-up question: so much of the voice sample, and so much silence."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A question, decoded. No decoding is done while the clock runs."""

    sound: NDArray[np.float32]
    frames: NDArray[np.uint8]
    rate: int
    fps: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class Source:
    """Where a question comes from."""

    clip: Path
    duration_s: float
    portrait: Path
    voice: Path | None

    def shown(self, rate: int, fps: float | None, size: tuple[int, int] | None) -> Shown:
        """The question in the form that the adapter wants."""
        wanted, real = self._form(fps, size)
        frames = np.stack([frame.image for _, frame in Clip(self.clip).frames([wanted])])
        return Shown(_sound(self.clip, rate), frames, rate, real, self.duration_s)

    def warm_up(self, rate: int, fps: float | None, size: tuple[int, int] | None) -> Shown:
        """Something like a question that tells nothing of one: the portrait, and the voice sample or a hum."""
        wanted, real = self._form(fps, size)
        still = Presentation(width=wanted.width, height=wanted.height, fit="crop")
        image = next(frame.image for _, frame in Clip(self.portrait).frames([still]))
        said = _sound(self.voice, rate) if self.voice is not None else np.zeros(0, np.float32)
        if not len(said):
            t = np.arange(round(_WARM_UP_S[0] * rate)) / rate
            said = (0.1 * np.sin(2 * np.pi * 150 * t) * (np.sin(2 * np.pi * 4 * t) > 0)).astype(np.float32)
        sound = np.concatenate([said[: round(_WARM_UP_S[0] * rate)], np.zeros(round(_WARM_UP_S[1] * rate), np.float32)])
        frames = np.repeat(image[None], round(sum(_WARM_UP_S) * real), axis=0)
        return Shown(sound, frames, rate, real, len(sound) / rate)

    def _form(self, fps: float | None, size: tuple[int, int] | None) -> tuple[Presentation, float]:
        video = Clip(self.clip).info.video
        assert video is not None
        width, height = size or (video.width, video.height)
        rate = video.fps if fps is None else Fraction(fps).limit_denominator(1001)
        return Presentation(width=width, height=height, fps=rate, fit="crop"), float(rate)


def _sound(path: Path, rate: int) -> NDArray[np.float32]:
    try:
        found: NDArray[np.float32] = Clip(path).audio(rate)
    except MediaError as error:
        if error.code != "no_audio":
            raise
        return np.zeros(0, np.float32)
    return found


class Feed(threading.Thread):
    """Answers the requests of one worker for one question, until it is stopped.

    Nothing leaves before it is asked for, and with the clock `paced` nothing before it is due: what lies in the pipe
    has been released.
    """

    def __init__(self, feeds: Path, name: str, source: Callable[[], Source], clock: Clock) -> None:
        super().__init__(name=f"feed {name}", daemon=True)
        self._paths = wire.pipes(feeds, name)
        self._source, self._clock = source, clock
        self._stop_it = threading.Event()
        for path in self._paths:
            path.unlink(missing_ok=True)
            os.mkfifo(path, 0o600)
        # Opened both ways, so that neither opening nor reading ends with a worker that comes or goes.
        self._up, self._down = (os.open(path, os.O_RDWR | os.O_NONBLOCK) for path in self._paths)
        wire.widen(self._down)
        self._shown: Shown | None = None
        self._chunk_s, self._next = 0.04, 0

    def stop(self) -> None:
        """End it, and take the pipes away."""
        self._stop_it.set()
        if self.ident is not None:
            self.join()
        for pipe, path in zip((self._up, self._down), self._paths, strict=True):
            os.close(pipe)
            path.unlink(missing_ok=True)

    def run(self) -> None:
        """Serve."""
        try:
            for line in self._lines():
                self._serve(json.loads(line))
        except _Stopped:
            return
        except Exception as error:  # said to the adapter's side, where it fails the sample
            text = f"{type(error).__name__}: {error}".encode()[:2000]
            with suppress(_Stopped):
                self._send(wire.HEAD.pack(b"X", 0.0, len(text), 0), text)

    def _serve(self, told: dict[str, Any]) -> None:
        if "open" in told:
            wanted = told["open"]
            source = self._source()
            make = source.warm_up if told["warm_up"] else source.shown
            opened = make(int(wanted["sample_rate"]), wanted["fps"], wanted["size"] and tuple(wanted["size"]))
            self._shown, self._chunk_s, self._next = opened, float(wanted["chunk_s"]), 0
            height, width = opened.frames.shape[1:3]
            self._send(wire.HEAD.pack(b"O", opened.fps, width, height))
            return
        if self._shown is None:
            raise ValueError("asked for more of a question that was not opened")
        shown = self._shown
        begin = self._next * self._chunk_s
        if begin >= shown.duration_s - 1e-9:
            self._send(wire.HEAD.pack(b"Z", shown.duration_s, 0, 0))
            return
        end = min(begin + self._chunk_s, shown.duration_s)
        self._next += 1
        first, last = round(begin * shown.rate), round(end * shown.rate)
        sound = np.zeros(last - first, np.float32)
        there = shown.sound[first:last]
        sound[: len(there)] = there
        frames = shown.frames[ceil(begin * shown.fps - 1e-6) : ceil(end * shown.fps - 1e-6)]
        if told["next"] is not None and self._clock == "paced":
            self._wait(float(told["next"]) + end)
        self._send(wire.HEAD.pack(b"T", end, len(sound), len(frames)), sound, frames)

    def _wait(self, due: float) -> None:
        while (rest := due - time.monotonic()) > _SPIN_S:
            if self._stop_it.wait(min(rest - _SPIN_S, _LOOK_S)):
                raise _Stopped
        while time.monotonic() < due:
            pass

    def _lines(self) -> Iterator[bytes]:
        kept = b""
        while True:
            self._ready([self._up], [])
            kept += os.read(self._up, 65536)
            *lines, kept = kept.split(b"\n")
            yield from lines

    def _send(self, *parts: Any) -> None:
        for part in parts:
            view = memoryview(part).cast("B") if len(part) else memoryview(b"")
            while len(view):
                try:
                    view = view[os.write(self._down, view) :]
                except BlockingIOError:
                    self._ready([], [self._down])

    def _ready(self, read: list[int], write: list[int]) -> None:
        while not any(select.select(read, write, [], _LOOK_S)):
            if self._stop_it.is_set():
                raise _Stopped
        if self._stop_it.is_set():
            raise _Stopped


class _Stopped(Exception):
    """The worker is done with it, or gone."""
