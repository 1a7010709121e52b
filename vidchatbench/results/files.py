"""The files of a results directory, written so that each is there whole or not at all."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter, ValidationError

from vidchatbench.engine.cache import write_atomic
from vidchatbench.engine.rows import Row
from vidchatbench.errors import DataError
from vidchatbench.results.schema import SCHEMA, ItemRecord, Results
from vidchatbench.results.stored_rows import ABSENT, SCALAR
from vidchatbench.testset.jsonl import canonical, explain


def write_results(
    out: Path,
    results: Results,
    items: Sequence[ItemRecord],
    rows: Mapping[str, Sequence[Row]],
    run: Mapping[str, object],
) -> None:
    """Write `results.json`, `items.jsonl.gz`, `stats.npz` and `run.json`.

    All but `run.json` (times, machine, command) are byte-identical for identical inputs, signatures and computation.

    Raises:
        VidChatBenchError: Where the folder cannot be written.
    """
    lines = b"".join(canonical(asdict(item)) + b"\n" for item in items)
    write_atomic(out / "items.jsonl.gz", gzip.compress(lines, mtime=0))
    write_atomic(out / "stats.npz", _npz(rows))
    write_atomic(out / "run.json", (json.dumps(run, indent=1, ensure_ascii=False) + "\n").encode())
    text = json.dumps(asdict(results), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_atomic(out / "results.json", (text + "\n").encode())


def read_results(path: Path) -> Results:
    """`results.json`, given itself or its folder.

    Raises:
        DataError: Where it is absent, of another schema, or not right.
    """
    file = path / "results.json" if path.is_dir() else path
    try:
        text = file.read_bytes()
    except OSError as error:
        raise DataError(
            "there are no results here", where=file, remedy="give a results directory made by vidchatbench eval"
        ) from error
    try:
        return TypeAdapter(Results).validate_json(text)
    except ValidationError as error:
        raise DataError(f"not a {SCHEMA} file: {explain(error)}", where=file) from error


def read_items(folder: Path) -> list[ItemRecord]:
    """The lines of `items.jsonl.gz`.

    Raises:
        DataError: Where they are absent or not right.
    """
    file = folder / "items.jsonl.gz"
    adapter = TypeAdapter(ItemRecord)
    try:
        return [adapter.validate_json(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"cannot be read: {error}", where=file) from error
    except ValidationError as error:
        raise DataError(f"cannot be read: {explain(error)}", where=file) from error


def rows_without(folder: Path, left_out: Collection[str]) -> bytes:
    """`stats.npz` without the rows of some metrics, the same bytes as if it had been written without them.

    Raises:
        DataError: Where it is absent or no archive.
    """
    file, buffer = folder / "stats.npz", io.BytesIO()
    try:
        with zipfile.ZipFile(file) as stored, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in stored.namelist():
                if name.partition("/")[0] not in left_out:
                    _put(archive, name, stored.read(name))
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        remedy = "make the folder anew: vidchatbench eval --pred DIR --out DIR"
        raise DataError(f"cannot be read: {error}", where=file, remedy=remedy) from error
    return buffer.getvalue()


def _npz(rows: Mapping[str, Sequence[Row]]) -> bytes:
    """Statistics by `metric/name`: all rows end to end, with the samples and each row's length beside."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for id, own in sorted(rows.items()):
            counted = [row for row in own if row.stats is not None]
            _add(archive, f"{id}/samples", np.array([str(row.sample.key) for row in counted], dtype=np.str_))
            for name in sorted({name for row in counted for name in row.stats or {}}):
                found = [None if row.stats is None or name not in row.stats else row.stats[name] for row in counted]
                parts = [np.atleast_1d(np.asarray(part)) for part in found if part is not None]
                shape = max((part.shape[1:] for part in parts), key=len)
                lengths = [ABSENT if part is None else len(part) if np.ndim(part) else SCALAR for part in found]
                _add(archive, f"{id}/{name}", np.concatenate([part.reshape(len(part), *shape) for part in parts]))
                _add(archive, f"{id}/{name}.lengths", np.array(lengths, np.int64))
    return buffer.getvalue()


def _add(archive: zipfile.ZipFile, name: str, array: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> None:
    content = io.BytesIO()
    np.lib.format.write_array(content, array, allow_pickle=False)
    _put(archive, f"{name}.npy", content.getvalue())


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))  # no clock in a file that must repeat
    archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
