"""The rows of one task of a run: a run scores all tasks of its test set at once, a board holds one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import get_args

import numpy as np

from vidchatbench.engine.rows import Row
from vidchatbench.errors import NotReady, ReasonCode, Unscored
from vidchatbench.metric import Metric
from vidchatbench.results import ItemRecord, MetricResult, Results, StoredRows
from vidchatbench.results.total import SEED, total, unformed
from vidchatbench.types import Floats, Item, NamedArrays, Reason, Sample, SampleKey


@dataclass(frozen=True)
class TaskRows:
    """What a submission says of one task."""

    results: Results
    records: Sequence[ItemRecord]
    """Of this task, in the order of their keys."""
    stored: StoredRows
    whole: bool
    """Whether the run has no other task: then its own values are those of the task."""

    @classmethod
    def of(cls, results: Results, items: Sequence[ItemRecord], stored: StoredRows, task: str) -> TaskRows:
        """The records of a task, sorted."""
        own = [record for record in items if record.task == task]
        own.sort(key=lambda record: (record.item_id, record.turn, record.seed))
        return cls(results, own, stored, len(own) == len(items))

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """The source videos, sorted."""
        return tuple(sorted({record.source_video for record in self.records}))

    @cached_property
    def seeds(self) -> tuple[int, ...]:
        """The seeds, sorted."""
        return tuple(sorted({record.seed for record in self.records}))

    def foreign(self, metric: Metric) -> str | None:
        """Why the run's number of this metric cannot stand in the column, or None where it can."""
        id = metric.card.id
        if id not in self.results.metrics:
            return f"the run does not have it: vidchatbench eval --pred DIR --metrics {id}"
        if self.results.metrics[id].signature != metric.signature():
            return "the run's number has another signature: score it again with this version"
        return None

    @cached_property
    def _samples(self) -> list[Sample]:
        return [_sample(record) for record in self.records]

    def rows(self, metric: Metric) -> list[Row]:
        """The metric's rows, as they were when the run was scored. Of an item only what totals look at is there."""
        id = metric.card.id
        stats, rows = self.stored.rows(id) if metric.card.submitted else {}, []
        for record, sample in zip(self.records, self._samples, strict=True):
            cell = record.metrics.get(id)
            if cell is None or cell.status == "not_applicable" or cell.status == "not_ready":
                continue
            own = stats.get(str(sample.key))
            rows.append(Row(sample=sample, status=cell.status, stats=own, reason=_reason(cell.reason)))
        return rows

    def result(self, metric: Metric, rows: Sequence[Row] | None = None) -> MetricResult:
        """The metric's total over this task's `rows`, which are read where they are not given.

        `real` is left to the board, which knows the real clips. Of a metric whose rows a submission does not hold, the
        run's own value, where the run has no other task.
        """
        said = self.results.metrics[metric.card.id]
        if not metric.card.submitted and not self._unready(metric):
            return self._said(metric, self.rows(metric) if rows is None else rows, said)
        unready = NotReady(said.reason or "it was not computed", remedy=said.remedy) if self._unready(metric) else None
        return total(metric, self.rows(metric) if rows is None else rows, (), unready, said.computation)

    def _said(self, metric: Metric, rows: Sequence[Row], said: MetricResult) -> MetricResult:
        own = unformed(metric, rows, said)
        if self.whole or own.value is None:
            return own
        why = "a submission does not hold its rows, and the run's number is over other tasks too"
        return replace(
            own, value=None, value_valid_only=None, ci95=None, se=None, ci_method=None, n_resamples=0, beside={},
            real=None, reason=why, ci_reason=why,
        )  # fmt: skip

    def seed_values(self, metric: Metric, rows: Sequence[Row]) -> list[float] | None:
        """The value of each seed alone; None where one has none."""
        found = []
        for seed in self.seeds:
            own = [row.stats for row in rows if row.sample.key.seed == seed and row.stats is not None]
            try:
                value = float(metric.total(own, np.ones(len(own)))) if len(own) >= metric.card.min_n else np.nan
            except Unscored:
                return None
            if not np.isfinite(value):
                return None
            found.append(value)
        return found

    def floor(self, metric: Metric) -> float | None:
        """What real clips are from each other, by the rows of the first seed: the references are the same in all.

        All seeds together would put copies of one reference into both halves, and find them too near.
        """
        if not metric.card.submitted:
            said = self.results.metrics[metric.card.id]
            return said.real if self.whole and not said.partial else None
        rows = [row for row in self.rows(metric) if row.sample.key.seed == self.seeds[0]]
        if not rows or any(row.status == "failed" for row in rows):
            return None
        stats = [row.stats for row in rows if row.stats is not None]
        value = metric.floor(stats, np.random.default_rng(SEED)) if stats else None
        return None if value is None or not np.isfinite(value) else float(value)

    def _unready(self, metric: Metric) -> bool:
        cells = [record.metrics.get(metric.card.id) for record in self.records]
        return any(cell is not None and cell.status == "not_ready" for cell in cells)


def counted(rows: Sequence[Row]) -> tuple[list[NamedArrays], list[str]]:
    """The statistics that totals are formed from, and the source video of each."""
    kept = [(row.stats, row.sample.item.source_video) for row in rows if row.stats is not None]
    return [stats for stats, _ in kept], [source for _, source in kept]


def mass(sources: Sequence[str], own: Sequence[str]) -> Floats:
    """Each of the sorted source videos' share of the rows, (k,)."""
    found = np.bincount(np.searchsorted(sources, own), minlength=len(sources)).astype(np.float64)
    return found / max(1.0, float(found.sum()))


def _sample(record: ItemRecord) -> Sample:
    item = Item(
        item_id=record.item_id, task=record.task, turns=(), portrait="", source_video=record.source_video
    )  # fmt: skip
    key = SampleKey(item_id=record.item_id, turn=record.turn, seed=record.seed)
    return Sample(key=key, item=item, start_s=record.output.start_s if record.output else 0.0)


def _reason(text: str | None) -> Reason | None:
    if text is None:
        return None
    code, _, detail = text.partition(": ")
    if code not in get_args(ReasonCode):
        return Reason(code="error", detail=text)
    known: Mapping[str, ReasonCode] = {name: name for name in get_args(ReasonCode)}
    return Reason(code=known[code], detail=detail)
