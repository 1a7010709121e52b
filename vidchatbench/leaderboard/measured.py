"""What one run has on one board, whoever else is there: values, scores, and both without each source video."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

import vidchatbench
from vidchatbench.engine.cache import Cache, digest
from vidchatbench.leaderboard.anchors import anchored
from vidchatbench.leaderboard.schema import Anchor
from vidchatbench.leaderboard.task_rows import TaskRows, counted, mass
from vidchatbench.metric import Metric
from vidchatbench.results import MetricResult
from vidchatbench.results.total import RESAMPLES, SEED
from vidchatbench.stats.bca import MIN_CLUSTERS, bca_from
from vidchatbench.stats.resample import cluster_resamples
from vidchatbench.types import Floats, NamedArrays


@dataclass(frozen=True, kw_only=True)
class Statistic:
    """A number of a system, and what it is without each source video."""

    whole: float
    without: Floats
    """(k,); NaN where leaving a source out leaves it undefined."""
    share: Floats
    """(k,): each source's share of the rows."""

    @property
    def scores(self) -> Floats:
        """What each source adds to it, (k,), as `stats.jackknife_scores` has it: they add up to the whole."""
        scores = self.share * self.whole + (1 - self.share) * (self.whole - self.without)
        return np.asarray(scores + (self.whole - scores.sum()) / len(scores))


@dataclass(frozen=True, kw_only=True)
class Scored:
    """The score of a dimension, or the overall one."""

    statistic: Statistic
    ci95: tuple[float, float] | None


@dataclass(frozen=True, kw_only=True)
class Measured:
    """All that a board needs of a run, and that no other run changes."""

    sources: tuple[str, ...]
    seeds: tuple[int, ...]
    coverage: tuple[int, int]
    results: Mapping[str, MetricResult]
    seed_values: Mapping[str, tuple[float, ...]]
    statistics: Mapping[str, Statistic]
    """Of metrics that have a value and a test of which is better."""
    absent: Mapping[str, str]
    """Metrics without a result of their own, and why."""
    dimensions: Mapping[str, Scored]
    """Those of which every member has a value."""
    overall: Scored | None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be measured."""

    metrics: Mapping[str, Metric]
    dimensions: Mapping[str, tuple[str, ...]]
    """Members with an anchor."""
    anchors: Mapping[str, Anchor]
    tested: frozenset[str]
    """Metrics for which a paired test tells which of two systems is better."""
    counted: tuple[str, ...]
    """The dimensions of the overall score."""

    def has_test(self, *dimensions: str) -> bool:
        """Whether all members of all these dimensions have a test."""
        return all(set(self.dimensions[name]) <= self.tested for name in dimensions)


def measure(rows: TaskRows, plan: Plan, files: Mapping[str, str], task: str, cache: Cache | None = None) -> Measured:
    """Measure a run, or take it from the cache, where it lies by the digests of its `files` and of all that counts."""
    key = digest(
        {
            "files": dict(files),
            "task": task,
            "dimensions": {name: list(members) for name, members in plan.dimensions.items()},
            "anchors": {id: asdict(anchor) for id, anchor in plan.anchors.items()},
            "tested": sorted(plan.tested),
            "counted": plan.counted,
            "metrics": {id: [metric.signature(), _code(type(metric))] for id, metric in plan.metrics.items()},
            "code": _code(Metric),
            "numpy": np.__version__,
        }
    )
    stored = cache.get(key) if cache else None
    if stored is not None:
        return _unpack(stored)
    found = _measure(rows, plan)
    if cache:
        cache.put(key, _pack(found))
    return found


def _measure(rows: TaskRows, plan: Plan) -> Measured:
    sources = rows.sources
    results: dict[str, MetricResult] = {}
    absent: dict[str, str] = {}
    seed_values: dict[str, tuple[float, ...]] = {}
    statistics: dict[str, Statistic] = {}
    drawn = _Resamples(len(sources))
    lines: dict[str, Floats] = {}
    members = {id for name in plan.dimensions if plan.has_test(name) for id in plan.dimensions[name]}
    for id, metric in plan.metrics.items():
        why = rows.foreign(metric)
        if why is not None:
            absent[id] = why
            continue
        own = rows.rows(metric)
        results[id] = result = rows.result(metric, own)
        if result.value is None:
            continue
        seed_values[id] = tuple(rows.seed_values(metric, own) or ())
        if id not in plan.tested or result.partial:
            continue
        stats, from_source = counted(own)
        place = np.searchsorted(sources, from_source)
        without = _totals(metric, stats, (place[None, :] != np.arange(len(sources))[:, None]) * 1.0)
        if id in members and len(sources) >= MIN_CLUSTERS:
            lines[id] = np.concatenate([_totals(metric, stats, block[:, place]) for block in drawn.blocks()])
        statistics[id] = Statistic(whole=result.value, without=without, share=mass(sources, from_source))
    share = mass(sources, [record.source_video for record in rows.records])
    dimensions, overall = _scores(plan, results, statistics, lines, share)
    ok = sum(record.status == "ok" for record in rows.records)
    return Measured(
        sources=sources, seeds=rows.seeds, coverage=(ok, len(rows.records)), results=results, seed_values=seed_values,
        statistics=statistics, absent=absent, dimensions=dimensions, overall=overall,
    )  # fmt: skip


def _totals(metric: Metric, stats: Sequence[NamedArrays], weights: Floats) -> Floats:
    """The metric's totals; NaN where there are none."""
    try:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(metric.totals(stats, weights), dtype=np.float64)
    except Exception:  # a metric is a third party's, and a line may leave its total undefined
        return np.full(len(weights), np.nan)


def _scores(
    plan: Plan,
    results: Mapping[str, MetricResult],
    statistics: Mapping[str, Statistic],
    lines: Mapping[str, Floats],
    share: Floats,
) -> tuple[dict[str, Scored], Scored | None]:
    """The dimensions whose members all have a value, and the overall score where none of its dimensions is absent."""
    k = len(share)
    found: dict[str, Scored] = {}
    drawn: dict[str, Floats] = {}
    for name, members in plan.dimensions.items():
        values = {id: results[id].value for id in members if id in results and not results[id].partial}
        if len(values) < len(members) or any(value is None for value in values.values()):
            continue
        whole = float(np.mean([anchored(np.array(float(values[id] or 0.0)), plan.anchors[id]) for id in members]))
        if not plan.has_test(name):
            statistic = Statistic(whole=whole, without=np.full(k, np.nan), share=share)
            found[name] = Scored(statistic=statistic, ci95=None)
            continue
        without = np.mean([anchored(statistics[id].without, plan.anchors[id]) for id in members], axis=0)
        if all(id in lines for id in members):
            drawn[name] = np.mean([anchored(lines[id], plan.anchors[id]) for id in members], axis=0)
        found[name] = _scored(Statistic(whole=whole, without=without, share=share), drawn.get(name), k)
    if not plan.counted or any(name not in found for name in plan.counted):
        return found, None
    overall = float(overall_score(np.array([[found[name].statistic.whole] for name in plan.counted]))[0])
    without = overall_score(np.array([found[name].statistic.without for name in plan.counted]))
    resampled = None
    if set(plan.counted) <= set(drawn):
        resampled = overall_score(np.array([drawn[name] for name in plan.counted]))
    return found, _scored(Statistic(whole=overall, without=without, share=share), resampled, k)


def overall_score(dimensions: Floats) -> Floats:
    """Half the mean and half the minimum over dimensions, (D, n) to (n,): who fails in one cannot win."""
    return np.asarray(0.5 * dimensions.mean(axis=0) + 0.5 * dimensions.min(axis=0))


def _scored(statistic: Statistic, resampled: Floats | None, k: int) -> Scored:
    if resampled is None:
        return Scored(statistic=statistic, ci95=None)
    interval = bca_from(statistic.whole, resampled, lambda: statistic.without, k)
    known = None if interval.low is None or interval.high is None else (interval.low, interval.high)
    return Scored(statistic=statistic, ci95=known)


class _Resamples:
    """The resamples of k sources, drawn once for all metrics of a run."""

    def __init__(self, k: int) -> None:
        self._k = k
        self._blocks: list[Floats] | None = None

    def blocks(self) -> Sequence[Floats]:
        """Multiplicities of the sources, in blocks of (b, k)."""
        if self._blocks is None:
            self._blocks = list(cluster_resamples(np.arange(self._k), self._k, RESAMPLES, SEED))
        return self._blocks


@cache
def _code(cls: type) -> str:
    """Digest of all Python files of the package, or of the file, that a class stands in."""
    name = cls.__module__.partition(".")[0]
    top = Path(sys.modules[name].__file__ or "")
    total = hashlib.sha256(vidchatbench.__version__.encode())
    for path in sorted(top.parent.rglob("*.py")) if top.name == "__init__.py" else [top]:
        total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()


def _pack(found: Measured) -> dict[str, Floats]:
    arrays: dict[str, Floats] = {}
    for kind, statistics in (
        ("metric", found.statistics),
        ("dimension", {name: one.statistic for name, one in found.dimensions.items()}),
        ("overall", {"": found.overall.statistic} if found.overall else {}),
    ):
        for name, one in statistics.items():
            arrays[f"{kind}/{name}"] = np.array([np.full(len(one.share), one.whole), one.without, one.share])
    head = {
        "sources": found.sources, "seeds": found.seeds, "coverage": found.coverage, "absent": dict(found.absent),
        "results": {id: asdict(one) for id, one in found.results.items()},
        "seed_values": dict(found.seed_values),
        "ci": {name: one.ci95 for name, one in found.dimensions.items()},
        "overall_ci": found.overall.ci95 if found.overall else None,
    }  # fmt: skip
    arrays["head"] = np.frombuffer(json.dumps(head).encode(), np.uint8)
    return arrays


def _unpack(arrays: Mapping[str, Floats]) -> Measured:
    head = json.loads(arrays["head"].tobytes())

    def statistics(kind: str) -> dict[str, Statistic]:
        named = {name.partition("/")[2]: array for name, array in arrays.items() if name.startswith(f"{kind}/")}
        return {n: Statistic(whole=float(a[0, 0]), without=a[1], share=a[2]) for n, a in named.items()}

    def scored(statistic: Statistic, ends: list[float] | None) -> Scored:
        return Scored(statistic=statistic, ci95=(ends[0], ends[1]) if ends else None)

    results = TypeAdapter(dict[str, MetricResult]).validate_python(head["results"])
    whole = statistics("overall").get("")
    return Measured(
        sources=tuple(head["sources"]), seeds=tuple(head["seeds"]), coverage=tuple(head["coverage"]),
        results=results, seed_values={id: tuple(values) for id, values in head["seed_values"].items()},
        statistics=statistics("metric"), absent=head["absent"],
        dimensions={n: scored(one, head["ci"][n]) for n, one in statistics("dimension").items()},
        overall=scored(whole, head["overall_ci"]) if whole else None,
    )  # fmt: skip
