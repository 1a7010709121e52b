"""The cache: content-addressed, the only memory of a run. Whatever stops a run, the same command goes on from here."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import platformdirs
from safetensors import SafetensorError
from safetensors.numpy import load, save

from vidchatbench.errors import VidChatBenchError
from vidchatbench.types import NamedArrays

_DIGEST = 32


def cache_dir() -> Path:
    """`$VIDCHATBENCH_CACHE`, or the user's cache folder."""
    given = os.environ.get("VIDCHATBENCH_CACHE")
    return Path(given) if given else Path(platformdirs.user_cache_dir("vidchatbench"))


class Cache:
    """Named arrays by key. Writes are atomic and safe among processes; an entry that is damaged counts as absent."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = (root or cache_dir()) / "features-1"

    def path(self, key: str) -> Path:
        """Where an entry lies."""
        return self.root / key[:2] / key

    def __contains__(self, key: str) -> bool:
        """Whether there is an entry; whether it is whole is seen when it is read."""
        return self.path(key).is_file()

    def get(self, key: str) -> NamedArrays | None:
        """The entry, or None where it is absent or damaged (it is then removed, to be computed again)."""
        path = self.path(key)
        try:
            content = path.read_bytes()
            if hashlib.sha256(content[_DIGEST:]).digest() == content[:_DIGEST]:
                return load(content[_DIGEST:])
        except FileNotFoundError:
            return None
        except (OSError, SafetensorError):
            pass
        path.unlink(missing_ok=True)
        return None

    def read(self, key: str) -> NamedArrays:
        """The entry, which must be there.

        Raises:
            VidChatBenchError: Where it is not, because something else removed it.
        """
        arrays = self.get(key)
        if arrays is None:
            raise VidChatBenchError(
                "an entry of the cache was damaged or removed during the run",
                where=self.path(key),
                remedy="give the same command again: only what is missing is computed",
            )
        return arrays

    def put(self, key: str, arrays: NamedArrays) -> None:
        """Write an entry.

        Raises:
            VidChatBenchError: Where the disk is full or cannot be written; what was computed before is kept.
        """
        payload = save({name: np.require(array, requirements="C") for name, array in arrays.items()})
        write_atomic(self.path(key), hashlib.sha256(payload).digest() + payload)


def write_atomic(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all.

    Raises:
        VidChatBenchError: Where the disk is full or cannot be written.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as stream:
            temporary = Path(stream.name)
            stream.write(content)
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        if temporary:
            temporary.unlink(missing_ok=True)
        raise VidChatBenchError(
            f"cannot be written: {error.strerror or error}",
            where=path.parent,
            remedy="make room or name another place (VIDCHATBENCH_CACHE for the cache, --out for results), then give "
            "the same command again: what was computed is kept",
        ) from error


def digest(parts: Mapping[str, object]) -> str:
    """The key of whatever `parts` (JSON) define."""
    from vidchatbench.testset.jsonl import canonical

    return hashlib.sha256(canonical(parts)).hexdigest()
