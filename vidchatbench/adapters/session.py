"""One streamed question on the worker's side: the run clock, and whose time it is, the adapter's or the harness's."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidchatbench.adapters import wire
from vidchatbench.latency import Clock


class Session:
    """Keeps time while an adapter answers one question.

    The adapter has the floor between `resume` and `pause`; that is its own time (`busy_s`). The run clock begins when
    the question is opened and ready; chunks that come before that are timed from the first of them. Without a question
    it begins with the call.
    """

    def __init__(self, pipes: tuple[Path, Path] | None, clock: Clock, chunk_s: float, *, warm_up: bool = False) -> None:
        self.clock, self.chunk_s, self._warm_up = clock, chunk_s, warm_up
        self.has_question = pipes is not None
        self.opened = False
        self.busy_s = self.input_s = self._simulated = 0.0
        self.lags_ms: list[float] = []
        self._began: float | None = None
        self._since = time.monotonic()
        self._up = self._down = -1
        if pipes is not None:
            self._up = os.open(pipes[0], os.O_WRONLY)
            self._down = os.open(pipes[1], os.O_RDONLY)

    def close(self) -> None:
        """Let go of the pipes."""
        for pipe in (self._up, self._down):
            if pipe >= 0:
                os.close(pipe)
        self._up = self._down = -1

    def begin(self) -> None:
        """Start the run clock, unless it runs."""
        if self._began is None:
            self._began = time.monotonic()

    def resume(self) -> None:
        """The adapter has the floor."""
        self._since = time.monotonic()

    def pause(self) -> None:
        """The harness has the floor."""
        took = time.monotonic() - self._since
        self.busy_s += took
        if self._began is not None:
            self._simulated += took

    def now(self) -> float:
        """On the run clock, between `pause` and `resume`."""
        if self.clock == "paced":
            return 0.0 if self._began is None else time.monotonic() - self._began
        return self._simulated

    def open(self, sample_rate: int, fps: float | None, size: tuple[int, int] | None) -> tuple[float, int, int]:
        """Have the question made ready in this form; (fps, width, height). Costs the adapter no time."""
        told = {"sample_rate": sample_rate, "fps": fps, "size": size, "chunk_s": self.chunk_s}
        wire.say(self._up, {"open": told, "warm_up": self._warm_up})
        _, rate, width, height = self._head()
        self._began, self._simulated = time.monotonic(), 0.0
        return rate, width, height

    def next(self, shape: tuple[int, int, int]) -> tuple[float, NDArray[np.float32], NDArray[np.uint8]] | None:
        """What is released next, when it is; None at the end of the question."""
        asked = time.monotonic()
        wire.say(self._up, {"next": self._began if self.clock == "paced" else None})
        kind, t, samples, frames = self._head()
        if kind == b"Z":
            return None
        sound, picture = np.empty(samples, np.float32), np.empty((frames, *shape), np.uint8)
        for view in (sound.data, picture.data):
            if view.nbytes:
                wire.fill(self._down, view.cast("B"))
        self.input_s = t
        if self.clock == "paced":
            assert self._began is not None
            self.lags_ms.append(1e3 * (time.monotonic() - max(self._began + t, asked)))
        elif self.clock == "virtual":
            self._simulated = max(self._simulated, t)
        return t, sound, picture

    def _head(self) -> tuple[Any, ...]:
        head = bytearray(wire.HEAD.size)
        wire.fill(self._down, memoryview(head))
        found = wire.HEAD.unpack(head)
        if found[0] == b"X":
            text = bytearray(found[2])
            wire.fill(self._down, memoryview(text))
            raise RuntimeError(f"the question cannot be released: {text.decode(errors='replace')}")
        return found
