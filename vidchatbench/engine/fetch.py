"""Cuts the media of a test set from source videos that the user has, and says which sources are gone."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from vidchatbench.engine.cache import write_atomic
from vidchatbench.engine.pool import Died, Pool
from vidchatbench.errors import DataError, MediaError, UsageError, VidChatBenchError
from vidchatbench.media import Clip
from vidchatbench.testset import TestSet
from vidchatbench.testset.cut import LONGEST_S, PICTURES, RECIPE, SOUNDS, VIDEOS, SpanError, cut
from vidchatbench.testset.jsonl import canonical
from vidchatbench.testset.sources import FILE, ClipSource, read_sources
from vidchatbench.types import Item

DONE, REPORT = "fetched.jsonl", "fetch_report.json"
CONTAINERS = (*VIDEOS, ".webm", ".avi", ".flv", ".m4v", ".ts", ".mpg", ".mpeg", ".wmv", ".3gp")

Problem = Literal["no source", "several sources", "not in the source", "no decode", "kept"]
"""`kept`: a file is there that fetch did not make; it is left as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A line of `fetched.jsonl`: a file that was cut, and from what and how."""

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012 - pydantic reads it from the class
    path: str
    recipe: str
    """Digest of source, span, box, the source file's size, and the way of cutting."""
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A file that could not be made."""

    path: str
    video: str
    problem: Problem
    detail: str


@dataclass(kw_only=True)
class Fetched:
    """What became of the media of a test set."""

    made: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    """Made by an earlier call of the same recipe, or those of the lock."""
    troubles: list[Trouble] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)
    """Files that items name and `sources.jsonl` does not, and which are not there."""
    items_whole: int = 0
    """Items all of whose media are there."""


@dataclass(frozen=True, slots=True)
class CutTask:
    """One file to be cut by a worker."""

    source: Path
    clip: ClipSource
    root: Path
    recipe: str

    def run(self) -> Done | Trouble:
        """Cut it and put it in its place, whole or not at all.

        Raises:
            VidChatBenchError: Where it cannot be written.
        """
        try:
            content = cut(self.source, self.clip)
        except SpanError as error:
            return Trouble(path=self.clip.path, video=self.clip.video, problem="not in the source", detail=error.cause)
        except MediaError as error:
            return Trouble(path=self.clip.path, video=self.clip.video, problem="no decode", detail=error.cause)
        sha256 = hashlib.sha256(content).hexdigest()
        done = Done(path=self.clip.path, recipe=self.recipe, sha256=sha256, bytes=len(content))
        _append(self.root / DONE, done)  # first: a file that is there is then known as ours, whenever we are killed
        write_atomic(self.root / self.clip.path, content)
        return done


def fetch_media(
    testset: TestSet,
    folder: Path,
    pool: Pool,
    *,
    overwrite: bool = False,
    progress: Callable[[int, int, str], None] = lambda *_: None,
) -> Fetched:
    """Cut every file that items name and `sources.jsonl` lists; files of the same recipe that are there stay.

    A source video is a file of `folder`, at any depth, whose stem is the video's id. Files that fetch did not make stay
    too, unless `overwrite`. `fetched.jsonl` and `fetch_report.json` are written into the test set's folder.

    Raises:
        UsageError: Where `folder` is none.
        DataError: Where there is no `sources.jsonl`, or a line of it cannot be followed.
        VidChatBenchError: Where a file cannot be written; what was made is kept.
    """
    sources = read_sources(testset.root)
    if not sources:
        raise DataError(f"there is no {FILE}, which says where each file was cut from", where=testset.root)
    named = testset.media()
    wanted = [_checked(sources[path], testset) for path in sorted(named) if path in sources]
    videos = find_videos(folder, {clip.video for clip in wanted})
    ledger = {line.path: line for line in _read_done(testset.root)}
    found = Fetched()
    tasks = []
    for clip in wanted:
        files, target = videos[clip.video], testset.file(clip.path)
        recipe = _recipe(clip, files[0]) if len(files) == 1 else ""
        own = ledger.get(clip.path)
        ours = own is not None and target.is_file() and target.stat().st_size == own.bytes
        if (ours and own is not None and (own.recipe == recipe or not files)) or (
            not ours and not overwrite and _locked(testset, clip.path)
        ):
            found.before.append(clip.path)
        elif target.is_file() and not ours and not overwrite:
            detail = "it is there, and was not made by fetch; --overwrite cuts it again"
            found.troubles.append(Trouble(path=clip.path, video=clip.video, problem="kept", detail=detail))
        elif len(files) != 1:
            problem: Problem = "several sources" if files else "no source"
            detail = ", ".join(file.name for file in files) or f"no file named {clip.video}.* under {folder}"
            found.troubles.append(Trouble(path=clip.path, video=clip.video, problem=problem, detail=detail))
        else:
            tasks.append(CutTask(files[0], clip, testset.root, recipe))
    for task, result in pool.run(tasks):
        if isinstance(result, Died):
            result = Trouble(path=task.clip.path, video=task.clip.video, problem="no decode", detail=result.how)
        if isinstance(result, Done):
            ledger[result.path] = result
            found.made.append(result.path)
        else:
            found.troubles.append(result)
        progress(len(found.made), len(tasks), task.clip.path)
    found.unlisted = [path for path in sorted(named) if path not in sources and not testset.file(path).is_file()]
    lines = b"".join(canonical(asdict(line)) + b"\n" for _, line in sorted(ledger.items()))
    write_atomic(testset.root / DONE, lines)
    found.items_whole = sum(_whole(testset, item) for item in testset.items)
    write_atomic(testset.root / REPORT, canonical(report(found, testset)) + b"\n")
    return found


def report(found: Fetched, testset: TestSet) -> Mapping[str, object]:
    """`fetch_report.json`: counts, the videos that are gone, and each file that could not be made."""
    counts: dict[str, int] = defaultdict(int)
    for one in found.troubles:
        counts[one.problem] += 1
    return {
        "schema": "vidchatbench.fetch/1",
        "testset": testset.info.id,
        "files": {"made": len(found.made), "before": len(found.before), **counts, "unlisted": len(found.unlisted)},
        "items_total": len(testset.items),
        "items_whole": found.items_whole,
        "videos_gone": sorted({one.video for one in found.troubles if one.problem == "no source"}),
        "troubles": [asdict(one) for one in sorted(found.troubles, key=lambda one: one.path)],
        "unlisted": found.unlisted,
    }


def find_videos(folder: Path, ids: set[str]) -> dict[str, list[Path]]:
    """The files of a folder, at any depth, whose stem is one of the ids: by id.

    Raises:
        UsageError: Where it is no folder.
    """
    if not folder.is_dir():
        raise UsageError("there is no such folder", where=folder, remedy="--from takes the folder of source videos")
    found: dict[str, list[Path]] = {id: [] for id in ids}
    for path in sorted(folder.rglob("*")):
        if path.stem in found and path.suffix.lower() in CONTAINERS and path.is_file():
            found[path.stem].append(path)
    return found


def _checked(clip: ClipSource, testset: TestSet) -> ClipSource:
    suffix = Path(clip.path).suffix.lower()
    picture = suffix in PICTURES
    length = clip.end_s - clip.start_s
    cause = None
    if suffix not in (*VIDEOS, *SOUNDS, *PICTURES):
        cause = f"files that end in {suffix or 'nothing'} cannot be made: {', '.join((*VIDEOS, *SOUNDS, *PICTURES))}"
    elif clip.start_s < 0 or length < 0 or (not picture and not 0 < length <= LONGEST_S):
        cause = f"{clip.start_s:g} to {clip.end_s:g} s is no span of up to {LONGEST_S:g} s"
    if cause:
        raise DataError(f"{clip.path}: {cause}", where=testset.root / FILE)
    return clip


def _locked(testset: TestSet, path: str) -> bool:
    """Whether the file that is there is the locked one."""
    line, file = testset.lock.media.get(path) if testset.lock else None, testset.file(path)
    return (
        line is not None and file.is_file() and file.stat().st_size == line.bytes and Clip(file).digest == line.sha256
    )


def _recipe(clip: ClipSource, source: Path) -> str:
    parts = {"recipe": RECIPE, "clip": asdict(clip), "source_bytes": source.stat().st_size}
    return hashlib.sha256(canonical(parts)).hexdigest()


def _read_done(root: Path) -> Sequence[Done]:
    """What earlier calls made; a line that was left half, by a full disk, is none."""
    path, found = root / DONE, []
    for line in path.read_bytes().splitlines() if path.is_file() else ():
        with suppress(ValidationError):
            found.append(TypeAdapter(Done).validate_json(line))
    return found


def _append(path: Path, line: Done) -> None:
    try:
        with path.open("ab") as stream:
            stream.write(canonical(asdict(line)) + b"\n")
    except OSError as error:
        raise VidChatBenchError(
            f"cannot be written: {error.strerror or error}", where=path, remedy="make room, then give the command again"
        ) from error


def _whole(testset: TestSet, item: Item) -> bool:
    return all(testset.file(path).is_file() for path in replace(testset, items=(item,)).media())
