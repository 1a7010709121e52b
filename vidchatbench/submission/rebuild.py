"""The rows of a submission as the engine's own, from its lines and arrays and the installed test set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, get_args

import numpy as np

from vidchatbench.engine.rows import Row, undrawable
from vidchatbench.errors import DataError, MediaError, ReasonCode
from vidchatbench.metric import Metric
from vidchatbench.results import ItemRecord
from vidchatbench.submission import schema
from vidchatbench.submission.codes import found
from vidchatbench.submission.context import Context
from vidchatbench.submission.finding import Finding, NotChecked
from vidchatbench.submission.opened import Opened, key_of
from vidchatbench.testset.timeline import default_start
from vidchatbench.types import NamedArrays, Reason, Sample

MOST_TRAILING: Final = 8192
"""Numbers in one vector of a row: matrices of all pairs of them are formed."""
_CODES: Final = frozenset(get_args(ReasonCode))
_AGAIN: Final = "score the outputs again and pack that run: vidchatbench eval --pred OUTPUTS, vidchatbench submit RUN"
_PACK: Final = "pack the run anew: vidchatbench submit RUN --pred OUTPUTS"
Tried = Mapping[tuple[str, int], Reason] | None
"""What the test set's lock excludes from a metric, by (item_id, turn); None where it has not tried the metric."""
_REAL_SIDE: Final = ("human", "timeline.reference", "timeline.initiator", "words.reference", "words_at.reference")
"""Arrays that tell of the real clips alone, by the contract of `Metric.item` and `Card.compared`."""


@dataclass(kw_only=True)
class Rebuilt:
    """What the rows say, with what is wrong with them."""

    samples: list[Sample] = field(default_factory=list)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    """By metric, those of the samples to which it applies, in order of their keys."""
    findings: list[Finding] = field(default_factory=list)
    not_checked: list[NotChecked] = field(default_factory=list)


def rebuild(opened: Opened, context: Context, metrics: Mapping[str, Metric]) -> Rebuilt:
    """Form the rows anew. Expects that level 0 found nothing."""
    built = Rebuilt()
    built.samples = [_sample(record, opened, context, built) for record in opened.items]
    built.findings += _names(opened, metrics)
    for id, metric in metrics.items():
        try:
            stats = opened.rows.rows(id) if metric.card.submitted else {}
        except DataError as error:
            built.findings.append(found("array", f"{schema.STATS}: {id}", error.cause, _AGAIN))
            continue
        lock = context.testset.lock
        tried = lock.exclusions.get(metric.signature()) if lock else None
        rows = []
        for sample, record in zip(built.samples, opened.items, strict=True):
            if sample.item.task in metric.card.tasks and context.testset.info.protocol in metric.card.protocols:
                row = _row(id, sample, record, stats.get(str(sample.key)))
                if isinstance(row, Row):
                    rows.append(row)
                    built.findings += _sound(row, metric, tried, built)
                else:
                    built.findings.append(row)
            elif str(sample.key) in stats or record.metrics.get(id) is None:
                where, detail = f"{schema.STATS}: {id}: {sample.key}", "the metric does not apply to this sample"
                built.findings.append(found("row", where, detail, _AGAIN))
        counted = [str(row.sample.key) for row in rows if row.stats is not None]
        if list(stats) != counted:
            detail = f"holds {len(stats)} samples, not the {len(counted)} of items.jsonl.gz that count, in their order"
            built.findings.append(found("samples", f"{schema.STATS}: {id}/samples", detail, _AGAIN))
        built.findings += _alike(id, rows)
        built.rows[id] = rows
    return built


def _sample(record: ItemRecord, opened: Opened, context: Context, built: Rebuilt) -> Sample:
    key = key_of(record)
    item = next(item for item in context.testset.items if item.item_id == key.item_id)
    start_s = opened.manifest[str(key)].start_s
    if start_s is None:
        try:
            start_s = default_start(context.testset, item, item.turns[key.turn])
        except MediaError:
            start_s = record.output.start_s if record.output else 0.0
            why = "the test set's lock does not say how long the initiator's clip lasts, and the clip is not here"
            built.not_checked.append(NotChecked(what=f"start of {key}", why=why))
    return Sample(key=key, item=item, start_s=start_s)


def _names(opened: Opened, metrics: Mapping[str, Metric]) -> Iterator[Finding]:
    """Every array belongs to a metric of the run, and has its lengths."""
    for name in sorted(opened.rows.arrays):
        id, _, array = name.partition("/")
        if id in metrics and not metrics[id].card.submitted:
            detail = "a submission does not hold this metric's rows: they are too large"
            yield found("array", f"{schema.STATS}: {name}", detail, _PACK)
            continue
        base = array.removesuffix(".lengths")
        whole = f"{id}/{base}" in opened.rows.arrays and (
            base == "samples" or f"{id}/{base}.lengths" in opened.rows.arrays
        )
        if id not in metrics or not whole or array == "samples.lengths":
            yield found(
                "array", f"{schema.STATS}: {name}", "belongs to no metric of the run, or lacks its pair", _AGAIN
            )


def _row(id: str, sample: Sample, record: ItemRecord, stats: NamedArrays | None) -> Row | Finding:
    where = f"{schema.ITEMS}: {sample.key}: {id}"
    cell = record.metrics.get(id)
    if cell is None:
        return found("row", where, "the line lacks this metric", _AGAIN)
    if cell.status == "ok":
        return Row(sample=sample, status="ok", stats=stats)
    if cell.status not in ("failed", "excluded"):
        return found("row", where, f"its status is {cell.status}, but the metric applies to this sample", _AGAIN)
    code, sign, detail = (cell.reason or "").partition(": ")
    if not sign or code not in _CODES:
        return found("row", where, "it has no value, and no reason of the form `code: detail`", _AGAIN)
    return Row(
        sample=sample, status=cell.status, stats=stats,
        reason=Reason(code=code, detail=detail),  # type: ignore[arg-type]
    )  # fmt: skip


def _sound(row: Row, metric: Metric, tried: Tried, built: Rebuilt) -> Iterator[Finding]:
    """What one row alone shows to be wrong."""
    id, where = metric.card.id, f"{schema.STATS}: {metric.card.id}: {row.sample.key}"
    yield from _excluded(row, id, tried)
    if row.status == "excluded":
        if row.stats is not None:
            yield found("row", where, "it is excluded, and has statistics", _AGAIN)
        return
    if row.status == "failed":
        yield from _failed(row, metric, built)
        return
    if not metric.card.submitted:
        return
    if row.stats is None:
        yield found("row", where, "it is ok, and has no statistics", _AGAIN)
        return
    wrong = undrawable(row.stats, compared=metric.card.compared is not None)
    if wrong:
        yield found("row", where, f"it has {wrong}", _AGAIN)
    value, (low, high) = row.stats.get("value"), metric.card.range
    if value is not None and metric.card.fail_value is not None:
        outside = (low is not None and (value < low - 1e-6 * max(1, abs(low))).any()) or (
            high is not None and (value > high + 1e-6 * max(1, abs(high))).any()
        )
        if np.size(value) != 1 or outside:
            detail = f"its value is {np.array2string(value, threshold=4)}, {id} can be {low} to {high}"
            yield found("row", where, detail, _AGAIN)
    yield from _small(row.stats, where)


def _small(stats: NamedArrays, where: str) -> Iterator[Finding]:
    for name, array in stats.items():
        if int(np.prod(array.shape[1:])) > MOST_TRAILING:
            yield found("too-large", where, f"{name} has the shape {array.shape}", _AGAIN)


def _excluded(row: Row, id: str, tried: Tried) -> Iterator[Finding]:
    """A sample is excluded where the lock says so, for the lock's reason, and nowhere else."""
    where = f"{schema.ITEMS}: {row.sample.key}: {id}"
    locked = tried.get(row.sample.key.place) if tried is not None else None
    if row.status == "excluded" and tried is None:
        detail = "it is excluded, and the test set's lock has not tried this metric"
        yield found("excluded", where, detail, f"whoever keeps the test set: vidchatbench testset lock, then {_AGAIN}")
    elif row.status == "excluded" and locked is None:
        yield found("excluded", where, "it is excluded, and the test set's lock does not exclude it", _AGAIN)
    elif row.status != "excluded" and locked is not None:
        yield found("excluded", where, f"the test set's lock excludes it ({locked.detail})", _AGAIN)
    elif locked is not None and row.reason is not None and (row.reason.code, row.reason.detail) != (
        locked.code, locked.detail
    ):  # fmt: skip
        yield found("excluded", where, f"its reason is not the lock's: {locked.code}: {locked.detail}", _AGAIN)


def _failed(row: Row, metric: Metric, built: Rebuilt) -> Iterator[Finding]:
    """A failed row counts as the metric says. What that takes from the real clips cannot be seen here."""
    where = f"{schema.STATS}: {metric.card.id}: {row.sample.key}"
    assert row.reason is not None
    try:
        own = metric.failed(row.sample, row.reason, {})
    except Exception:  # it wants features of the real clips
        own = None
    if own is None:
        if row.stats is not None and type(metric).failed is Metric.failed:
            yield found("row", where, "it failed, and has statistics; the metric gives it none", _AGAIN)
        elif row.stats is not None:
            what = f"what failed samples of {metric.card.id} count as"
            if all(one.what != what for one in built.not_checked):
                built.not_checked.append(NotChecked(what=what, why="it depends on the real clips' features"))
            yield from _small(row.stats, where)
        return
    if row.stats is None:
        yield found("row", where, "it failed, and does not count; the metric counts it", _AGAIN)
        return
    for name in sorted((own.keys() | row.stats.keys()) - {"human"}):
        one, two = own.get(name), row.stats.get(name)
        if one is None or two is None or not _equal(np.asarray(one), two):
            detail = f"it failed, and {name} is not what the metric lets a failure count as"
            yield found("row", where, detail, _AGAIN)


def _equal(
    one: np.ndarray[tuple[int, ...], np.dtype[np.generic]], two: np.ndarray[tuple[int, ...], np.dtype[np.generic]]
) -> bool:
    return one.shape == two.shape and bool(np.allclose(one, two, rtol=1e-6, atol=1e-12))


def _alike(id: str, rows: list[Row]) -> Iterator[Finding]:
    """Arrays of one name are of one kind in all rows; what tells of a real clip is the same for every seed."""
    scalar: dict[str, bool] = {}
    real: dict[tuple[tuple[str, int], str], NamedArrays] = {}
    for row in rows:
        for name, array in (row.stats or {}).items():
            where = f"{schema.STATS}: {id}: {row.sample.key}"
            if scalar.setdefault(name, array.ndim == 0) != (array.ndim == 0):
                yield found("row", where, f"{name} is a number in some rows and a list in others", _AGAIN)
            first = real.setdefault((row.sample.key.place, name), {name: array})[name] if name in _REAL_SIDE else array
            if first is not array and not _equal(first, array):
                detail = f"{name} tells of the real clip, and is another one for another seed"
                yield found("row", where, detail, _AGAIN)
