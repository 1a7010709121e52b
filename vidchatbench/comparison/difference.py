"""The difference of one metric between two runs, from the rows that the runs left behind."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from vidchatbench.comparison.folder import RunFolder
from vidchatbench.comparison.schema import Difference, Obstacle
from vidchatbench.errors import DataError, Unscored
from vidchatbench.metric import Metric
from vidchatbench.stats import (
    Interval,
    SignFlip,
    difference_interval,
    influence_scores,
    jackknife_scores,
    sign_flip_test,
)
from vidchatbench.types import Array, Floats, NamedArrays

SEED = 20261120
"""Of all draws, as in totals."""
_SAME = 1e-6
"""Relative difference within which a total formed anew is the one in `results.json`: machines round otherwise."""
_MISSES = "none holds its level for the difference of two such distances (docs/compare.md)"
_AGAIN = "make the folder anew: vidchatbench eval --pred DIR --out DIR"


def difference(metric: Metric, a: RunFolder, b: RunFolder, blank: Difference) -> Difference:
    """`blank` with all that the rows say, or with the obstacle that they are."""
    try:
        return _difference(metric, a, b, blank)
    except DataError as error:
        return replace(blank, obstacle=Obstacle(what="rows", detail=str(error).split("\n")[0], remedy=error.remedy))
    except Unscored as why:
        return replace(blank, obstacle=Obstacle(what="rows", detail=why.detail, remedy=_AGAIN))
    except Exception as error:  # a metric is a third party's; its defect empties its own cell
        said = f"a defect of {metric.card.id}, or rows that are not its own: {type(error).__name__}: {error}"
        return replace(blank, obstacle=Obstacle(what="defect", detail=said, remedy=_AGAIN))


def _difference(metric: Metric, a: RunFolder, b: RunFolder, blank: Difference) -> Difference:
    rows = [run.rows.rows(metric.card.id) for run in (a, b)]
    for run, held in zip((a, b), rows, strict=True):
        if not metric.card.submitted and not held:
            said = f"submissions do not hold the rows of {metric.card.id}"
            raise DataError(said, where=run.path, remedy="compare the folders that vidchatbench eval wrote")
    if set(rows[0]) != set(rows[1]):
        odd = sorted(set(rows[0]) ^ set(rows[1]))
        raise DataError(f"{len(odd)} sample(s) count in one run alone, such as {odd[0]}", remedy=_AGAIN)
    keys = [key for key in a.sources if key in rows[0]]
    if len(keys) != len(rows[0]):
        raise DataError("its rows are of samples that items.jsonl.gz does not name", where=a.path, remedy=_AGAIN)
    first, other = ([found[key] for key in keys] for found in rows)
    for run, own, value in ((a, first, blank.first), (b, other, blank.other)):
        again = float(metric.total(own, np.ones(len(own)))) if own else math.nan
        if value is None or not math.isclose(again, value, rel_tol=_SAME, abs_tol=_SAME * metric.card.tolerance):
            said = f"its rows give {again:.6g}, results.json says {value:.6g}: the files are not of one run"
            raise DataError(said, where=run.path, remedy=_AGAIN)
    assert blank.first is not None and blank.other is not None
    labels, members = np.unique([a.sources[key] for key in keys], return_inverse=True)
    found = replace(blank, difference=blank.other - blank.first, n=len(keys), n_clusters=len(labels))
    if all(_equal(x, y) for x, y in zip(first, other, strict=True)):
        note = "both runs have the same rows"
        return replace(found, difference=0.0, ci95=(0.0, 0.0), p=1.0, null="mean", detectable=0.0, notes=(note,))
    interval, test, exchanged = _statistics(metric, first, other, members, len(labels))
    known = None if interval.low is None or interval.high is None else (interval.low, interval.high)
    return replace(
        found,
        ci95=known,
        ci_method=interval.method,
        ci_reason=interval.reason,
        p=test.p,
        p_reason=test.reason,
        null=None if test.p is None else "exchangeable" if exchanged else "mean",
        detectable=test.detectable,
    )


def _statistics(
    metric: Metric, first: list[NamedArrays], other: list[NamedArrays], members: Array, k: int
) -> tuple[Interval, SignFlip, bool]:
    """Interval, test, and whether the test is of exchangeability."""

    def totals(weights: Floats) -> Floats:
        return metric.totals(other, weights) - metric.totals(first, weights)

    pooled = metric.influence([*first, *other])
    if pooled is not None:
        without = _no_interval(metric.no_interval(k) or _MISSES, k)
        return without, sign_flip_test(influence_scores(pooled, members, k), seed=SEED), True
    scores = jackknife_scores(totals, members, k)
    why = metric.no_test()
    if why is None and not np.isfinite(scores).all():
        why = "leaving out one source video leaves the metric undefined"
    if why is not None:
        return _no_interval(why, k), SignFlip(p=None, detectable=None, n_clusters=k, reason=why), False
    interval, test = difference_interval(scores), sign_flip_test(scores, seed=SEED)
    why = metric.no_interval(k) or interval.reason or test.reason
    return interval if why is None else _no_interval(why, k), test, False


def _no_interval(why: str, k: int) -> Interval:
    return Interval(low=None, high=None, se=None, method=None, n_resamples=0, n_clusters=k, reason=why)


def _equal(x: NamedArrays, y: NamedArrays) -> bool:
    return x.keys() == y.keys() and all(np.array_equal(x[name], y[name]) for name in x)
