"""The values that rows give to single samples, and which of them tell rows apart."""

from __future__ import annotations

from collections import Counter

from vidchatbench.submission.opened import Opened, key_of

_SHARED = 2


def values(opened: Opened, id: str) -> dict[str, float]:
    """A metric's values of the samples that it could measure, by sample."""
    return {
        str(key_of(record)): cell.value
        for record in opened.items
        if (cell := record.metrics.get(id)) is not None and cell.status == "ok" and cell.value is not None
    }


def telling(opened: Opened, id: str) -> dict[str, float]:
    """The values that at most two questions share: bounds, counts, grades and caps do not tell who measured them."""
    found, places = values(opened, id), {str(key_of(record)): key_of(record).place for record in opened.items}
    often = Counter(value for _, value in {(places[key], value) for key, value in found.items()})
    return {key: value for key, value in found.items() if often[value] <= _SHARED and not value.is_integer()}
