"""Reading the entries of lists and folders one by one, whatever their number: memory does not grow with it."""

from __future__ import annotations

import gzip
import json
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import ijson

from vidchatbench.errors import DataError
from vidchatbench.release.mapping import Form, Listing, Mapping, Table

MOST_BYTES = 32 << 20
"""An entry larger than this is passed over unread."""
ARCHIVES = (".tar", ".tar.gz", ".tgz")
Wanted = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list or folder."""

    key: str
    """The file's name without suffix, an object's key, or the position in an array or among lines."""
    value: Any = None
    fault: str = ""
    """Why it has no value."""


def table_place(root: Path, table: Table) -> Path | None:
    """Where a table is in this release; None where it is not."""
    return next((root / name for name in table.at if (root / name).exists()), None)


def table_entries(root: Path, table: Table, wanted: Wanted = lambda key: True) -> Iterator[Entry]:
    """The entries of a table, in the order of the disk; nothing where it is not there.

    What is not `wanted` is not opened where a file is an entry, and not parsed in an archive.
    """
    place = table_place(root, table)
    if place is None:
        return
    for file in _files(place):
        if table.form != "files":
            yield from _in_file(file, table.form, table.prefix)
        elif file.name.endswith(ARCHIVES):
            yield from _in_archive(file, wanted)
        elif file.suffix == ".json" and wanted(file.stem):
            yield _one_file(file)


def listed_entries(root: Path, listing: Listing) -> Iterator[Entry]:
    """The entries of a list; nothing where the file is not there."""
    if (root / listing.file).is_file():
        yield from _in_file(root / listing.file, listing.form, listing.prefix)


def present(root: Path, mapping: Mapping) -> dict[str, bool]:
    """Which of the lists and tables that the mapping names are there."""
    lists = {name: one for name, one in (("list", mapping.list), ("sft", mapping.sft)) if one}
    return {name: (root / one.file).is_file() for name, one in lists.items()} | {
        name: table_place(root, table) is not None for name, table in mapping.tables.items()
    }


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
        return
    with os.scandir(place) as found:
        for one in found:
            if one.name.startswith("."):
                continue  # macOS leaves ._name beside each name
            if one.is_dir(follow_symlinks=False):
                yield from _files(Path(one.path))
            elif one.is_file():
                yield Path(one.path)


def _one_file(file: Path) -> Entry:
    try:
        if file.stat().st_size > MOST_BYTES:
            return Entry(file.stem, fault=_too_large())
        return _parsed(file.stem, file.read_bytes())
    except OSError as error:
        return Entry(file.stem, fault=f"cannot be read: {error.strerror}")


def _in_archive(file: Path, wanted: Wanted) -> Iterator[Entry]:
    read = 0
    try:
        with tarfile.open(file, "r|*") as archive:
            for member in archive:
                archive.members.clear()  # type: ignore[attr-defined] # it would keep them all
                read += 1
                name = member.name.rpartition("/")[2]
                key = name.removesuffix(".json")
                if not member.isfile() or key == name or name.startswith(".") or not wanted(key):
                    continue
                if member.size > MOST_BYTES:
                    yield Entry(key, fault=_too_large())
                    continue
                content = archive.extractfile(member)
                assert content is not None  # it is a file
                yield _parsed(key, content.read())
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise _breaks_off(file, read, error) from error


def _in_file(file: Path, form: Form, prefix: str) -> Iterator[Entry]:
    """Entries of one JSON file."""
    opened: Any = gzip.open if file.suffix == ".gz" else open
    read = 0
    try:
        with opened(file, "rb") as stream:
            for entry in _lines(stream) if form == "lines" else _streamed(stream, form, prefix):
                read += 1
                yield entry
    except (ijson.JSONError, OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise _breaks_off(file, read, error) from error
    if not read and form != "lines":
        place = f"at {prefix!r}" if prefix else "at its top"
        raise DataError(f"it has no JSON {form} {place}, or an empty one", where=file, remedy=_INSPECT)


def _streamed(stream: IO[bytes], form: Form, prefix: str) -> Iterator[Entry]:
    if form == "object":
        for key, value in ijson.kvitems(stream, prefix, use_float=True):
            yield Entry(str(key), value)
    else:
        where = f"{prefix}.item" if prefix else "item"
        for number, value in enumerate(ijson.items(stream, where, use_float=True), 1):
            yield Entry(f"#{number}", value)


def _lines(stream: IO[bytes]) -> Iterator[Entry]:
    number = 0
    while line := stream.readline(MOST_BYTES):
        number += 1
        if len(line) == MOST_BYTES and not line.endswith(b"\n"):
            while (rest := stream.readline(MOST_BYTES)) and not rest.endswith(b"\n"):
                pass
            yield Entry(f"#{number}", fault=_too_large())
        elif line.strip():
            yield _parsed(f"#{number}", line)


def _parsed(key: str, content: bytes) -> Entry:
    try:
        return Entry(key, json.loads(content))
    except ValueError:
        return Entry(key, fault="is not whole JSON" if content.strip() else "is empty")
    except RecursionError:
        return Entry(key, fault="is nested too deeply")


_INSPECT = "vidchatbench testset inspect PATH says what is there"


def _too_large() -> str:
    return f"is larger than {MOST_BYTES >> 20} MB"


def _breaks_off(file: Path, read: int, error: Exception) -> DataError:
    why = " ".join(str(error).split())[:160] or type(error).__name__
    return DataError(
        f"breaks off after {read:,} entries: {why}",
        where=file,
        remedy="fetch this file again; a test set that is chosen from a part of it would be another one",
    )
