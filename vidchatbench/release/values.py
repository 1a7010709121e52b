"""Taking one quantity out of one entry, strictly: a wrong type is a fault, never a guess."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from statistics import fmean, median
from typing import Any

from vidchatbench.release.mapping import KINDS, Quantity

MOST_TEXT = 20_000
"""Characters; a clip lasts 14 s, so that a longer text is none of it."""
MOST_NAME = 300

Step = str | int
_TIMECODE = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:\.\d+)?)")
_MISSING = object()
# Not `isprintable`: what that says depends on the Python version, and with it the test set would.
_NO_ID = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Fault(Exception):
    """The value is not what the mapping says that it is."""


def steps_of(path: str | Sequence[Step]) -> tuple[Step, ...]:
    """A path as steps: keys, positions in lists, and `*`."""
    if not isinstance(path, str):
        return tuple(path)
    return tuple(int(step) if step.isdecimal() else step for step in path.split(".")) if path else ()


def follow(value: Any, steps: Sequence[Step]) -> Any:
    """What stands at a path, None where nothing does; `*` gives a list of what its parts have."""
    found = _follow(value, steps)
    return None if found is _MISSING else found


def _follow(value: Any, steps: Sequence[Step]) -> Any:
    for at, step in enumerate(steps):
        if step == "*":
            # Keys in alphabetical order: how a file was written must not show.
            parts = [value[key] for key in sorted(value)] if isinstance(value, dict) else value
            if not isinstance(parts, list):
                return _MISSING
            found = [_follow(part, steps[at + 1 :]) for part in parts]
            return [part for part in found if part is not _MISSING]
        if isinstance(value, dict) and (step in value or str(step) in value):
            value = value[step] if step in value else value[str(step)]
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return _MISSING
    return value


def reader(name: str, where: Quantity) -> Callable[[Any], Any]:
    """A function from an entry's value to this quantity: None where it is not there, `Fault` where it is not right."""
    steps, kind, pattern = steps_of(where.path), KINDS[name], re.compile(where.pattern)

    def read(entry: Any) -> Any:
        value = follow(entry, steps)
        if isinstance(value, list) and where.over_list and kind != "box":
            value = _one_of([part for part in value if part is not None], where.over_list)
        if value is None:
            return None
        if kind == "box":
            return _box(value)
        if kind == "flag":
            return _flag(value)
        if kind == "label":
            return label(value, pattern if where.pattern else None, where.none)
        if kind == "text":
            return text(value)
        if where.unit == "timecode":
            return _timecode(value)
        return number(value, parse=where.parse, least=0.0 if kind in ("time", "size") else None)

    return read


def number(value: Any, *, parse: bool = False, least: float | None = None) -> float:
    """A finite number."""
    if parse and isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise Fault("is text that is no number") from None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Fault(f"is {what(value)}, not a number")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise Fault("is not finite")
    if least is not None and found < least:
        raise Fault("is negative")
    return found


def text(value: Any) -> str:
    """A text of ordinary length, without what is no character."""
    if not isinstance(value, str):
        raise Fault(f"is {what(value)}, not text")
    if len(value) > MOST_TEXT:
        raise Fault(f"has more than {MOST_TEXT:,} characters")
    if not _encodes(value):
        raise Fault("has halves of characters")
    return " ".join(value.split())


def label(value: Any, pattern: re.Pattern[str] | None = None, none: Sequence[str] = ()) -> str | None:
    """An id: short, printable; whole numbers count as their digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise Fault(f"is {what(value)}, not an id")
    if pattern is not None:
        match = pattern.search(value[:MOST_NAME])
        if match is None or match[1] is None:
            raise Fault("does not have the form of an id")
        value = str(match[1])
    if value in none:
        return None
    if not value or len(value) > MOST_NAME or _NO_ID.search(value) or not _encodes(value):
        raise Fault("is no printable id")
    return str(value)


def what(value: Any) -> str:
    """The JSON type of a value, in words."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "a flag"
    if isinstance(value, (int, float)):
        return "a number"
    return "null" if value is None else "text"


def _one_of(values: list[Any], how: str) -> Any:
    if not values:
        return None
    if how == "join":
        # Of an object that holds more than words, the words.
        return " ".join(one for one in values if isinstance(one, str)) or None
    numbers = [number(one) for one in values]
    one_of: dict[str, Callable[[list[float]], float]] = {"mean": fmean, "median": median, "least": min, "most": max}
    # Rounded, since the mean of 0.7, 0.7 and 0.7 is a little less than 0.7, and bounds are sharp.
    return round(one_of[how](numbers), 9)


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)) and value in (0, 1):
        return bool(value)
    raise Fault(f"is {what(value)}, not a flag" if not isinstance(value, (int, float)) else "is neither 0 nor 1")


def _box(value: Any) -> tuple[float, float, float, float]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise Fault("is text, not four numbers") from None
    if not isinstance(value, list) or len(value) != 4:
        raise Fault(f"is {what(value)}, not four numbers" if not isinstance(value, list) else "is not four numbers")
    left, top, right, bottom = (number(one) for one in value)
    return left, top, right, bottom


def _timecode(value: Any) -> float:
    found = _TIMECODE.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise Fault("is no timecode")
    hours, minutes, seconds = found.groups()
    return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds)


def _encodes(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
