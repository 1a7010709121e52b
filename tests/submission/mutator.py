"""Forges submissions: edits, deletes, doubles and re-types every field of every file, and recomputes every digest.

A mutation is a label, such as `results.json metrics.turn.fto_w1.value *1.01`, and a changed copy of the content. Lines
of one file and values of one list are mutated once a pattern (`#` stands for their numbers), metrics each for itself.
"""

from __future__ import annotations

import copy
import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from vidchatbench.submission import schema

LINES = (schema.ITEMS, schema.MANIFEST, schema.FINGERPRINTS)


@dataclass
class Content:
    """A submission as plain values."""

    json: dict[str, Any] = field(default_factory=dict)
    """By file: an object, or a list of objects."""
    arrays: dict[str, np.ndarray] = field(default_factory=dict)

    @staticmethod
    def of(run: Path) -> Content:
        found = Content()
        for name in (schema.SUBMISSION, schema.RESULTS):
            found.json[name] = json.loads((run / name).read_bytes())
        for name in LINES:
            raw = (run / name).read_bytes()
            text = gzip.decompress(raw) if name.endswith(".gz") else raw
            found.json[name] = [json.loads(line) for line in text.splitlines()]
        with np.load(run / schema.STATS) as stored:
            found.arrays = {name: stored[name] for name in stored.files}
        return found

    def copy(self, name: str) -> Content:
        """A copy in which one file may be changed."""
        if name == schema.STATS:
            return Content(self.json, dict(self.arrays))
        return Content(self.json | {name: copy.deepcopy(self.json[name])}, self.arrays)

    def bytes(self, name: str) -> bytes:
        if name == schema.STATS:
            return npz(self.arrays)
        if name in LINES:
            text = b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in self.json[name])
            return gzip.compress(text, 1, mtime=0) if name.endswith(".gz") else text
        return json.dumps(self.json[name], ensure_ascii=False).encode()


def npz(arrays: dict[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, np.asarray(array), allow_pickle=False)
            archive.writestr(f"{name}.npy", content.getvalue())
    return buffer.getvalue()


def write(content: Content, run: Path, changed: list[str]) -> None:
    """Put the changed files into a run's folder, with their digests in submission.json as a forger would."""
    said = copy.deepcopy(content.json[schema.SUBMISSION])
    for name in changed:
        if name != schema.SUBMISSION:
            raw = content.bytes(name)
            (run / name).write_bytes(raw)
            if isinstance(said.get("files"), dict):
                said["files"][name] = {"sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}
    (run / schema.SUBMISSION).write_text(json.dumps(said, ensure_ascii=False))


def mutations(content: Content) -> Iterator[tuple[str, str, Callable[[], Content]]]:
    """Every mutation: its label, the file, and what makes the content."""
    for name, value in content.json.items():
        seen: set[str] = set()
        for path in paths(value):
            shown = label(path, name)
            if shown in seen:
                continue
            seen.add(shown)
            for how, change in edits(value, path):
                yield f"{name} {shown} {how}", name, partial(_changed, content, name, change)
    for array, values in content.arrays.items():
        for how, changed in array_edits(array, values):
            yield f"{schema.STATS} {array} {how}", schema.STATS, partial(_with_array, content, array, changed)


def _changed(content: Content, name: str, change: Callable[[Any], None]) -> Content:
    mutant = content.copy(name)
    change(mutant.json[name])
    return mutant


def _with_array(content: Content, array: str, changed: dict[str, np.ndarray] | None) -> Content:
    mutant = content.copy(schema.STATS)
    if changed is None:
        del mutant.arrays[array]
    mutant.arrays |= changed or {}
    return mutant


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a value; of lists the first, middle and last entries."""
    if path:
        yield path
    if isinstance(value, dict):
        for key in value:
            yield from paths(value[key], (*path, key))
    elif isinstance(value, list):
        for k in sorted({0, len(value) // 2, len(value) - 1}) if value else ():
            yield from paths(value[k], (*path, k))


def label(path: tuple[Any, ...], name: str) -> str:
    words = ["#" if isinstance(part, int) else str(part) for part in path]
    if name == schema.SUBMISSION and words[:2] == ["environment", "packages"] and len(words) > 2:
        words[2] = "#"
    return ".".join(words)


def edits(whole: Any, path: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    """Ways to change what stands at a path."""
    value = whole
    for part in path:
        value = value[part]

    def put(new: Any) -> Any:
        def change(target: Any) -> None:
            for part in path[:-1]:
                target = target[part]
            target[path[-1]] = new

        return change

    def drop(target: Any) -> None:
        for part in path[:-1]:
            target = target[part]
        del target[path[-1]]

    yield "deleted", drop
    if isinstance(value, bool):
        yield "not", put(not value)
    elif isinstance(value, int | float):
        yield "*1.01", put(value * 1.01 if isinstance(value, float) else value + 1)
        yield "negative", put(-value - 1)
        yield "text", put(str(value))
        yield "null", put(None)
        yield "huge", put(1e300 if isinstance(value, float) else 10**18)
    elif isinstance(value, str):
        yield "longer", put(value + "x")
        yield "empty", put("")
        yield "number", put(7)
        yield "null", put(None)
    elif value is None:
        yield "0.5", put(0.5)
        yield "x", put("x")
    elif isinstance(value, list):
        yield "null", put(None)
        yield "one more", put([*value, copy.deepcopy(value[-1]) if value else "x"])
        if len(value) > 1:
            yield "reversed", put(value[::-1])
    elif isinstance(value, dict):
        yield "null", put(None)
        yield "one more", put({**value, "zz": 1})
        yield "one more text", put({**value, "zz": "x"})
        if value:
            yield "one key renamed", put({(f"{k}_" if k == next(iter(value)) else k): v for k, v in value.items()})


def array_edits(name: str, array: np.ndarray) -> Iterator[tuple[str, dict[str, np.ndarray] | None]]:
    """Ways to change one array."""
    yield "deleted", None
    yield "renamed", {f"{name}_": array}
    yield "cut", {name: array[:-1]}
    yield "reversed", {name: array[::-1].copy()}
    if array.dtype.kind == "U":
        yield "another sample", {name: np.array([*array[:-1], "zz"])}
        yield "a sample twice", {name: np.array([*array[:-1], array[0]])}
        return
    if array.dtype.kind in "iu":
        yield "one more", {name: array + (np.arange(len(array)) == 0).astype(array.dtype)}
        yield "float", {name: array.astype(np.float64)}
        return
    one = array.copy()
    one.reshape(-1)[0] = one.reshape(-1)[0] * 1.01 + 0.01
    yield "*1.01", {name: one}
    nan = array.copy()
    nan.reshape(-1)[-1] = np.nan
    yield "nan", {name: nan}
    yield "float16", {name: array.astype(np.float16)}
    yield "wider", {name: np.stack([array, array], -1)}
    yield "complex", {name: array.astype(np.complex128)}
