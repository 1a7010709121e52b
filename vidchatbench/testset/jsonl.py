"""Reading lines of JSON into types, with errors that name file, line and field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from vidchatbench.errors import DataError

T = TypeVar("T")


def read_jsonl(path: Path, kind: type[T] | TypeAdapter[T]) -> list[T]:
    """All lines of a file as `kind`; blank lines are skipped.

    Raises:
        DataError: Where the file cannot be read or a line is not of this kind.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot be read as UTF-8 text: {error}", where=path) from error
    adapter: TypeAdapter[T] = kind if isinstance(kind, TypeAdapter) else TypeAdapter(kind)
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                rows.append(adapter.validate_json(line))
            except ValidationError as error:
                raise DataError(explain(error), where=f"{path}:{number}") from error
    return rows


def explain(error: ValidationError) -> str:
    """The first few findings of pydantic in one line: `turns.0.reference: Field required`."""
    findings = [
        f"{'.'.join(str(part) for part in found['loc']) or 'line'}: {found['msg']}" for found in error.errors()[:3]
    ]
    more = error.error_count() - len(findings)
    return "; ".join(findings) + (f"; and {more} more" if more > 0 else "")


def canonical(value: object) -> bytes:
    """The one JSON form of a value: sorted keys, no spaces, UTF-8. Digests are taken over it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
