"""Whether the media of a test set are there, and are those that its lock names."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vidchatbench.errors import DataError
from vidchatbench.testset.likeness import LOUDER_DB, Likeness
from vidchatbench.testset.load import TestSet

Status = Literal["same", "missing", "unlocked", "re-encoded", "re-cut", "mirrored", "swapped", "changed", "unreadable"]
"""What a media file is, held against the lock; `unlocked`: the lock does not name it."""
_MENTIONED_DB = 1.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One media file."""

    path: str
    use: str
    """The first item that uses it, and as what."""
    status: Status
    detail: str = ""

    def __str__(self) -> str:
        """`re-cut      media/d01.responder.mp4 (d01 reference): starts 2 frames later`."""
        return f"{self.status:10}  {self.path} ({self.use})" + (f": {self.detail}" if self.detail else "")


def check_media(testset: TestSet, *, may_be_absent: bool = False) -> None:
    """Refuse to score against media that are absent or not those that the lock names.

    `may_be_absent` passes over absent files that the lock names.

    Raises:
        DataError: With the first files concerned.
    """
    locked = testset.lock.media if testset.lock else {}
    found = [
        one for one in wrong_files(testset) if not (may_be_absent and one.status == "missing" and one.path in locked)
    ]
    if found:
        more = f" (and {len(found) - 3} more)" if len(found) > 3 else ""
        raise DataError(
            "; ".join(f"{one.path} {_SAID[one.status]} ({one.use})" for one in found[:3]) + more,
            where=testset.root,
            remedy=f"vidchatbench testset verify {testset.name}; media: {testset.info.media}; "
            "--allow-missing-media scores the items whose media are right, and the result is not ranked",
        )


_SAID: Mapping[Status, str] = {
    "missing": "is not there",
    "unlocked": "is not in media.lock.jsonl",
    "changed": "has another content than the lock says",
    "swapped": "has the content of another file of the lock",
}


def wrong_files(testset: TestSet) -> list[Finding]:
    """The files that are absent or not those of the lock, by their digests: missing, unlocked, swapped or changed.

    Where there is no lock, only absent files are wrong.
    """
    found = []
    locked = testset.lock.media if testset.lock else {}
    owners = {line.sha256: path for path, line in reversed(sorted(locked.items()))}
    for path, use in sorted(testset.media().items()):
        file, line = testset.file(path), locked.get(path)
        if not file.is_file():
            found.append(Finding(path, use, "missing"))
        elif locked and line is None:
            found.append(Finding(path, use, "unlocked"))
        elif line is not None and (sha256 := _sha256(file)) != line.sha256:
            other = owners.get(sha256)
            found.append(Finding(path, use, "swapped", f"it is {other}") if other else Finding(path, use, "changed"))
    return found


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def judge(like: Likeness) -> tuple[Status, str]:
    """What a file is that is not the locked one bit for bit, and how it differs, in words."""
    if not like.same:
        return "changed", _difference(like)
    cut = _cut(like)
    if like.mirrored:
        return "mirrored", ", ".join(["left and right are exchanged", *cut])
    if like.cut:
        return "re-cut", ", ".join(cut)
    louder = f"; its sound is {abs(like.louder_db):.1f} dB {'louder' if like.louder_db > 0 else 'quieter'}"
    return "re-encoded", "the same content" + (louder if abs(like.louder_db) > _MENTIONED_DB else "")


def _difference(like: Likeness) -> str:
    if not like.tracks:
        return "picture or sound is there where the locked file has none, or the other way round"
    told = []
    if like.look is not None and not like.looks_same:
        told.append(f"its picture is another ({like.look:.0%} of the bits differ)")
    if like.sound is not None and not like.sounds_same:
        told.append(f"its sound is another (correlation {like.sound:.2f})")
    if abs(like.louder_db) > LOUDER_DB and like.sounds_same:
        told.append(f"its sound is {abs(like.louder_db):.1f} dB {'louder' if like.louder_db > 0 else 'quieter'}")
    return ", ".join(told)


def _cut(like: Likeness) -> list[str]:
    if not like.sure and (like.starts or like.ends):
        longer = like.ends - like.starts
        side = "nothing in it says on which side"
        return [f"{_frames(longer)} {'longer' if longer > 0 else 'shorter'}, {side}"]
    told = []
    if like.starts:
        told.append(f"starts {_frames(like.starts)} {'later' if like.starts > 0 else 'earlier'}")
    if like.ends:
        told.append(f"ends {_frames(like.ends)} {'later' if like.ends > 0 else 'earlier'}")
    if like.sound_late:
        way = "late" if like.sound_late > 0 else "early"
        told.append(f"its sound runs {_frames(like.sound_late)} {way} against its picture")
    if like.sound_ends:
        told.append(f"its sound ends {_frames(like.sound_ends)} {'later' if like.sound_ends > 0 else 'earlier'}")
    return told


def _frames(n: int) -> str:
    return f"{abs(n)} frame{'s' if abs(n) != 1 else ''}"
