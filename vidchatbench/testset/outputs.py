"""An outputs folder: one media file per (item, turn, seed), named by its sample or listed in `manifest.jsonl`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vidchatbench.errors import DataError, UsageError
from vidchatbench.testset.jsonl import read_jsonl
from vidchatbench.types import Response, SampleKey

VIDEO_SUFFIXES = (".mp4", ".mkv", ".webm", ".mov", ".avi")
AUDIO_SUFFIXES = (".wav", ".flac", ".m4a", ".mp3", ".ogg", ".opus")
MANIFEST = "manifest.jsonl"
_STEM = re.compile(r"(?P<item>.+?)(?:\.t(?P<turn>\d+))?(?:\.s(?P<seed>\d+))?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputLine:
    """One line of an outputs folder's `manifest.jsonl`."""

    __pydantic_config__ = {"extra": "forbid", "allow_inf_nan": False}  # noqa: RUF012 - pydantic reads it from the class
    item_id: str
    file: str
    """The video, a path inside the outputs folder."""
    turn: int = 0
    seed: int = 0
    audio: str | None = None
    """The sound, where it is a file of its own."""
    start_s: float | None = None
    """When the response begins on the turn's timeline; by default when the initiator's clip ends."""
    transcript: str | None = None
    """What the model says that it said: kept with the results, never scored."""
    testset: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """What an outputs folder holds."""

    root: Path
    testset: str | None
    """The test set that the manifest names, if it does."""
    responses: Mapping[SampleKey, Response]
    loose: tuple[Path, ...]
    """Files that are no response: not listed in the manifest, or not named like one."""

    @property
    def name(self) -> str:
        """The folder's name, by which the system is called in tables."""
        return self.root.resolve().name

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds found; every one of them must answer every turn."""
        return tuple(sorted({key.seed for key in self.responses})) or (0,)


def read_outputs(root: Path) -> Outputs:
    """Read an outputs folder. Nothing in it is opened but the manifest.

    Raises:
        UsageError: Where it is not a readable folder.
        DataError: Where its manifest is wrong: a field, a path that leads out, a sample listed twice, two test sets.
    """
    try:
        files = sorted(path for path in root.rglob("*") if path.is_file()) if root.is_dir() else None
        if files is not None:
            list(root.iterdir())
    except OSError as error:
        raise UsageError(f"the folder cannot be read: {error.strerror}", where=root) from error
    if files is None:
        why = "is not a folder" if root.exists() else "there is no such folder"
        raise UsageError(why, where=root, remedy="--pred takes the folder that holds the model's videos")
    return _listed(root, files) if (root / MANIFEST).is_file() else _named(root, files)


def _listed(root: Path, files: list[Path]) -> Outputs:
    manifest = root / MANIFEST
    responses: dict[SampleKey, Response] = {}
    testsets: set[str] = set()
    for line in read_jsonl(manifest, OutputLine):
        key = SampleKey(item_id=line.item_id, turn=line.turn, seed=line.seed)
        if key in responses:
            raise DataError(f"{key} is listed twice", where=manifest)
        video, audio = (_inside(root, path, manifest) if path is not None else None for path in (line.file, line.audio))
        assert video is not None
        responses[key] = Response(key=key, video=video, audio=audio, start_s=line.start_s, transcript=line.transcript)
        testsets |= {line.testset} if line.testset else set()
    if len(testsets) > 1:
        raise DataError(f"its lines name several test sets: {', '.join(sorted(testsets))}", where=manifest)
    used = {manifest} | {path for one in responses.values() for path in (one.video, one.audio) if path}
    return Outputs(
        root=root,
        testset=next(iter(testsets), None),
        responses=responses,
        loose=tuple(path for path in files if path not in used),
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
