"""What an adapter's process opens and connects to, as Python's audit hooks see it, and how much memory it has."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

from vidchatbench._data import data_dir

_FOREIGN = re.compile(r"/proc/(\d+)/(environ|cmdline|cwd|fd|root|mem|maps)")
_MANIFESTS = ("items.jsonl", "testset.toml", "media.lock.jsonl")
"""Files by which a test set is known, wherever it is."""
_NET = ("socket.connect", "socket.getaddrinfo", "socket.sendto")


class Seen:
    """Notes from its making on, for as long as the process lives: an audit hook cannot be taken back.

    Native code that opens files or sockets by itself is not seen; `watch.py` sees the files all the same.
    """

    def __init__(self, path: Path) -> None:
        self._out = path.open("a", buffering=1, encoding="utf-8")
        self._pid = os.getpid()
        self._busy = False
        self._shipped = str(data_dir("testsets")) + os.sep
        self._told: set[tuple[str, str]] = set()
        sys.addaudithook(self._event)

    def memory(self) -> None:
        """One line with resident memory, and torch's on the GPU, in MB."""
        resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        torch = sys.modules.get("torch")
        gpu = torch.cuda.memory_allocated() if torch is not None and torch.cuda.is_available() else 0
        self._write("memory", json.dumps([round(resident / 1e6, 1), round(gpu / 1e6, 1)]), always=True)

    def _event(self, event: str, args: tuple[object, ...]) -> None:
        if self._busy or os.getpid() != self._pid:
            return
        self._busy = True
        try:
            if event == "open" and isinstance(args[0], str | bytes):
                path = os.path.abspath(os.fsdecode(args[0]))  # noqa: PTH100 - an audit hook must open nothing
                found = _FOREIGN.match(path)
                if found and int(found[1]) != self._pid:
                    self._write("process", path)
                elif path.startswith(self._shipped) or path.endswith(_MANIFESTS):
                    self._write("testset", path)
            elif event in _NET:
                address = args[1] if event != "socket.getaddrinfo" else args[:2]
                if not isinstance(address, str | bytes):  # a name is a socket file, of this machine
                    self._write("network", str(address))
        finally:
            self._busy = False

    def _write(self, kind: str, what: str, *, always: bool = False) -> None:
        if always or (kind, what) not in self._told:
            self._told.add((kind, what))
            self._out.write(json.dumps({"kind": kind, "what": what}) + "\n")
