"""A look at the first entries of each list and table of a release."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from statistics import fmean
from typing import Any

from vidchatbench.release.documents import Entry

SAMPLES = 200
MOST_PATHS = 300


@dataclass(slots=True)
class Seen:
    """What stands at one path in the samples."""

    types: Counter[str] = field(default_factory=Counter)
    numbers: list[float] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    lists: list[list[float]] = field(default_factory=list)
    """Of short lists of numbers, their values."""

    @property
    def count(self) -> int:
        """In how many entries it is."""
        return sum(self.types.values())

    @property
    def type(self) -> str:
        """The most frequent type."""
        return self.types.most_common(1)[0][0] if self.types else "nothing"

    def __str__(self) -> str:
        """The type with its range."""
        if self.type == "number" and self.numbers:
            return f"number {min(self.numbers):g} to {max(self.numbers):g}"
        if self.type == "text" and self.texts:
            longest = max(self.texts, key=len)
            shown = ascii(longest[:30])[1:-1] + ("..." if len(longest) > 30 else "")
            return f"text of {fmean(map(len, self.texts)):.0f} characters, as {shown!r}"
        return self.type


def samples(entries: Iterable[Entry]) -> list[Entry]:
    """The first entries that hold something."""
    return [entry for entry in islice(entries, 2 * SAMPLES) if not entry.fault][:SAMPLES]


def paths(values: Iterable[Any]) -> dict[tuple[str | int, ...], Seen]:
    """What stands at each path of the samples."""
    found: dict[tuple[str | int, ...], Seen] = {}
    for value in values:
        _walk(value, (), found)
    return found


def _walk(value: Any, at: tuple[str | int, ...], found: dict[tuple[str | int, ...], Seen]) -> None:
    if at not in found and len(found) >= MOST_PATHS:
        return
    seen = found.setdefault(at, Seen())
    if isinstance(value, dict):
        seen.types["object"] += 1
        for key in value if len(at) < 6 else ():
            _walk(value[key], (*at, key), found)
    elif isinstance(value, list):
        _walk_list(value, at, seen, found)
    elif isinstance(value, bool):
        seen.types["flag"] += 1
    elif isinstance(value, (int, float)):
        seen.types["number"] += 1
        seen.numbers.append(float(value))
    elif isinstance(value, str):
        seen.types["text"] += 1
        seen.texts.append(value[:1000])
    else:
        seen.types["null"] += 1


def _walk_list(
    value: list[Any], at: tuple[str | int, ...], seen: Seen, found: dict[tuple[str | int, ...], Seen]
) -> None:
    if value and all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in value):
        seen.types[f"{len(value)} numbers" if len(value) <= 4 else "numbers"] += 1
        seen.lists.append([float(one) for one in value[:4]])
        for place, one in enumerate(value[:4] if len(value) <= 4 else ()):
            _walk(one, (*at, place), found)
    elif value and all(isinstance(one, str) for one in value):
        seen.types["texts"] += 1
        seen.texts += [one[:1000] for one in value[:5]]
    else:
        seen.types["list"] += 1
        for one in value[:5] if len(at) < 6 else ():
            _walk(one, (*at, "*"), found)
