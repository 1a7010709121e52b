"""Whether the media of a test set are there, and are those that its lock names."""

from __future__ import annotations

import hashlib
from pathlib import Path

from vidchatbench.errors import DataError
from vidchatbench.testset.load import TestSet


def check_media(testset: TestSet, *, may_be_absent: bool = False) -> None:
    """Refuse to score against media that are absent or not those that the lock names.

    Raises:
        DataError: With the first files concerned.
    """
    found = problems(testset, may_be_absent=may_be_absent)
    if found:
        more = f" (and {len(found) - 3} more)" if len(found) > 3 else ""
        raise DataError(
            "; ".join(found[:3]) + more,
            where=testset.root,
            remedy=f"vidchatbench testset verify {testset.info.id}; media: {testset.info.media}",
        )


def problems(testset: TestSet, *, content: bool = True, may_be_absent: bool = False) -> list[str]:
    """What is wrong with the media, a line each: absent files, and files that are not those of the lock.

    `content=False` compares sizes only, not digests; `may_be_absent` passes over absent files that the lock names.
    """
    found = []
    locked = testset.lock.media if testset.lock else {}
    for path, use in sorted(testset.media().items()):
        file = testset.file(path)
        if not file.is_file():
            if not (may_be_absent and path in locked):
                found.append(f"{path} is not there ({use})")
            continue
        line = locked.get(path)
        if line is None:
            if locked:
                found.append(f"{path} is not in media.lock.jsonl ({use})")
            continue
        if file.stat().st_size != line.bytes:
            found.append(f"{path} has {file.stat().st_size} bytes, the lock says {line.bytes} ({use})")
        elif content and _sha256(file) != line.sha256:
            found.append(f"{path} has another content than the lock says ({use})")
    return found


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
