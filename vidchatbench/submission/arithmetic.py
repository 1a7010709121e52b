"""Level 1: every number formed anew from the rows, by the installed metrics, and compared."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from threadpoolctl import threadpool_limits

from vidchatbench.engine.rows import Row
from vidchatbench.errors import MediaError
from vidchatbench.metric import Metric
from vidchatbench.registry import Entry, select
from vidchatbench.results import ItemRecord
from vidchatbench.results.build import coverage, first_error, item_record, whole
from vidchatbench.results.total import total, unformed
from vidchatbench.submission import schema
from vidchatbench.submission.codes import found
from vidchatbench.submission.context import Context
from vidchatbench.submission.finding import Finding, NotChecked
from vidchatbench.submission.media_facts import check_media_facts
from vidchatbench.submission.opened import Opened
from vidchatbench.submission.real_side import check_real_side
from vidchatbench.submission.rebuild import Rebuilt, rebuild

RELATIVE, ABSOLUTE = 1e-6, 1e-9
"""How far a number may be from the one formed here: two machines add up in another order."""
_FREE: Final = ("computation",)
"""Fields of a metric's result that nothing here can tell: how its features were computed."""
ONLY_ANSWERS_TELL: Final = NotChecked(
    what="whether the rows are what the answers give: each metric's statistics, the fingerprints, the digests",
    why="only the answers themselves can show it (level 3)",
)
NO_ROWS: Final = (
    "a submission does not hold their rows, which are too large: only scoring all answers again gives them "
    "(vidchatbench eval)"
)
_AGAIN: Final = "score the outputs again and pack that run: vidchatbench eval --pred OUTPUTS, vidchatbench submit RUN"


def check_arithmetic(opened: Opened, context: Context) -> tuple[list[Finding], list[NotChecked]]:
    """All findings of level 1. Expects that level 0 found nothing."""
    chosen = select(context.testset.info.profile, None, (), ())
    metrics = {id: metric for id, metric in chosen.items() if not isinstance(metric, Entry)}
    built = rebuild(opened, context, metrics)
    findings = [*built.findings, *check_media_facts(opened, built.samples)]
    if findings:
        return findings, built.not_checked
    findings += _lines(opened, built, metrics)
    findings += _counts(opened)
    with threadpool_limits(limits=1):
        for id, metric in metrics.items():
            findings += _total(opened, metric, built.rows[id])
    without = sorted(id for id, metric in metrics.items() if not metric.card.submitted)
    if without:
        built.not_checked.append(NotChecked(what=f"the values of {', '.join(without)}", why=NO_ROWS))
    beside, unseen = check_real_side(opened, context, metrics, built)
    return findings + beside, [*built.not_checked, *unseen, ONLY_ANSWERS_TELL]


def _total(opened: Opened, metric: Metric, rows: Sequence[Row]) -> Iterator[Finding]:
    id = metric.card.id
    said, where = opened.results.metrics[id], f"{schema.RESULTS}: {id}"
    try:
        held = metric.card.submitted
        own = total(metric, rows, (), None, said.computation) if held else unformed(metric, rows, said)
    except Exception as error:
        yield found("metric-failed", where, f"{type(error).__name__}: {error}", _AGAIN)
        return
    if own.defects:
        yield found("metric-failed", where, "; ".join(own.defects), _AGAIN)
        return
    skip = {*_FREE, *(("real",) if metric.card.real == "same_item" else ())}
    apart = list(_apart(asdict(said), asdict(own), skip))
    if apart:
        yield found("total-differs", where, _told(apart), _AGAIN)


def _lines(opened: Opened, built: Rebuilt, metrics: Mapping[str, Metric]) -> Iterator[Finding]:
    rows: dict[str, dict[str, Row]] = {}
    for id, of_metric in sorted(built.rows.items()):
        for row in of_metric:
            rows.setdefault(str(row.sample.key), {})[id] = row
    for sample, record in zip(built.samples, opened.items, strict=True):
        where, mine = f"{schema.ITEMS}: {sample.key}", rows.get(str(sample.key), {})
        problem = _problem(record, mine)
        if problem is None and record.output is None:
            yield found("item-differs", where, "it has no output, and no reason of the form `code: detail`", _AGAIN)
            continue
        if record.output is None:
            fine = [id for id, row in mine.items() if row.status == "ok"]
            if fine:
                detail = f"it has no usable answer ({record.reason}), and yet {', '.join(fine[:3])} measured one"
                yield found("item-differs", where, detail, _AGAIN)
        own = item_record(sample, mine, (), metrics, output=record.output, problem=problem)
        apart = list(_apart(_without_real_tracks(record, own), asdict(own), set()))
        if apart:
            yield found("item-differs", where, _told(apart), _AGAIN)


def _problem(record: ItemRecord, mine: Mapping[str, Row]) -> MediaError | None:
    """Why the answer cannot be used. What to do about it is in no row, and is taken as it stands."""
    if record.output is not None:
        error = first_error(mine)
        return error and MediaError(error.code, error.cause, remedy=record.remedy)
    code, sign, cause = (record.reason or "").partition(": ")
    return MediaError(code, cause, remedy=record.remedy) if sign else None  # type: ignore[arg-type]


def _without_real_tracks(record: ItemRecord, own: ItemRecord) -> dict[str, Any]:
    """The line without tracks that only the real clips' own rows give: `check_real_side` looks at these."""
    plain = asdict(record)
    for kind in ("timelines", "words"):
        rebuilt = getattr(own, kind)
        plain[kind] = {
            name: track
            for name, track in plain[kind].items()
            if name in rebuilt or name not in ("reference", "initiator")
        }
    return plain


def _counts(opened: Opened) -> Iterator[Finding]:
    results = opened.results
    apart = list(_apart(asdict(results.coverage), asdict(coverage(opened.items)), set()))
    complete = all(whole(result) for result in results.metrics.values())
    if results.complete != complete:
        apart.append(f"complete is {results.complete}, the metrics give {complete}")
    if apart:
        yield found("coverage-differs", f"{schema.RESULTS}: coverage", _told(apart), _AGAIN)


def _apart(said: Any, own: Any, skip: set[str], name: str = "") -> Iterator[str]:
    """Where two plain values differ, in words."""
    if isinstance(said, Mapping) and isinstance(own, Mapping):
        for key in sorted(said.keys() | own.keys()):
            if key in skip:
                continue
            here = f"{name}.{key}" if name else str(key)
            if key not in said or key not in own:
                yield f"{here} is {'missing' if key not in said else 'more than there is'}"
            else:
                yield from _apart(said[key], own[key], set(), here)
    elif isinstance(said, list | tuple) and isinstance(own, list | tuple):
        if len(said) != len(own):
            yield f"{name} has {len(said)} entries, formed anew {len(own)}"
        for k, (a, b) in enumerate(zip(said, own, strict=False)):
            yield from _apart(a, b, set(), f"{name}.{k}")
    elif not close(said, own):
        yield f"{name} is {said!r}, formed anew {own!r}"


def close(said: Any, own: Any) -> bool:
    """Whether two plain values are the same, numbers within what machines differ by."""
    numbers = [one for one in (said, own) if isinstance(one, int | float) and not isinstance(one, bool)]
    if len(numbers) < 2:
        return type(said) is type(own) and bool(said == own)
    return math.isclose(said, own, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def _told(apart: Sequence[str]) -> str:
    return "; ".join(apart[:4]) + (f"; and {len(apart) - 4} more" if len(apart) > 4 else "")
