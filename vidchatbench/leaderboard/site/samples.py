"""What a comparison in the browser is drawn from: each item's value, its mean over seeds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vidchatbench.leaderboard.schema import Board, System
from vidchatbench.results import ItemRecord
from vidchatbench.types import SampleKey

_SAME = 1e-6
"""Relative difference within which a mean formed anew is the value on the board."""


@dataclass(frozen=True)
class Samples:
    """One system's numbers on a board."""

    values: Mapping[str, Mapping[str, float]]
    """By metric and item (`m01.t1` for a later turn), the mean over seeds. Only metrics whose value on the board is the
    mean of these numbers, and only items that count."""
    without: Mapping[str, str]
    """The other metrics, and why they have no numbers here."""
    sources: Mapping[str, str]
    """By item, the source video that it comes from."""

    @classmethod
    def of(cls, board: Board, system: System, records: Sequence[ItemRecord]) -> Samples:
        """The numbers of a system's `items.jsonl.gz`; where they do not give the board's value, none are given."""
        values, without = {}, {}
        own = [record for record in records if record.task == board.task]  # a test set may hold several tasks
        own = own or list(records)  # and a board of all of them has none of their names
        for id in board.metrics:
            known = system.values.get(id)
            means = _means(id, own)
            if known is None or known.value is None:
                without[id] = (known and known.reason) or "it has no value"
            elif not means:
                without[id] = "the value is of all samples together: no sample has one of its own"
            elif not math.isclose(math.fsum(means.values()) / len(means), known.value, rel_tol=_SAME, abs_tol=1e-9):
                without[id] = "the value is not the mean of its samples"
            else:
                values[id] = means
        return cls(values, without, {_key(record): record.source_video for record in own})

    def line(self, id: str, items: Sequence[str]) -> list[float | None]:
        """A metric's numbers in the order of `items`, six digits each; None where an item does not count."""
        found = self.values[id]
        return [float(f"{found[item]:.6g}") if item in found else None for item in items]


def _means(id: str, records: Sequence[ItemRecord]) -> dict[str, float]:
    seeds: dict[str, list[float]] = {}
    for record in records:
        cell = record.metrics.get(id)
        if cell and cell.value is not None and cell.status in ("ok", "failed"):
            seeds.setdefault(_key(record), []).append(cell.value)
    return {key: math.fsum(found) / len(found) for key, found in seeds.items()}


def _key(record: ItemRecord) -> str:
    return str(SampleKey(item_id=record.item_id, turn=record.turn))
