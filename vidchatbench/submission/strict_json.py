"""JSON of strangers to types: one parser, and nothing that two readers could understand differently."""

from __future__ import annotations

import json
import math
from typing import Any, Final, NoReturn, TypeVar

from pydantic import TypeAdapter, ValidationError

from vidchatbench.submission.bounded import Refused
from vidchatbench.submission.codes import found
from vidchatbench.testset.jsonl import canonical, explain

T = TypeVar("T")
_DIGITS: Final = 19
_LONGEST_LINE: Final = 2 << 20
_MOST_LINES: Final = 200_000
_REMEDY: Final = "pack the run anew: vidchatbench submit RUN --pred OUTPUTS"


class _Bad(ValueError):
    pass


def parse(kind: TypeAdapter[T], content: bytes, where: str, remedy: str = _REMEDY) -> T:
    """One JSON text as `kind`, with types as they are written: a number in quotes is no number.

    Raises:
        Refused: `json` where it is not JSON as it must be, `schema` where it is not of this kind.
    """
    try:
        if content.startswith(b"\xef\xbb\xbf"):
            raise _Bad("it begins with a byte order mark")
        text = content.decode("utf-8")
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_int=_int, parse_float=_float
        )
        again = canonical(value)  # refuses halves of surrogates, which are no text
    except RecursionError:
        raise Refused(found("json", where, "it is nested without end", remedy)) from None
    except UnicodeError as error:
        raise Refused(found("json", where, f"it is not UTF-8 text: {error.reason}", remedy)) from None  # type: ignore[attr-defined]
    except ValueError as error:
        raise Refused(found("json", where, f"it is not JSON as it must be: {error}", remedy)) from None
    try:
        return kind.validate_json(again, strict=True)
    except (ValidationError, RecursionError) as error:
        said = explain(error) if isinstance(error, ValidationError) else "it is nested without end"
        raise Refused(found("schema", where, said, remedy)) from None


def parse_lines(kind: TypeAdapter[T], content: bytes, name: str) -> list[T]:
    """All lines of a file, each as `kind`.

    Raises:
        Refused: As `parse`; `too-large` where there are too many lines, or one is too long.
    """
    lines = content.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    if len(lines) > _MOST_LINES or max(map(len, lines), default=0) > _LONGEST_LINE:
        detail = f"has more than {_MOST_LINES} lines, or one of more than {_LONGEST_LINE} bytes"
        raise Refused(found("too-large", name, detail, _REMEDY))
    return [parse(kind, line, f"{name}:{number}") for number, line in enumerate(lines, 1)]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise _Bad(f"the key {next(name for name in names if names.count(name) > 1)!r} stands twice")
    return found


def _constant(name: str) -> NoReturn:
    raise _Bad(f"{name} is no number; where there is none, null stands with a reason")


def _int(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise _Bad(f"a whole number of {len(digits)} digits")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise _Bad(f"the number {digits[:20]} is too large")
    return value
