"""The key that decides which items are held back."""

from __future__ import annotations

from pathlib import Path

from vidchatbench.errors import DataError

LEAST_BYTES = 16


def read_key(path: Path) -> bytes:
    """The key in a file, without white space around it.

    Raises:
        DataError: Where it cannot be read or is so short that it could be found by trying.
    """
    remedy = f"head -c 32 /dev/urandom | base64 > {path}"
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", where=path, remedy=remedy) from error
    if len(key) < LEAST_BYTES:
        raise DataError(f"a key has at least {LEAST_BYTES} bytes, this one {len(key)}", where=path, remedy=remedy)
    return key
