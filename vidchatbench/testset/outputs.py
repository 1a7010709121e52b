"""An outputs folder: one media file per (item, turn, seed), named by its sample or listed in `manifest.jsonl`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from vidchatbench.errors import DataError, UsageError
from vidchatbench.latency.timing import Timing
from vidchatbench.testset.jsonl import read_jsonl
from vidchatbench.types import Reason, Response, SampleKey

VIDEO_SUFFIXES = (".mp4", ".mkv", ".webm", ".mov", ".avi")
AUDIO_SUFFIXES = (".wav", ".flac", ".m4a", ".mp3", ".ogg", ".opus")
MANIFEST = "manifest.jsonl"
GENERATION = "generation"
"""Folder beside the answers in which `vidchatbench generate` keeps its records; nothing in it is an answer."""
_STEM = re.compile(r"(?P<item>.+?)(?:\.t(?P<turn>\d+))?(?:\.s(?P<seed>\d+))?$")


FailureCode = Literal["timeout", "out_of_memory", "crash", "error", "invalid"]
"""Why a model gave no answer: too slow; no memory; its process died; it raised; what it returned is no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why there is no answer, as `vidchatbench generate` saw it."""

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012 - pydantic reads it from the class
    code: FailureCode
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputLine:
    """One line of an outputs folder's `manifest.jsonl`: an answer's `file`, or why it `failed`."""

    __pydantic_config__ = {"extra": "forbid", "allow_inf_nan": False}  # noqa: RUF012 - pydantic reads it from the class
    item_id: str
    file: str | None = None
    """The video, a path inside the outputs folder."""
    failed: Failure | None = None
    """Why there is no video. The sample counts as missing (or `timeout`), with this as its detail."""
    turn: int = 0
    seed: int = 0
    audio: str | None = None
    """The sound, where it is a file of its own."""
    start_s: float | None = None
    """When the response begins on the turn's timeline; by default when the initiator's clip ends."""
    transcript: str | None = None
    """What the model says that it said: kept with the results, never scored."""
    testset: str | None = None
    timing: Timing | None = None
    """What `vidchatbench generate` measured while the answer was made, or failed to come: kept, never scored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """What an outputs folder holds."""

    root: Path
    testset: str | None
    """The test set that the manifest names, if it does."""
    responses: Mapping[SampleKey, Response]
    loose: tuple[Path, ...]
    """Files that are no response: not listed in the manifest, or not named like one."""
    failed: Mapping[SampleKey, Reason] = field(default_factory=dict)
    """Why there is no response, where the manifest says so."""

    @property
    def name(self) -> str:
        """The folder's name, by which the system is called in tables."""
        return self.root.resolve().name

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds found; every one of them must answer every turn."""
        return tuple(sorted({key.seed for key in (*self.responses, *self.failed)})) or (0,)


def read_outputs(root: Path) -> Outputs:
    """Read an outputs folder. Nothing in it is opened but the manifest.

    Raises:
        UsageError: Where it is not a readable folder.
        DataError: Where its manifest is wrong: a field, a path that leads out, a sample listed twice, two test sets.
    """
    try:
        files = sorted(path for path in root.rglob("*") if _counts(root, path)) if root.is_dir() else None
        if files is not None:
            list(root.iterdir())
    except OSError as error:
        raise UsageError(f"the folder cannot be read: {error.strerror}", where=root) from error
    if files is None:
        why = "is not a folder" if root.exists() else "there is no such folder"
        raise UsageError(why, where=root, remedy="--pred takes the folder that holds the model's videos")
    return _listed(root, files) if (root / MANIFEST).is_file() else _named(root, files)


def _counts(root: Path, path: Path) -> bool:
    return path.is_file() and path.relative_to(root).parts[0] != GENERATION


def _listed(root: Path, files: list[Path]) -> Outputs:
    manifest = root / MANIFEST
    responses: dict[SampleKey, Response] = {}
    failed: dict[SampleKey, Reason] = {}
    testsets: set[str] = set()
    for line in read_jsonl(manifest, OutputLine):
        key = SampleKey(item_id=line.item_id, turn=line.turn, seed=line.seed)
        if key in responses or key in failed:
            raise DataError(f"{key} is listed twice", where=manifest)
        if (line.file is None) == (line.failed is None):
            raise DataError(f"{key} needs either a file, or why it failed", where=manifest)
        testsets |= {line.testset} if line.testset else set()
        if line.failed is not None:
            failed[key] = _reason(key, line.failed)
            continue
        video, audio = (_inside(root, path, manifest) if path is not None else None for path in (line.file, line.audio))
        assert video is not None
        responses[key] = Response(key=key, video=video, audio=audio, start_s=line.start_s, transcript=line.transcript)
    if len(testsets) > 1:
        raise DataError(f"its lines name several test sets: {', '.join(sorted(testsets))}", where=manifest)
    used = {manifest} | {path for one in responses.values() for path in (one.video, one.audio) if path}
    return Outputs(
        root=root,
        testset=next(iter(testsets), None),
        responses=responses,
        loose=tuple(path for path in files if path not in used),
        failed=failed,
    )


def _reason(key: SampleKey, failure: Failure) -> Reason:
    return Reason(
        code="timeout" if failure.code == "timeout" else "missing",
        detail=f"the model gave no answer for {key}: {failure.code}: {failure.detail}",
        remedy="correct the adapter, and type the same `vidchatbench generate` again",
    )


def _inside(root: Path, path: str, manifest: Path) -> Path:
    found = root / path
    if not found.resolve().is_relative_to(root.resolve()):
        raise DataError(f"the path {path!r} leads out of the outputs folder", where=manifest)
    return found


def _named(root: Path, files: list[Path]) -> Outputs:
    responses: dict[SampleKey, Response] = {}
    sounds = {path.with_suffix(""): path for path in files if path.suffix.lower() in AUDIO_SUFFIXES}
    videos = [path for path in files if path.suffix.lower() in VIDEO_SUFFIXES and path.parent == root]
    for video in videos:
        match = _STEM.fullmatch(video.stem)
        assert match is not None
        key = SampleKey(item_id=match["item"], turn=int(match["turn"] or 0), seed=int(match["seed"] or 0))
        if key in responses:
            raise DataError(f"both {responses[key].video.name} and {video.name} answer {key}", where=root)
        responses[key] = Response(key=key, video=video, audio=sounds.pop(video.with_suffix(""), None))
        for path in (video, responses[key].audio):
            if path and not path.resolve().is_relative_to(root.resolve()):
                raise DataError(f"{path.name} is a link that leads out of the outputs folder", where=root)
    used = {path for one in responses.values() for path in (one.video, one.audio) if path}
    return Outputs(root=root, testset=None, responses=responses, loose=tuple(p for p in files if p not in used))
