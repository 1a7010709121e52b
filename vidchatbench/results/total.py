"""One metric's rows to one `MetricResult`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.engine.rows import Row
from vidchatbench.errors import NotReady, ReasonCode
from vidchatbench.metric import Metric
from vidchatbench.results.schema import MetricResult
from vidchatbench.stats import bca_interval
from vidchatbench.types import NamedArrays

SEED = 20261120
"""Of all resampling: two runs of one version draw the same."""
RESAMPLES = 9999


def total(
    metric: Metric, rows: Sequence[Row], real: Sequence[Row], unready: NotReady | None, computation: Mapping[str, str]
) -> MetricResult:
    """Form the value, its interval and all that stands beside it. `rows` are in order of their keys."""
    counted = [row for row in rows if row.stats is not None]
    valid = [row for row in rows if row.status == "ok"]
    failed = [row for row in rows if row.status == "failed"]
    excluded = [row for row in rows if row.status == "excluded"]
    expected = len(rows) - len(excluded)
    stats, clusters = _stats(counted), [row.sample.item.source_video for row in counted]
    reason, remedy = _absence(metric, rows, counted, valid, unready)
    value = None if reason else _value(metric, stats)
    lost = [row for row in failed if row.stats is None]
    if value is not None and lost:
        why = Counter(row.reason.code for row in lost if row.reason)
        reason = f"partial: {len(lost)} of {expected} samples failed and cannot count ({_count(why)})"
    interval = None
    why_not = reason if value is None else metric.no_interval(len(set(clusters)))
    if value is not None and why_not is None:
        interval = bca_interval(
            lambda weights: metric.totals(stats, weights), clusters, n_resamples=RESAMPLES, seed=SEED
        )
        why_not = interval.reason
    card = metric.card
    return MetricResult(
        value=value,
        n=len(counted),
        ci95=(interval.low, interval.high)
        if interval and interval.low is not None and interval.high is not None
        else None,
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
        expected=expected,
        excluded=len(excluded),
        failed=len(failed),
        by_reason=dict(sorted(Counter(row.reason.code for row in rows if row.reason).items())),
        valid_fraction=len(valid) / expected if expected else None,
        value_valid_only=_value(metric, _stats(valid)) if value is not None and len(valid) >= card.min_n else None,
        partial=bool(lost),
        beside=_beside(metric, stats) if value is not None else {},
        se=interval.se if interval else None,
        ci_method=interval.method if interval and interval.low is not None else None,
        ci_reason=why_not,
        n_resamples=interval.n_resamples if interval else 0,
        n_clusters=len(set(clusters)),
        real=_real(metric, stats, real),
        real_kind=card.real,
        computation=dict(computation),
    )


def _absence(
    metric: Metric, rows: Sequence[Row], counted: Sequence[Row], valid: Sequence[Row], unready: NotReady | None
) -> tuple[str | None, str | None]:
    """Why there is no value, with the remedy."""
    if unready:
        return unready.cause, unready.remedy
    if not rows:
        return f"no sample of this run has one of its tasks ({', '.join(sorted(metric.card.tasks))})", None
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
    """The total of once-counted rows.

    Raises:
        ArithmeticError: Where a metric's total is not a finite number, which is a defect of the metric.
    """
    value = float(metric.total(stats, np.ones(len(stats))))
    if not math.isfinite(value):
        raise ArithmeticError(f"{metric.card.id}: the total over {len(stats)} rows is {value}")
    return value


def _beside(metric: Metric, stats: Sequence[NamedArrays]) -> dict[str, float]:
    values = metric.beside(stats, np.ones(len(stats)))
    return {name: float(value) for name, value in sorted(values.items()) if math.isfinite(value)}


def _real(metric: Metric, stats: Sequence[NamedArrays], real: Sequence[Row]) -> float | None:
    if metric.card.real == "halves" and stats:
        floor = metric.floor(stats, np.random.default_rng(SEED))
        return floor if floor is None or math.isfinite(floor) else None
    if metric.card.real != "same_item":
        return None
    own = _stats([row for row in real if row.status == "ok"])
    return _value(metric, own) if own and len(own) >= metric.card.min_n else None
