"""Rows: for each (sample, metric) its statistics, or the reason why there are none. Items never vanish."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Literal

import numpy as np

from vidchatbench.engine.cache import Cache, digest
from vidchatbench.engine.graph import code_digest
from vidchatbench.errors import Unscored
from vidchatbench.metric import Metric
from vidchatbench.types import NamedArrays, Reason, Sample

Status = Literal["ok", "failed", "excluded", "not_ready"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One metric on one sample."""

    sample: Sample
    status: Status
    stats: NamedArrays | None
    """What totals are formed from. For a failed row, what the failure counts as; None where it cannot count."""
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One metric to be computed on one sample: what it needs, or why that cannot be."""

    metric: Metric
    sample: Sample
    needs: Mapping[str, str | Reason]
    """By name: the key of a node, or why there is none."""
    locked: Reason | bool = False
    """The lock's word on this sample: the reason to exclude it; True where it must be measurable; False unlocked."""

    @property
    def key(self) -> str:
        """Digest of all that the row rests on."""
        needs = {name: asdict(need) if isinstance(need, Reason) else need for name, need in self.needs.items()}
        return digest(
            {
                "metric": self.metric.signature(),
                "code": code_digest(type(self.metric)),
                "item": asdict(self.sample.item),
                "turn": self.sample.key.turn,
                "start_s": self.sample.start_s,
                "needs": needs,
                "locked": asdict(self.locked) if isinstance(self.locked, Reason) else self.locked,
            }
        )

    def row(self, cache: Cache) -> Row:
        """Compute the row from the cache's features."""
        if isinstance(self.locked, Reason):
            return Row(sample=self.sample, status="excluded", stats=None, reason=self.locked)
        inputs = {name: cache.read(need) for name, need in self.needs.items() if isinstance(need, str)}
        absent = [need for need in self.needs.values() if isinstance(need, Reason)]
        if absent:  # a file of the test set that cannot be used is never charged to the model
            return self._without(min(absent, key=lambda reason: reason.role == "response"), inputs)
        try:
            stats = {name: np.asarray(array) for name, array in self.metric.item(self.sample, inputs).items()}
        except Unscored as why:
            return self._without(Reason(code=why.code, detail=why.detail, role=why.role), inputs)
        except Exception as error:
            detail = f"{self.metric.card.id} failed: {type(error).__name__}: {error}"
            return self._without(Reason(code="error", detail=detail), inputs)
        bad = [name for name, array in stats.items() if not np.all(np.isfinite(array))]
        if bad:
            return self._without(
                Reason(code="error", detail=f"{self.metric.card.id} gave a {bad[0]} not finite"), inputs
            )
        if wrong := undrawable(stats, compared=self.metric.card.compared is not None):
            return self._without(Reason(code="error", detail=f"{self.metric.card.id} gave {wrong}"), inputs)
        return Row(sample=self.sample, status="ok", stats=stats)

    def _without(self, reason: Reason, inputs: Mapping[str, NamedArrays]) -> Row:
        if reason.role != "response":
            if self.locked is True:
                detail = f"the test set's lock says that this file can be measured, but here: {reason.detail}"
                reason = replace(reason, code="error", detail=detail)
            return Row(sample=self.sample, status="excluded", stats=None, reason=reason)
        stats = self.metric.failed(self.sample, reason, inputs)
        return Row(sample=self.sample, status="failed", stats=stats, reason=reason)


def undrawable(stats: NamedArrays, *, compared: bool) -> str | None:
    """What is wrong with the arrays that the report draws, whose names are the contract (`Metric.item`); or None."""
    for name, array in stats.items():
        kind, _, track = name.partition(".")
        if kind in ("timeline", "words_at") and array.size and array.shape[1:] != (2,):
            return f"a {name} of the shape {array.shape}, not (n, 2)"
        if kind == "words":
            words, times = array.tobytes().count(b"\n") + bool(array.size), stats.get(f"words_at.{track}")
            if array.dtype != np.uint8 or times is None or len(times) != words:
                given = "no times" if times is None else f"{len(times)} times"
                return f"{words} words as {array.dtype} in {name}, but {given}: one word a line as UTF-8 bytes (uint8)"
    absent = [name for name in ("response", "human") if compared and name not in stats]
    return f"no array {absent[0]}, which a metric with card.compared has" if absent else None


@dataclass(frozen=True, slots=True)
class RowTask:
    """The cells of one sample, computed by one worker into the cache."""

    cells: tuple[Cell, ...]
    cache: Cache

    def run(self) -> list[Row]:
        """The rows, in order. All but those with an error are cached: they are pure functions of cached features."""
        rows = []
        for cell in self.cells:
            row = cell.row(self.cache)
            if row.reason is None or row.reason.code != "error":
                self.cache.put(cell.key, _pack(row))
            rows.append(row)
        return rows


def load_row(cell: Cell, cache: Cache) -> Row | None:
    """The row from the cache, or None."""
    arrays = cache.get(cell.key)
    if arrays is None:
        return None
    head = json.loads(arrays["row"].tobytes())
    stats = {name.removeprefix("stats."): array for name, array in arrays.items() if name != "row"}
    reason = Reason(**head["reason"]) if head["reason"] else None
    return Row(sample=cell.sample, status=head["status"], stats=stats if head["stats"] else None, reason=reason)


def _pack(row: Row) -> NamedArrays:
    head = {
        "status": row.status,
        "reason": asdict(row.reason) if row.reason else None,
        "stats": row.stats is not None,
    }
    stats = {f"stats.{name}": np.asarray(array) for name, array in (row.stats or {}).items()}
    return {"row": np.frombuffer(json.dumps(head, sort_keys=True).encode(), np.uint8), **stats}
