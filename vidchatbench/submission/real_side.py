"""What a run says of the test set's own clips, against the runs that were merged before: it is the same for all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from vidchatbench.errors import DataError
from vidchatbench.metric import Metric
from vidchatbench.results import ItemRecord
from vidchatbench.submission import schema
from vidchatbench.submission.codes import found
from vidchatbench.submission.context import Context
from vidchatbench.submission.finding import Finding, NotChecked
from vidchatbench.submission.opened import Opened, key_of
from vidchatbench.submission.rebuild import Rebuilt
from vidchatbench.types import Array, NamedArrays

_AGAIN: Final = "score the outputs again with the published test set and weights, and pack that run"
_MOST: Final = 3
"""Merged runs that one is held against: they agree among themselves."""


def check_real_side(
    opened: Opened, context: Context, metrics: Mapping[str, Metric], built: Rebuilt
) -> tuple[list[Finding], list[NotChecked]]:
    """The real clips' values, what rows say of people, and the form of rows, as in merged runs of one signature."""
    findings: list[Finding] = []
    alone: list[str] = []
    for id, metric in metrics.items():
        others = context.alike(opened.results.metrics[id].signature, id)
        if not others:
            alone.append(id)
        findings += _unknown(opened, others, id)
        for other in others[:_MOST]:
            findings += _real(opened, other, metric)
            try:
                stats = other.rows.rows(id)
            except DataError:  # merged runs were checked; one that is damaged has no say
                continue
            findings += _rows(id, built, stats, _sources(other))
    unseen = []
    if alone:
        unseen.append(
            NotChecked(
                what=f"the real clips' own values, and what rows say of real clips, of {len(alone)} metrics: "
                f"{', '.join(alone[:6])}{' ...' if len(alone) > 6 else ''}",
                why="no merged run on this test set has these signatures (--against submissions/)",
            )
        )
    findings += _tracks(opened, context)
    return findings, unseen


def _real(opened: Opened, other: Opened, metric: Metric) -> Iterator[Finding]:
    said, own = (one.results.metrics[metric.card.id].real for one in (opened, other))
    if metric.card.real != "same_item" or (said is None and own is None):
        return
    if said is None or own is None or abs(said - own) > metric.card.tolerance + 1e-9:
        detail = f"the real clips' value is {said}, in the merged run {other.submission.run_id} it is {own}; "
        detail += f"machines differ by {metric.card.tolerance:g} at most"
        yield found("real-differs", f"{schema.RESULTS}: {metric.card.id}", detail, _AGAIN)


def _sources(other: Opened) -> Mapping[str, tuple[str, int]]:
    return {str(key_of(record)): key_of(record).place for record in other.items}


def _rows(
    id: str, built: Rebuilt, stats: Mapping[str, NamedArrays], places: Mapping[str, tuple[str, int]]
) -> Iterator[Finding]:
    """Arrays of one name are of one kind and width; and the same people are in them."""
    forms: dict[str, set[tuple[str, int, tuple[int, ...]]]] = {}
    for arrays in stats.values():
        for name, array in arrays.items():
            forms.setdefault(name, set()).add(_form(array))
    people = {(places[key], "human"): row["human"] for key, row in stats.items() if "human" in row and key in places}
    for row in built.rows[id]:
        where = f"{schema.STATS}: {id}: {row.sample.key}"
        for name, array in (row.stats or {}).items():
            if _form(array) not in forms.get(name, {_form(array)}):
                yield found(
                    "row", where, f"{name}, {array.dtype} {array.shape}, is not of the form of merged runs", _AGAIN
                )
            real = people.get((row.sample.key.place, name))
            if real is not None and (real.shape != array.shape or not np.allclose(real, array, rtol=1e-3, atol=0.05)):
                yield found("real-differs", where, "what it says of people is not what merged runs say", _AGAIN)


def _unknown(opened: Opened, others: tuple[Opened, ...], id: str) -> Iterator[Finding]:
    """Arrays that no merged run holds. A metric may give some of its statistics for some answers alone: no error."""
    names, known = (
        {name for one in runs for name in one.rows.arrays if name.startswith(f"{id}/")} for runs in ((opened,), others)
    )
    more = sorted(name for name in names - known if not name.endswith(".lengths"))
    if more and known:
        detail = f"{', '.join(more[:4])}: no merged run holds such statistics; look whether the metric makes them"
        yield found("row-unknown", f"{schema.STATS}: {id}", detail, None)


def _form(array: Array) -> tuple[str, int, tuple[int, ...]]:
    return array.dtype.str, array.ndim, array.shape[1:]


def _tracks(opened: Opened, context: Context) -> Iterator[Finding]:
    """Speech and words of the real clips, drawn beside an answer, are the same for every seed and in every run."""
    runs = [one for one in context.others if one.results.benchmark.testset_sha256 == context.testset.sha256][:_MOST]
    first: dict[tuple[str, int], ItemRecord] = {}
    for record in (record for one in (*runs, opened) for record in one.items):
        place = key_of(record).place
        other = first.setdefault(place, record)
        for kind in ("timelines", "words"):
            a, b = getattr(other, kind), getattr(record, kind)
            for track in ("reference", "initiator"):
                if track in a and track in b and not _near(a[track], b[track]):
                    where = f"{schema.ITEMS}: {key_of(record)}"
                    yield found("real-differs", where, f"{kind} of the {track} are others than elsewhere", _AGAIN)


def _near(a: tuple[tuple[object, ...], ...], b: tuple[tuple[object, ...], ...]) -> bool:
    if len(a) != len(b):
        return False
    return all(
        abs(float(x[0]) - float(y[0])) <= 0.1 and abs(float(x[1]) - float(y[1])) <= 0.1 and x[2:] == y[2:]  # type: ignore[arg-type]
        for x, y in zip(a, b, strict=True)
    )
