"""One metric's rows to one `MetricResult`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from vidchatbench.engine.rows import Row
from vidchatbench.errors import NotReady, ReasonCode, Unscored
from vidchatbench.metric import Metric
from vidchatbench.results.names_only import names_only
from vidchatbench.results.schema import MetricResult
from vidchatbench.stats import Interval, bca_interval, influence_interval
from vidchatbench.types import NamedArrays

SEED = 20261120
"""Of all resampling: two runs of one version draw the same."""
RESAMPLES = 9999


def total(
    metric: Metric, rows: Sequence[Row], real: Sequence[Row], unready: NotReady | None, computation: Mapping[str, str]
) -> MetricResult:
    """Form the value, its interval and all that stands beside it. `rows` are in order of their keys."""
    counted, valid = _counted(rows), [row for row in rows if row.status == "ok"]
    stats, clusters = _stats(counted), [row.sample.item.source_video for row in counted]
    reason, remedy = _absence(metric, rows, counted, unready)
    defects: list[str] = []
    value = None
    if reason is None:
        value, reason = _sound(metric, defects, "total", lambda: _value(metric, stats))
    if value is not None:
        reason = _partial(rows)
    interval, why_not = None, reason
    if value is not None:
        interval, why_not = _interval(metric, value, stats, clusters, defects)
    valid_only = value
    if value is not None and len(valid) != len(counted):
        enough = len(valid) >= metric.card.min_n
        valid_only = _sound(metric, defects, "total", lambda: _value(metric, _stats(valid)))[0] if enough else None
    card = metric.card
    return MetricResult(
        value=value,
        ci95=_within(card.range, interval),
        signature=metric.signature(),
        unit=card.unit,
        direction=card.direction,
        reason=reason,
        remedy=remedy,
        version=card.version,
        family=card.family,
        title=card.title,
        meaning=card.meaning,
        source=card.source,
        licence=card.licence,
        fail_value=card.fail_value,
        range=card.range,
        value_valid_only=valid_only,
        beside=_beside(metric, stats, defects) if value is not None else {},
        se=interval.se if interval else None,
        ci_method=interval.method if interval else None,
        ci_reason=why_not,
        n_resamples=interval.n_resamples if interval else 0,
        real=_sound(metric, defects, "real clips' value", lambda: _real(metric, counted, real))[0],
        real_kind=card.real,
        computation=dict(computation),
        defects=tuple(defects),
        compared=card.compared,
        **_counts(rows),
    )


def unformed(metric: Metric, rows: Sequence[Row], said: MetricResult) -> MetricResult:
    """What `said` must be by rows of which the statistics are not there: for a metric that is not `submitted`.

    Only what takes the statistics is left as it is said: the value with its interval, the values beside it and the real
    clips'. Counts, and why there is no value or no interval, are formed anew. Where the rows cannot give a value, none
    is left.
    """
    absent = _absence(metric, rows, _counted(rows), None)[0]
    counts = _counts(rows)
    value = None if absent else said.value
    reason = absent or (said.reason if value is None else _partial(rows))
    why_not = reason if value is None else metric.no_interval(counts["n_clusters"])
    own = replace(
        said, value=value, value_valid_only=value, reason=reason, remedy=None, signature=metric.signature(), defects=(),
        real=None if metric.card.real == "none" or not counts["n"] else said.real,
        beside={} if value is None or type(metric).beside is Metric.beside else said.beside, **counts,
    )  # fmt: skip
    if why_not is None:
        return own
    return replace(own, ci95=None, se=None, ci_method=None, ci_reason=why_not, n_resamples=0)


def _counted(rows: Sequence[Row]) -> list[Row]:
    """Those that the value rests on: valid ones, also where their statistics are not there, and failures that count."""
    return [row for row in rows if row.status == "ok" or row.stats is not None]


def _lost(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row.status == "failed" and row.stats is None]


def _counts(rows: Sequence[Row]) -> dict[str, Any]:
    """The fields of a result that statuses and reasons decide."""
    counted, status = _counted(rows), Counter(row.status for row in rows)
    expected = len(rows) - status["excluded"]
    return {
        "n": len(counted), "expected": expected, "excluded": status["excluded"], "failed": status["failed"],
        "by_reason": dict(sorted(Counter(row.reason.code for row in rows if row.reason).items())),
        "valid_fraction": status["ok"] / expected if expected else None, "partial": bool(_lost(rows)),
        "n_clusters": len({row.sample.item.source_video for row in counted}),
    }  # fmt: skip


def _partial(rows: Sequence[Row]) -> str | None:
    """What a value does not rest on."""
    lost = _lost(rows)
    expected = sum(row.status != "excluded" for row in rows)
    why = Counter(row.reason.code for row in lost if row.reason)
    return f"partial: {len(lost)} of {expected} samples failed and cannot count ({_count(why)})" if lost else None


def _absence(
    metric: Metric, rows: Sequence[Row], counted: Sequence[Row], unready: NotReady | None
) -> tuple[str | None, str | None]:
    """Why there is no value, with the remedy."""
    if unready:
        return unready.cause, unready.remedy
    if not rows:
        tasks, protocols = (", ".join(sorted(names)) for names in (metric.card.tasks, metric.card.protocols))
        return f"it is for the tasks {tasks} under the protocols {protocols}: no sample of this run is such", None
    if all(row.status == "excluded" for row in rows):
        first = next(row.reason.detail for row in rows if row.reason)
        return f"the test set's own files cannot be measured with it: {first}", None
    if not counted:
        return f"no valid sample: {_count(Counter(row.reason.code for row in rows if row.reason))}", None
    if len(counted) < metric.card.min_n:
        return f"needs at least {metric.card.min_n} valid samples, has {len(counted)}", None
    return None, None


def _count(why: Mapping[ReasonCode, int]) -> str:
    return ", ".join(f"{n} {code}" for code, n in sorted(why.items()))


def _stats(rows: Sequence[Row]) -> list[NamedArrays]:
    return [row.stats for row in rows if row.stats is not None]


def _value(metric: Metric, stats: Sequence[NamedArrays]) -> float:
    """The total of once-counted rows."""
    return float(metric.total(stats, np.ones(len(stats))))


def _sound(
    metric: Metric, defects: list[str], what: str, compute: Callable[[], float | None]
) -> tuple[float | None, str | None]:
    """A finite number, or None with why; a defect is noted, and never ends the run."""
    try:
        value = compute()
    except Unscored as why:
        return None, why.detail
    except Exception as error:
        return None, _note(metric, defects, what, f"failed: {type(error).__name__}: {error}")
    if value is not None and not math.isfinite(value):
        return None, _note(metric, defects, what, f"is {value}")
    return value, None


def _note(metric: Metric, defects: list[str], what: str, how: str) -> str:
    defects.append(names_only(f"a defect of {metric.card.id}: its {what} {how}"))
    return defects[-1]


def _interval(
    metric: Metric, value: float, stats: Sequence[NamedArrays], clusters: Sequence[str], defects: list[str]
) -> tuple[Interval | None, str | None]:
    """The interval, and why there is none or what to know of it."""
    try:
        why_not = metric.no_interval(len(set(clusters)))
        if why_not is not None:
            return None, why_not
        influence = metric.influence(stats)
        if influence is not None:
            interval = influence_interval(value, influence, clusters)
        else:
            interval = bca_interval(
                lambda weights: metric.totals(stats, weights), clusters, n_resamples=RESAMPLES, seed=SEED
            )
    except Exception as error:
        return None, _note(metric, defects, "interval", f"failed: {type(error).__name__}: {error}")
    return interval, interval.reason


def _within(range_: tuple[float | None, float | None], interval: Interval | None) -> tuple[float, float] | None:
    """The interval's ends, no further out than the metric's values can be."""
    if interval is None or interval.low is None or interval.high is None:
        return None
    least, most = range_
    low = interval.low if least is None else max(interval.low, least)
    return low, interval.high if most is None else min(interval.high, most)


def _beside(metric: Metric, stats: Sequence[NamedArrays], defects: list[str]) -> dict[str, float]:
    try:
        values = sorted(metric.beside(stats, np.ones(len(stats))).items())
    except Exception as error:
        _note(metric, defects, "values beside it", f"failed: {type(error).__name__}: {error}")
        return {}
    found = {}
    for name, value in values:
        sound, _ = _sound(metric, defects, f"value {name}", partial(float, value))
        if sound is not None:
            found[name] = sound
    return found


def _real(metric: Metric, counted: Sequence[Row], real: Sequence[Row]) -> float | None:
    if metric.card.real == "halves" and counted:
        # A reference stands in the rows of every seed: copies of one in both halves would be no two samples of people.
        once = {row.sample.key.place: row for row in reversed(counted)}
        return metric.floor(_stats([once[place] for place in sorted(once)]), np.random.default_rng(SEED))
    if metric.card.real != "same_item":
        return None
    own = _stats([row for row in real if row.status == "ok"])
    return _value(metric, own) if own and len(own) >= metric.card.min_n else None
