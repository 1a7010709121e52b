"""Whether anybody opens given files, whatever process and language it is: inotify, which Linux has for everybody."""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

_IN_OPEN = 0x20
_NONBLOCK = os.O_NONBLOCK
_EVENT = struct.Struct("iIII")


class Watch:
    """`with Watch(files) as watch: ...`, then `watch.opened`. On systems without inotify, `possible` is False."""

    possible = sys.platform == "linux"

    def __init__(self, files: Iterable[Path]) -> None:
        self._files = tuple(files)
        self.opened: list[Path] = []

    def __enter__(self) -> Watch:
        """From here on every opening counts."""
        if self.possible:
            libc = ctypes.CDLL(None, use_errno=True)
            self._queue = libc.inotify_init1(_NONBLOCK)
            if self._queue < 0:
                raise OSError(ctypes.get_errno(), "inotify_init1")
            added = ((libc.inotify_add_watch(self._queue, os.fsencode(file), _IN_OPEN), file) for file in self._files)
            self._by_number = dict(added)
            if -1 in self._by_number:
                raise OSError(ctypes.get_errno(), "inotify_add_watch", str(self._by_number[-1]))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Collect what came."""
        if not self.possible:
            return
        seen = set()
        try:
            while data := os.read(self._queue, 1 << 16):
                place = 0
                while place < len(data):
                    number, _, _, length = _EVENT.unpack_from(data, place)
                    seen.add(number)
                    place += _EVENT.size + length
        except BlockingIOError:
            pass
        finally:
            os.close(self._queue)
        self.opened = [file for number, file in self._by_number.items() if number in seen]
