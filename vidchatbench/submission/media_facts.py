"""What items.jsonl.gz, the manifest and the fingerprints say of one answer's file, against each other."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final

from vidchatbench.media.container import MAX_SIDE
from vidchatbench.results import ItemRecord
from vidchatbench.results.schema import OutputInfo
from vidchatbench.submission import schema
from vidchatbench.submission.codes import found
from vidchatbench.submission.finding import Finding
from vidchatbench.submission.opened import Opened
from vidchatbench.submission.schema import ManifestLine
from vidchatbench.testset.fingerprint import FPS, Fingerprint
from vidchatbench.types import Sample

_AGAIN: Final = "score the outputs again and pack that run: vidchatbench eval --pred OUTPUTS, vidchatbench submit RUN"
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_TICKS: Final = {"picture": 2, "sound": 5}
"""By which a fingerprint's ticks may differ from its length: rates do not divide evenly, and codecs pad sound."""
_MOST_FPS, _MOST_RATE, _MOST_S = 1000, 1_000_000, 3600
_DAY_S: Final = 86_400
_MOST_TEXT: Final = 20_000


def check_media_facts(opened: Opened, samples: Sequence[Sample]) -> Iterator[Finding]:
    """What cannot be true of the answers' files."""
    for sample, record in zip(samples, opened.items, strict=True):
        key = str(sample.key)
        line, print = opened.manifest[key], opened.fingerprints.get(key)
        for code, where, detail in [
            *(("manifest", schema.MANIFEST, detail) for detail in _line(line)),
            *(("manifest", schema.MANIFEST, detail) for detail in _same_file(line, record, sample)),
            *(("media-facts", schema.ITEMS, detail) for detail in (_facts(record.output) if record.output else ())),
            *(("media-facts", schema.ITEMS, detail) for detail in _drawn(record)),
            *(("fingerprint", schema.FINGERPRINTS, detail) for detail in _print(record, print)),
        ]:
            yield found(code, f"{where}: {key}", detail, _AGAIN)


def _line(line: ManifestLine) -> Iterator[str]:
    for name, sha256, size in (
        (line.file, line.sha256, line.bytes),
        (line.audio_file, line.audio_sha256, line.audio_bytes),
    ):
        if (name is None) != (sha256 is None) or (name is None) != (size is None):
            yield "file, sha256 and bytes are given together, or none of them"
        elif name is not None and sha256 is not None and size is not None:
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts or not name.isprintable() or "\\" in name or len(name) > 500:
                yield f"the file's name {name!r} is no path inside a folder"
            if not _SHA256.fullmatch(sha256) or not 0 < size < 1 << 40:
                yield "its digest or size is none"
    if line.file is None and line.audio_file is not None:
        yield "there is a sound file without a video"


def _same_file(line: ManifestLine, record: ItemRecord, sample: Sample) -> Iterator[str]:
    output = record.output
    absent = (record.reason or "").split(":")[0] in ("missing", "timeout")
    if output is None:
        if absent != (line.file is None):
            yield f"items.jsonl.gz says {record.reason!r}, and here the file is {line.file!r}"
        return
    digests = [sha256 for sha256 in (line.sha256, line.audio_sha256) if sha256 is not None]
    one = digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()
    if line.file != output.file or one != output.sha256:
        yield f"items.jsonl.gz measured {output.file} ({output.sha256[:12]}), this is {line.file} ({one[:12]})"
    if abs(output.start_s - sample.start_s) > 1e-9:
        yield f"items.jsonl.gz says that it starts at {output.start_s} s, this and the test set give {sample.start_s} s"


def _facts(output: OutputInfo) -> Iterator[str]:
    picture = (output.width, output.height, output.fps, output.video_duration_s)
    sound = (output.audio_rate, output.audio_channels, output.audio_duration_s)
    for track in (picture, sound):
        if len({value is None for value in track}) > 1:
            yield f"a track has some facts and lacks others: {track}"
            return
    if output.width is not None and output.height is not None and output.fps and output.video_duration_s is not None:
        if not (0 < output.width <= MAX_SIDE and 0 < output.height <= MAX_SIDE):
            yield f"a picture of {output.width} x {output.height}"
        if not 0 < output.fps <= _MOST_FPS or not 0 < output.video_duration_s <= _MOST_S:
            yield f"{output.fps:g} frames a second for {output.video_duration_s:g} s"
    if output.audio_rate is not None and output.audio_channels is not None and output.audio_duration_s is not None:
        sane = 0 < output.audio_rate <= _MOST_RATE and 0 < output.audio_channels <= 64
        if not sane or not 0 <= output.audio_duration_s <= _MOST_S:
            yield f"{output.audio_channels} channels at {output.audio_rate} Hz for {output.audio_duration_s:g} s"
    if output.fps == 0:
        yield "0 frames a second"
    if abs(output.start_s) > _MOST_S:
        yield f"it starts at {output.start_s:g} s"
    text = output.transcript or ""
    if len(text) > _MOST_TEXT or _controls(text, but="\n\r\t"):
        yield f"its transcript is longer than {_MOST_TEXT} letters, or has control characters: {text[:80]!r}"


def _drawn(record: ItemRecord) -> Iterator[str]:
    """What is drawn beside an answer: those of real clips are in no row, and on a first run in no other run."""
    for kind, tracks in (("timelines", record.timelines), ("words", record.words)):
        for track, spans in tracks.items():
            for start_s, end_s, *word in spans:
                if not -_DAY_S <= start_s <= end_s <= _DAY_S:
                    yield f"{kind} of the {track} go from {start_s:g} to {end_s:g} s"
                    break
                if word and (len(str(word[0])) > 300 or _controls(str(word[0]))):
                    yield f"{kind} of the {track} have one that cannot be shown: {word[0]!r}"
                    break


def _controls(text: str, but: str = "") -> bool:
    """Whether it has control characters. Joiners and marks of direction are part of some languages' words."""
    return any(unicodedata.category(c) == "Cc" and c not in but for c in text)


def _print(record: ItemRecord, print: Fingerprint | None) -> Iterator[str]:
    output = record.output
    if output is None:
        if print is not None:
            yield f"there is one of an answer that cannot be used ({record.reason})"
        return
    if print is None:
        if record.status == "ok":
            yield "there is none, and the answer could be used"
        return
    for what, ticks, said_s, length_s in (
        ("picture", len(print.looks), print.picture_s, output.video_duration_s),
        ("sound", len(print.sounds), print.sound_s, output.audio_duration_s),
    ):
        if (length_s or 0.0) == 0.0 and ticks == 0:
            continue
        if abs(said_s - (length_s or 0.0)) > 1e-3 or abs(ticks - FPS * (length_s or 0.0)) > _TICKS[what]:
            yield f"it is of {ticks} ticks and {said_s:g} s of {what}, the file has {length_s or 0:g} s"
