"""Answers that were fetched for a re-score: copied out of a stranger's folder, and known by their digests."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

_BLOCK: Final = 1 << 20


def fetch(root: Path, name: str, sha256: str, size: int, to: Path) -> str | None:
    """Copy one file, no further than its size; None where it is the one of the manifest, else what is wrong with it.

    No link is followed, neither of the file nor of a folder on the way, and nothing above `root` is reached. What is
    scored is the copy, of which the digest was taken while it was made.
    """
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts:
        return "its name leads out of the folder"
    try:
        with _opened(root, parts) as source, to.open("xb") as copy:
            if not stat.S_ISREG(os.fstat(source).st_mode):
                return "it is no plain file"
            digest, left = hashlib.sha256(), size
            while block := os.read(source, min(_BLOCK, left + 1)):
                left -= len(block)
                if left < 0:
                    return f"it is larger than the {size} bytes of the manifest"
                digest.update(block)
                copy.write(block)
    except FileNotFoundError:
        return "it is not there"
    except OSError as error:
        return f"it cannot be read: {error.strerror} (links are not followed)"
    if left:
        return f"it has {size - left} bytes, the manifest says {size}"
    return (
        None
        if digest.hexdigest() == sha256
        else f"its sha256 is {digest.hexdigest()[:12]}, the manifest says {sha256[:12]}"
    )


@contextmanager
def _opened(root: Path, parts: tuple[str, ...]) -> Iterator[int]:
    """The file's descriptor, reached folder by folder through descriptors that follow no link."""
    here = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for k, part in enumerate(parts):
            kind = os.O_NONBLOCK if k == len(parts) - 1 else os.O_DIRECTORY
            below = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | kind, dir_fd=here)
            os.close(here)
            here = below
        yield here
    finally:
        os.close(here)
