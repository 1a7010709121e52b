"""The two pipes between a worker and the feed of its question: requests go up, what has been released comes down.

Named pipes, since a worker of xdist inherits no file descriptor. Up: one line of JSON a request. Down: a head, and
then the bytes that it announces.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from struct import Struct
from typing import Any

HEAD = Struct("<cdII")
"""Kind (O opened, T tick, Z end, X error), time in seconds, and two counts: of samples and frames, or of bytes."""
_PIPE_BYTES = 1 << 20
_F_SETPIPE_SZ = 1031


def pipes(feeds: Path, name: str) -> tuple[Path, Path]:
    """Up and down, by the sample's name."""
    return feeds / f"{name}.up", feeds / f"{name}.down"


def widen(pipe: int) -> None:
    """Let a pipe hold a frame or so, where the system allows it."""
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):
            fcntl.fcntl(pipe, _F_SETPIPE_SZ, _PIPE_BYTES)


def say(pipe: int, message: dict[str, Any]) -> None:
    """One request; short enough to be written in one piece."""
    os.write(pipe, json.dumps(message).encode() + b"\n")


def fill(pipe: int, into: memoryview) -> None:
    """Read until `into` is full.

    Raises:
        EOFError: Where the other side has gone.
    """
    while len(into):
        got = os.readv(pipe, [into])
        if not got:
            raise EOFError("the harness has gone")
        into = into[got:]
