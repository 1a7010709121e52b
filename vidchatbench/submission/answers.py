"""The outputs folder as a submission tells of it: a line of the manifest and a fingerprint for each answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vidchatbench.engine.pool import Died, Pool
from vidchatbench.engine.verify import MeasureTask
from vidchatbench.errors import MediaError, UsageError
from vidchatbench.media import Clip
from vidchatbench.submission.schema import FingerprintLine, ManifestLine
from vidchatbench.testset import Outputs
from vidchatbench.testset.lock import MediaLine
from vidchatbench.types import Response, SampleKey


@dataclass(frozen=True, kw_only=True)
class Answers:
    """All answers, in order of their keys."""

    manifest: tuple[ManifestLine, ...]
    fingerprints: tuple[FingerprintLine, ...]
    """Of those that can be decoded."""


def measure(
    outputs: Outputs,
    keys: Sequence[SampleKey],
    pool: Pool,
    progress: Callable[[int, int, str], None] = lambda done, total, last: None,
) -> Answers:
    """Digests, sizes and fingerprints of every answer; each file is decoded once, however many samples it answers.

    Raises:
        UsageError: Where a worker process died.
    """
    clips: dict[tuple[Path, Path | None], Clip] = {}
    for key in keys:
        response = outputs.responses.get(key)
        if response is not None and response.video.is_file():
            clips.setdefault((response.video, response.audio), Clip(response.video, response.audio))
    measured: dict[tuple[Path, Path | None], MediaLine | MediaError] = {}
    tasks = {id(clip): pair for pair, clip in clips.items()}
    for task, result in pool.run([MeasureTask(str(id(clip)), clip) for clip in clips.values()]):
        pair = tasks[int(task.path)]
        if isinstance(result, Died):
            raise UsageError(f"{result.how} while it was decoded", where=pair[0], remedy="make this answer again")
        measured[pair] = result
        progress(len(measured), len(clips), pair[0].name)
    lines, prints = [], []
    for key in keys:
        response = outputs.responses.get(key)
        lines.append(_line(key, response, outputs.root))
        found = measured.get((response.video, response.audio)) if response is not None else None
        if isinstance(found, MediaLine):
            prints.append(
                FingerprintLine(item_id=key.item_id, turn=key.turn, seed=key.seed, fingerprint=found.fingerprint)
            )
    return Answers(manifest=tuple(lines), fingerprints=tuple(prints))


def _line(key: SampleKey, response: Response | None, root: Path) -> ManifestLine:
    video = _file(response.video, root) if response is not None else None
    audio = _file(response.audio, root) if video and response is not None and response.audio is not None else None
    return ManifestLine(
        item_id=key.item_id, turn=key.turn, seed=key.seed,
        file=video[0] if video else None, sha256=video[1] if video else None, bytes=video[2] if video else None,
        audio_file=audio[0] if audio else None, audio_sha256=audio[1] if audio else None,
        audio_bytes=audio[2] if audio else None,
        start_s=response.start_s if video and response is not None else None,
    )  # fmt: skip


def _file(path: Path, root: Path) -> tuple[str, str, int] | None:
    """Name, digest and size; None where there is no such file."""
    try:
        with path.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            return path.relative_to(root).as_posix(), sha256, stream.tell()
    except OSError:
        return None
