"""Holds the media of a test set against its lock by content, and says which items can be scored on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from vidchatbench.engine.pool import Died, Pool
from vidchatbench.errors import DataError, MediaError
from vidchatbench.media import Clip
from vidchatbench.testset import TestSet
from vidchatbench.testset.fingerprint import Fingerprint
from vidchatbench.testset.likeness import likeness
from vidchatbench.testset.lock import Lock, MediaLine
from vidchatbench.testset.verify import Finding, judge, wrong_files

_REACH, _LENGTHS_S = 2, 0.3
"""Another locked file's content is sought at so many frames' shift, among files about as long."""


@dataclass(frozen=True, slots=True)
class MeasureTask:
    """One media file, to be measured for the lock, or held against it."""

    path: str
    clip: Clip

    def run(self) -> MediaLine | MediaError:
        """What the file is; the error where it cannot be read."""
        try:
            info = self.clip.info
            length = max(track.duration_s for track in (info.video, info.audio) if track)
            return MediaLine(
                path=self.path,
                sha256=self.clip.digest,
                bytes=self.clip.video.stat().st_size,
                duration_s=round(length, 6),
                fingerprint=str(Fingerprint.of(self.clip)),
            )
        except MediaError as error:
            return error


def measure_media(testset: TestSet, paths: Sequence[str], pool: Pool) -> dict[str, MediaLine | MediaError]:
    """The lock's line of each file, measured in worker processes; the error of one that cannot be read."""
    found: dict[str, MediaLine | MediaError] = {}
    for task, result in pool.run([MeasureTask(path, Clip(testset.file(path))) for path in paths]):
        if isinstance(result, Died):
            result = MediaError("error", result.how, where=task.clip.video)
        found[task.path] = result
    return found


def verify_media(testset: TestSet, pool: Pool) -> list[Finding]:
    """Every file that is not the locked one bit for bit, and what it is: nothing where all are the same.

    Raises:
        DataError: Where the lock's fingerprint of a file is damaged.
    """
    wrong = wrong_files(testset)
    changed = [one.path for one in wrong if one.status == "changed"]
    if not changed or testset.lock is None:
        return wrong
    known = {path: _parse(line, testset) for path, line in testset.lock.media.items() if line.fingerprint}
    measured = measure_media(testset, changed, pool)
    return [_judge(one, measured[one.path], known) if one.path in measured else one for one in wrong]


def _parse(line: MediaLine, testset: TestSet) -> Fingerprint:
    try:
        return Fingerprint.parse(line.fingerprint)
    except ValueError as error:
        remedy = "get the test set's lock again, or, where the media are right: vidchatbench testset lock"
        raise DataError(f"{line.path}: {error}", where=testset.root / "media.lock.jsonl", remedy=remedy) from error


def _judge(one: Finding, measured: MediaLine | MediaError, known: Mapping[str, Fingerprint]) -> Finding:
    if isinstance(measured, MediaError):
        return replace(one, status="unreadable", detail=measured.cause)
    if one.path not in known:
        return replace(one, detail="the lock has no fingerprint of it, which could tell how")
    file = Fingerprint.parse(measured.fingerprint)
    status, detail = judge(likeness(known[one.path], file))
    if status == "changed":
        for path, other in known.items():
            near = (
                abs(other.picture_s - file.picture_s) <= _LENGTHS_S and abs(other.sound_s - file.sound_s) <= _LENGTHS_S
            )
            if path != one.path and near and likeness(other, file, reach=_REACH).same:
                return replace(one, status="swapped", detail=f"it shows {path}, in another encoding")
    return replace(one, status=status, detail=detail)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The part of a test set that can be scored on the media that are here."""

    whole: TestSet
    testset: TestSet
    """The items whose media are right; its lock names what is here."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """By item id: which file is not right, and how."""
    reencoded: tuple[str, ...] = ()
    """Files that are scored on though they are only copies of the locked content."""


def scorable(testset: TestSet, pool: Pool, *, may_be_absent: bool = False) -> Scope:
    """Leave out the items whose media are absent or another content; take re-encoded copies for what they are.

    `may_be_absent` passes over absent files that the lock names, as `check_media` does.

    Raises:
        DataError: Where no item is left.
    """
    locked = testset.lock.media if testset.lock else {}
    wrong = {one.path: one for one in verify_media(testset, pool)}
    copies = tuple(path for path, one in wrong.items() if one.status == "re-encoded")
    for path in [
        *copies,
        *(p for p, one in wrong.items() if may_be_absent and one.status == "missing" and p in locked),
    ]:
        del wrong[path]
    left_out, kept = {}, []
    for item in testset.items:
        bad = [wrong[path] for path in replace(testset, items=(item,)).media() if path in wrong]
        if bad:
            left_out[item.item_id] = f"{bad[0].path} is {bad[0].status}" + (
                f": {bad[0].detail}" if bad[0].detail else ""
            )
        else:
            kept.append(item)
    if not kept:
        raise DataError(
            f"of none of its {len(testset.items)} items the media are here and right",
            where=testset.root,
            remedy=f"vidchatbench testset verify {testset.name}; media: {testset.info.media}",
        )
    lock = testset.lock and replace(testset.lock, media=dict(locked) | _as_they_are(testset, testset.lock, copies))
    part = replace(testset, items=tuple(kept), lock=lock)
    return Scope(whole=testset, testset=part, left_out=left_out, reencoded=copies)


def _as_they_are(testset: TestSet, lock: Lock, copies: Sequence[str]) -> dict[str, MediaLine]:
    """The lines of re-encoded files with the digest that these have: features are cached by what they were made of."""
    return {
        path: replace(lock.media[path], sha256=Clip(file).digest, bytes=file.stat().st_size)
        for path in copies
        for file in [testset.file(path)]
    }
