"""What is in a release's folder, whatever a mapping says: places with entries, and what stands in them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from vidchatbench.errors import DataError
from vidchatbench.release.documents import ARCHIVES, Entry, table_entries
from vidchatbench.release.mapping import Form, Table
from vidchatbench.release.sample import Seen, paths, samples

DEPTH = 3
LINES = (".jsonl", ".jsonl.gz", ".ndjson")
DATA = (".json", ".json.gz", *LINES, *ARCHIVES)


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of entries, or a file of them at the top of the release."""

    at: str
    form: Form
    entries: list[Entry]
    seen: dict[tuple[str | int, ...], Seen]
    trouble: str = ""

    @property
    def is_file(self) -> bool:
        """Whether it is one file: a list rather than a table."""
        return self.at.endswith(DATA)


def survey(root: Path) -> list[Place]:
    """Every place of a release that holds JSON, in order of names."""
    return [_place(root, place) for place in sorted(_places(root, root, 0))]


def _places(root: Path, folder: Path, depth: int) -> Iterator[Path]:
    has_data = False
    with os.scandir(folder) as found:
        for one in islice(found, 100_000):
            if one.name.startswith("."):
                continue
            if one.is_dir(follow_symlinks=False) and depth < DEPTH and not has_data:
                yield from _places(root, Path(one.path), depth + 1)
            elif one.name.endswith(DATA) and one.is_file():
                if folder == root:
                    yield Path(one.path)
                elif not has_data:
                    has_data = True
                    yield folder


def _place(root: Path, place: Path) -> Place:
    at = place.relative_to(root).as_posix()
    try:
        form = _form(place)
        entries = samples(table_entries(root, Table(at=(at,), form=form)))
    except DataError as error:
        return Place(at, "files", [], {}, error.cause)
    return Place(at, form, entries, paths(entry.value for entry in entries))


def _form(place: Path) -> Form:
    if place.is_dir():
        with os.scandir(place) as found:
            files = sorted(one.name for one in islice(found, 50) if one.name.endswith(DATA))
        if not files or files[0].endswith(ARCHIVES) or sum(name.endswith(".json") for name in files) > 20:
            return "files"
        return _form_of_file(place / files[0], of_list=False)
    return "files" if place.name.endswith(ARCHIVES) else _form_of_file(place, of_list=True)


def _form_of_file(file: Path, *, of_list: bool) -> Form:
    if file.name.endswith(LINES):
        return "lines"
    if file.name.endswith(".gz"):
        return "array"
    with file.open("rb") as stream:
        head = stream.read(1 << 16)
    first = head.lstrip()[:1]
    lines = [line for line in head.splitlines() if line.strip()]
    if len(lines) > 1 and _whole(lines[0]):
        return "lines"
    if first == b"[":
        return "array"
    # One entry, or an object of entries? An entry has values of several kinds.
    if of_list or not _whole(head):
        return "object"
    values = list(json.loads(head).values())
    return "object" if len(values) > 2 and all(isinstance(one, dict) for one in values) else "files"


def _whole(content: bytes) -> bool:
    try:
        return isinstance(json.loads(content), (dict, list))
    except (ValueError, RecursionError):
        return False
