"""Reading what strangers wrote: every size, kind and name is looked at before anything is believed, and read once.

A folder is read through its own descriptor, each file through one that follows no link, into memory; all that is told
of a submission afterwards is told of these bytes, whatever happens to the folder meanwhile.
"""

from __future__ import annotations

import hashlib
import os
import stat
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vidchatbench.submission import schema
from vidchatbench.submission.codes import found
from vidchatbench.submission.finding import Finding

_MB: Final = 1 << 20
LIMITS: Final[Mapping[str, int]] = {
    schema.SUBMISSION: 64 << 10,
    schema.RESULTS: 4 * _MB,
    schema.ITEMS: 20 * _MB,
    schema.STATS: 95 * _MB,
    schema.MANIFEST: 8 * _MB,
    schema.FINGERPRINTS: 50 * _MB,
    schema.WITHDRAWAL: 64 << 10,
}
"""Greatest sizes as the files lie there; GitHub refuses files of 100 MB."""
UNPACKED: Final[Mapping[str, int]] = {
    schema.ITEMS: 256 * _MB,
    schema.FINGERPRINTS: 256 * _MB,
    schema.STATS: 1024 * _MB,
}
RATIO: Final = 400
"""No file of ours is packed tighter; a bomb is."""
_UNSUSPECTED: Final = 8 * _MB
"""What unpacks to less is no bomb at any ratio."""
_MOST_ENTRIES: Final = 64


@dataclass(frozen=True, slots=True)
class Refused(Exception):
    """A finding on its way up; never leaves the reader."""

    finding: Finding


def read_folder(folder: Path) -> tuple[dict[str, bytes], list[Finding]]:
    """The known files of a submission by name, and what is wrong with the folder. Unknown ones are not opened."""
    contents: dict[str, bytes] = {}
    findings: list[Finding] = []
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        return {}, [
            found("file-kind", folder.name, f"is no folder that can be read: {error.strerror}", "give the run's folder")
        ]
    try:
        names = _names(descriptor)
        extra = [name for name in names if name not in LIMITS]
        if extra:
            others = f", nor are {', '.join(extra[1:6])}{' ...' if len(extra) > 6 else ''}" if len(extra) > 1 else ""
            remedy = f"take out what is none; a run's folder holds {', '.join(schema.FILES)}"
            findings.append(found("file-extra", extra[0], f"is no file of a submission{others}", remedy))
        for name in (name for name in names if name in LIMITS):
            try:
                contents[name] = _read(descriptor, name)
            except Refused as refused:
                findings.append(refused.finding)
        if len(names) > _MOST_ENTRIES:
            findings.append(found("too-large", folder.name, f"holds more than {_MOST_ENTRIES} files", "take them out"))
    finally:
        os.close(descriptor)
    known = contents.keys() | {finding.where for finding in findings}
    absent = [name for name in schema.FILES if name not in known]
    if absent:
        others = f", nor {', '.join(absent[1:])}" if len(absent) > 1 else ""
        remedy = "give the folder of a run, submissions/ORG__MODEL/RUN_ID, as vidchatbench submit made it"
        findings.append(found("file-missing", absent[0], f"is not there{others}", remedy))
    return contents, findings


def _names(descriptor: int) -> list[str]:
    with os.scandir(descriptor) as entries:
        return sorted(entry.name for _, entry in zip(range(_MOST_ENTRIES + 1), entries, strict=False))


def _read(folder: int, name: str) -> bytes:
    remedy = "put the file itself there, as vidchatbench submit wrote it"
    try:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY  # a pipe would make us wait
        status = os.lstat(name, dir_fd=folder)
        if not stat.S_ISREG(status.st_mode):
            raise Refused(found("file-kind", name, f"is a {_kind(status.st_mode)}, not a file", remedy))
        descriptor = os.open(name, flags, dir_fd=folder)
    except OSError as error:
        raise Refused(found("file-kind", name, f"cannot be read: {error.strerror}", remedy)) from None
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
            what = "has a second name (hard link)" if status.st_nlink > 1 else "is not a file"
            raise Refused(found("file-kind", name, what, remedy))
        content = stream.read(LIMITS[name] + 1)
    if len(content) > LIMITS[name]:
        raise Refused(found("too-large", name, f"is larger than {LIMITS[name]} bytes", _smaller(name)))
    return content


def _kind(mode: int) -> str:
    kinds = ((stat.S_ISLNK, "link"), (stat.S_ISDIR, "folder"), (stat.S_ISFIFO, "pipe"), (stat.S_ISSOCK, "socket"))
    return next((name for test, name in kinds if test(mode)), "device")


def _smaller(name: str) -> str:
    return f"no run of a test set of ours makes a larger {name}: pack it anew with vidchatbench submit"


def unpack(name: str, content: bytes) -> bytes:
    """The text of a gzip file, counted while it streams.

    Raises:
        Refused: Where it is none, is cut short, has more than one part, or unpacks to more than it may.
    """
    remedy = "pack the run anew: vidchatbench submit RUN --pred OUTPUTS"
    most = min(UNPACKED[name], max(_UNSUSPECTED, RATIO * len(content)))
    unpacker = zlib.decompressobj(wbits=31)
    try:
        text = unpacker.decompress(content, most + 1)
    except (zlib.error, OverflowError) as error:
        raise Refused(found("damaged", name, f"cannot be unpacked: {error}", remedy)) from None
    if len(text) > most:
        raise Refused(found("too-large", name, f"unpacks to more than {most} bytes", _smaller(name)))
    if not unpacker.eof:
        raise Refused(found("damaged", name, "is cut short", remedy))
    if unpacker.unused_data:
        raise Refused(found("damaged", name, "something follows its end", remedy))
    return text


def sha256(content: bytes) -> str:
    """As `submission.json` writes it."""
    return hashlib.sha256(content).hexdigest()
