"""The values that rows give to single samples, and which of them tell rows apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from vidchatbench.submission.opened import Opened
from vidchatbench.types import SampleKey


def values(opened: Opened, id: str) -> dict[str, float]:
    """A metric's values of the samples that it could measure, by sample."""
    found = {}
    for record in opened.items:
        cell = record.metrics.get(id)
        if cell is not None and cell.status == "ok" and cell.value is not None:
            key = SampleKey(item_id=record.item_id, turn=record.turn, seed=record.seed)
            found[str(key)] = cell.value
    return found


def telling(found: Mapping[str, float]) -> dict[str, float]:
    """The values that at most two samples share: bounds, counts, grades and caps tell nothing of who measured them."""
    often = Counter(found.values())
    return {key: value for key, value in found.items() if often[value] <= 2 and not float(value).is_integer()}
