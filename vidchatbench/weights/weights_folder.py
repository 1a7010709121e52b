"""Weights that a person made or chose: a folder of files on this machine, known by what it holds."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from vidchatbench.errors import NotReady
from vidchatbench.weights.weights_file import WeightsFile, sha256_of


@dataclass(frozen=True, slots=True)
class WeightsFolder(WeightsFile):
    """A model of several files, in a folder that no catalogue knows.

    Its label is made of its content, `local-` and 8 hex digits, so that another content is another signature; its path
    is in none. The files are hashed once, and again where a name, size or time has changed.
    """

    path: Path
    needed: tuple[str, ...]
    """The files without which it is no such model."""
    hint: str
    """What to type where it is not right."""

    def contents(self) -> tuple[Path, ...]:
        """Its files, hidden ones and folders left out, by name."""
        try:
            return tuple(sorted(path for path in self.path.iterdir() if path.is_file() and path.name[0] != "."))
        except OSError:
            return ()

    @property
    def label(self) -> str:
        """`local-` and 8 hex digits of the digest; `local-absent` where there is no such folder. Never raises."""
        return f"local-{self._digest()[:8]}" if self.contents() else "local-absent"

    def locate(self) -> Path:
        """The folder.

        Raises:
            NotReady: Where it or one of the needed files is not there.
        """
        names = {path.name for path in self.contents()}
        if absent := [name for name in self.needed if name not in names]:
            why = f"has no {', '.join(absent)}" if self.path.is_dir() else "there is no such folder"
            raise NotReady(why, where=self.path, remedy=self.hint)
        return self.path

    def expected(self) -> str:
        """The digest of names and contents: whatever lies there counts."""
        self.locate()
        return self._digest()

    def verified(self) -> Path:
        """The folder, where it holds what is needed."""
        return self.locate()

    def replacement(self) -> str:
        """What to type."""
        return self.hint

    def _digest(self) -> str:
        stats = [(path, path.stat()) for path in self.contents()]
        return _digest(tuple((path, stat.st_size, stat.st_mtime_ns) for path, stat in stats))


@lru_cache(maxsize=8)
def _digest(files: tuple[tuple[Path, int, int], ...]) -> str:
    """Of names and contents; size and time are for the cache alone."""
    total = hashlib.sha256()
    for path, _, _ in files:
        total.update(f"{path.name} {sha256_of(path)}\n".encode())
    return total.hexdigest()
