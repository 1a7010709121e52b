"""Runs against the first: each metric's difference, its interval and its test."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from threadpoolctl import threadpool_limits

from vidchatbench.comparison.difference import difference
from vidchatbench.comparison.folder import RunFolder, read_runs
from vidchatbench.comparison.obstacles import between_metrics, between_runs, computed_otherwise, notes_between
from vidchatbench.comparison.schema import ALPHA, Comparison, Difference, Pair
from vidchatbench.errors import UsageError
from vidchatbench.metric import Metric
from vidchatbench.registry import from_file
from vidchatbench.results import MetricResult
from vidchatbench.stats import holm
from vidchatbench.stats.sign_flip import MIN_MEAN

FAR = 2.5
"""How many times the noise floor one of two distances must be, for their test to hold its level (docs/compare.md)."""


def compare(first: Path, others: Iterable[Path], *, extra_metrics: Iterable[Metric | str] = ()) -> Comparison:
    """Compare finished runs with the first, sample by sample.

    Args:
        first: Results directory that the others are compared with.
        others: Results directories.
        extra_metrics: Metric objects, or `path/to/file.py:Name`, for results that hold such metrics.

    Returns:
        For every metric the difference, or why there is none; values that are not comparable are never subtracted.

    Raises:
        UsageError: Where a path is no folder, or there is nothing to compare with.
        DataError: Where a run's files are absent or damaged.
    """
    a, *rest = read_runs([first, *others])
    if not rest:
        raise UsageError("one run alone cannot be compared", remedy="vidchatbench compare A B")
    loaded = [from_file(spec) if isinstance(spec, str) else spec for spec in extra_metrics]
    extra = {metric.card.id: metric for metric in loaded}
    with threadpool_limits(limits=1):
        pairs = [_pair(a, b, extra) for b in rest]
    bench = a.results.benchmark
    return Comparison(first=a.name, testset=f"{bench.testset} {bench.version}", pairs=tuple(pairs))


def _pair(a: RunFolder, b: RunFolder, extra: dict[str, Metric]) -> Pair:
    obstacles, notes = between_runs(a, b), notes_between(a, b)
    if obstacles:
        return Pair(other=b.name, obstacles=tuple(obstacles), notes=notes, n_tests=0, differences={})
    ids = sorted({*a.results.metrics, *b.results.metrics})
    found = {}
    for id in ids:
        one, two = a.results.metrics.get(id), b.results.metrics.get(id)
        either = one or two
        assert either is not None
        blank = Difference(
            title=either.title, family=either.family, unit=either.unit, direction=either.direction,
            first=one.value if one else None, other=two.value if two else None,
        )  # fmt: skip
        obstacle, metric = between_metrics(a, b, id, extra)
        if metric is None or one is None or two is None:
            found[id] = replace(blank, obstacle=obstacle)
            continue
        found[id] = difference(metric, a, b, blank)
        otherwise = computed_otherwise(one, two)
        if otherwise and found[id].difference is not None:
            limit = f"{otherwise}; machines differ by up to {metric.card.tolerance:g}"
            found[id] = replace(found[id], notes=(*found[id].notes, limit))
            if abs(found[id].difference or 0.0) <= metric.card.tolerance:
                why = "the difference is no larger than machines make it"
                found[id] = replace(found[id], p=None, null=None, p_reason=why)
        found[id] = _limited(found[id], one, two)
    p = {id: one.p for id, one in found.items() if one.p is not None and one.detectable}
    adjusted = {id: 1.0 for id, one in found.items() if one.p is not None}  # where nothing differs, nothing is tested
    adjusted |= dict(zip(p, holm(list(p.values())), strict=True))
    judged = {id: _judged(one, adjusted.get(id)) for id, one in found.items()}
    return Pair(other=b.name, obstacles=(), notes=notes, n_tests=len(p), differences=judged)


def _limited(found: Difference, one: MetricResult, two: MetricResult) -> Difference:
    """Without what misses its level here, and with the null that holds."""
    if found.null != "mean" or not found.difference:
        return found
    if _near_floor(one) and _near_floor(two):
        why = f"neither is above {FAR:g} times the noise floor of real clips: there its level is missed"
        return replace(
            found, ci95=None, ci_method=None, ci_reason=why, p=None, null=None, detectable=None, p_reason=why
        )
    if found.n_clusters < MIN_MEAN:
        limit = f"below {MIN_MEAN} source videos the test says that two systems are not alike, and not which is better"
        return replace(found, null="exchangeable", notes=(*found.notes, limit))
    return found


def _near_floor(result: MetricResult) -> bool:
    """Whether much of a distance is bias, which has a kink where a system is as people are."""
    known = result.real_kind == "halves" and result.real is not None and result.value is not None
    return known and (result.value or 0.0) <= FAR * (result.real or 0.0)


def _judged(one: Difference, p_holm: float | None) -> Difference:
    """With the verdict: a test of exchangeability says that two systems are not alike, and not which is nearer."""
    if p_holm is None or not one.difference or p_holm > ALPHA:
        return replace(one, p_holm=p_holm)
    if one.null == "exchangeable":
        return replace(one, p_holm=p_holm, verdict="differ")
    better = (one.difference > 0) == (one.direction == "higher")
    return replace(one, p_holm=p_holm, verdict="other" if better else "first")
