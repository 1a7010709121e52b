"""What differs between two results, and whether it forbids to compare them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from vidchatbench.comparison.folder import RunFolder
from vidchatbench.comparison.schema import Obstacle
from vidchatbench.metric import Metric
from vidchatbench.registry import Entry, entries
from vidchatbench.results import MetricResult

_AGAIN = "vidchatbench eval --pred DIR"
_MOST = 4


def between_runs(a: RunFolder, b: RunFolder) -> list[Obstacle]:
    """Why two runs as a whole may not be compared."""
    return list(_between_runs(a, b))


def _between_runs(a: RunFolder, b: RunFolder) -> Iterator[Obstacle]:
    one, two = a.results.benchmark, b.results.benchmark
    cut = [run.name for run in (a, b) if run.results.benchmark.limited]
    if cut and (one.testset, one.version, one.n_items) != (two.testset, two.version, two.n_items):
        yield Obstacle(
            what="samples",
            detail=f"{' and '.join(cut)} cut the test set by --limit: {a.name} has {one.n_items} items, "
            f"{b.name} has {two.n_items}",
            remedy=f"score both without --limit, or with the same one: {_AGAIN}",
        )
        return
    if one.testset_sha256 != two.testset_sha256:
        said = [f"{bench.testset} {bench.version} ({bench.testset_sha256[:12]})" for bench in (one, two)]
        yield Obstacle(
            what="test set",
            detail=f"{a.name} was scored on {said[0]}, {b.name} on {said[1]}",
            remedy=f"score both on one test set: {_AGAIN} --testset {one.testset}",
        )
        return
    if one.protocol != two.protocol:
        yield Obstacle(
            what="protocol",
            detail=f"{a.name} answered under {one.protocol!r}, {b.name} under {two.protocol!r}",
            remedy="compare answers that were made under one protocol",
        )
    only = [sorted(set(x.sources) - set(y.sources)) for x, y in ((a, b), (b, a))]
    for run, keys in ((a, only[0]), (b, only[1])):
        if keys:
            yield Obstacle(
                what="samples",
                detail=f"only {run.name} has {_some(keys)} ({len(keys)} of its {len(run.sources)} samples)",
                remedy="make and score both with the same seeds",
            )
    moved = sorted(key for key, source in a.sources.items() if b.sources.get(key, source) != source)
    if moved:
        yield Obstacle(
            what="source videos",
            detail=f"the runs name different source videos for {_some(moved)}: one of them is not of this test set",
            remedy=f"make both folders anew: {_AGAIN}",
        )


def between_metrics(
    a: RunFolder, b: RunFolder, id: str, extra: Mapping[str, Metric]
) -> tuple[Obstacle | None, Metric | None]:
    """Why one metric may not be compared; else the metric."""
    one, two = a.results.metrics.get(id), b.results.metrics.get(id)
    if one is None or two is None:
        has, lacks = (b, a) if one is None else (a, b)
        return Obstacle(
            what="absent", detail=f"only {has.name} has it", remedy=f"{_AGAIN} --metrics {id}, for {lacks.name}"
        ), None
    if one.signature != two.signature:
        return Obstacle(
            what="signature",
            detail=f"it is not the same number: {_parts(one.signature, two.signature)}",
            remedy=f"score both with one version of vidchatbench and the same weights: {_AGAIN} --metrics {id}",
        ), None
    for run, result in ((a, one), (b, two)):
        why = _unsound(run, result)
        if why is not None:
            return why, None
    return _installed(id, one.signature, extra)


def _unsound(run: RunFolder, result: MetricResult) -> Obstacle | None:
    if result.value is None:
        return Obstacle(what="no value", detail=f"{run.name}: {result.reason}", remedy=result.remedy)
    if result.defects or "error" in result.by_reason:
        why = "; ".join(result.defects) or f"{result.by_reason['error']} row(s) failed by a defect of the metric"
        return Obstacle(what="defect", detail=f"{run.name}: {why}", remedy=f"run it again: {_AGAIN}")
    if result.partial:
        remedy = "answer all samples, so that both values rest on the same ones"
        return Obstacle(what="partial", detail=f"{run.name}: {result.reason}", remedy=remedy)
    return None


def _installed(id: str, signature: str, extra: Mapping[str, Metric]) -> tuple[Obstacle | None, Metric | None]:
    entry = entries().get(id, Entry(id=id, source="", metric=None, error="nothing installed brings it"))
    metric = extra.get(id) or entry.metric
    if metric is None:
        remedy = "install what brings it, or name its file: --metric FILE.py:NAME"
        return Obstacle(
            what="not installed", detail=f"its total cannot be formed here: {entry.error}", remedy=remedy
        ), None
    if metric.signature() != signature:
        return Obstacle(
            what="signature",
            detail=f"the metric installed here is another: {_parts(signature, metric.signature())}",
            remedy=f"score both here ({_AGAIN} --metrics {id}), or compare with the version that scored them",
        ), None
    return None, metric


def notes_between(a: RunFolder, b: RunFolder) -> tuple[str, ...]:
    """What differs between two runs and forbids nothing."""
    found = []
    if a.results.benchmark.limited or b.results.benchmark.limited:
        found.append("rehearsal: --limit cut the test set, so these numbers are not a result")
    if a.results.harness.version != b.results.harness.version:
        found.append(f"harness: vidchatbench {a.results.harness.version} and {b.results.harness.version}")
    changed = [
        f"{name} {a.environment.get(name, 'absent')} and {b.environment.get(name, 'absent')}"
        for name in sorted({*a.environment, *b.environment})
        if a.environment.get(name) != b.environment.get(name)
    ]
    if a.environment and b.environment and changed:
        found.append(f"environment: {_some(changed)}")
    return tuple(found)


def computed_otherwise(one: MetricResult, two: MetricResult) -> str | None:
    """How the features of two comparable values were computed, where that differs."""
    names = sorted({*one.computation, *two.computation})
    changed = [name for name in names if one.computation.get(name) != two.computation.get(name)]
    if not changed:
        return None
    name = changed[0].split("|")[0]
    return f"computed otherwise: {name} by {one.computation.get(changed[0])} and by {two.computation.get(changed[0])}"


def _parts(one: str, two: str) -> str:
    """The parts of two signatures that differ."""
    left, right = one.split("|"), two.split("|")
    only = [[part for part in x if part not in y] for x, y in ((left, right), (right, left))]
    return " and ".join(_some(parts) if parts else "nothing" for parts in only)


def _some(words: list[str]) -> str:
    more = f" and {len(words) - _MOST} more" if len(words) > _MOST else ""
    return ", ".join(words[:_MOST]) + more
