"""`vidchatbench.evaluate`: the main job, from a test set and an outputs folder to results."""

from __future__ import annotations

import os
import platform
import resource
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path

from vidchatbench import __version__
from vidchatbench.engine.cache import Cache
from vidchatbench.engine.evaluate import Evaluation, Plan
from vidchatbench.engine.evaluate import evaluate as run_plan
from vidchatbench.engine.graph import Graph
from vidchatbench.engine.pool import Pool
from vidchatbench.engine.verify import Scope, scorable
from vidchatbench.errors import NotReady, UsageError
from vidchatbench.feature import On
from vidchatbench.metric import Metric
from vidchatbench.registry import Entry, from_file, ready, select
from vidchatbench.results import ItemRecord, Results, build_results, read_results, write_results
from vidchatbench.results.schema import MetricResult
from vidchatbench.testset import Outputs, TestSet, available, load_testset, read_outputs
from vidchatbench.testset.reference_features import ReferenceFeatures
from vidchatbench.testset.timeline import need_timeline
from vidchatbench.testset.verify import check_media


def _quiet(done: int, total: int, what: str) -> None:
    pass


@dataclass(frozen=True, kw_only=True)
class Run:
    """What `evaluate` returns: the results, the samples' lines, and where the files are."""

    results: Results
    items: Sequence[ItemRecord]
    out: Path | None


def evaluate(
    pred: str | Path,
    *,
    testset: str | Path | None = None,
    profile: str | None = None,
    metrics: Iterable[str] | None = None,
    exclude: Iterable[str] = (),
    extra_metrics: Iterable[Metric | str] = (),
    out: str | Path | None = None,
    workers: int | None = None,
    limit: int | None = None,
    device: str = "cpu",
    allow_missing_media: bool = False,
    overwrite: bool = False,
    progress: Callable[[int, int, str], None] = _quiet,
) -> Run:
    """Score a folder of outputs.

    Args:
        pred: The folder with one media file per sample.
        testset: Name or folder; by default the one that the outputs' manifest names.
        profile: A named set of metrics; by default the test set's.
        metrics: Ids or families to compute instead of the profile's.
        exclude: Ids or families to leave out.
        extra_metrics: Metric objects, or `path/to/file.py:Name`.
        out: Results directory; None writes nothing.
        workers: Processes; by default one per core. 0 computes in this process.
        limit: Only the first so many items: a rehearsal.
        device: Where features that can choose run: `cpu`, `cuda`, `cuda:1`.
        allow_missing_media: Score the items whose media are here and right, re-encoded copies of the locked content
            among them. Such a result names them, and is not ranked.
        overwrite: Replace results of another run in `out`.
        progress: Called with nodes done, nodes in all, and the file that was done last.

    Returns:
        The results, also where single files or metrics failed: the reasons stand in them.

    Raises:
        UsageError: Where an argument names something that there is not.
        DataError: Where the test set or the outputs' manifest is not usable as a whole.
        VidChatBenchError: Where the cache or `out` cannot be written.
    """
    started = datetime.now(UTC)
    clock = time.perf_counter()
    n = workers if workers is not None else os.cpu_count() or 1
    plan, broken, used_profile, files, scope = prepare(
        pred, testset=testset, profile=profile, metrics=metrics, exclude=exclude, extra_metrics=extra_metrics,
        limit=limit, device=device, with_strips=out is not None, allow_missing_media=allow_missing_media, workers=n,
    )  # fmt: skip
    folder = Path(out) if out is not None else None
    if folder is not None and not overwrite:
        _mine(folder, plan)
    with Pool(n, files) as pool:
        evaluation = run_plan(plan, Cache(), pool, progress)
    results, items = build_results(
        evaluation, plan.metrics, broken, testset=plan.testset, outputs=plan.outputs, profile=used_profile,
        limited=limit is not None, scope=scope,
    )  # fmt: skip
    if folder is not None:
        took = time.perf_counter() - clock
        write_results(folder, results, items, evaluation.rows, _run(started, took, evaluation, plan, n))
        from vidchatbench.report.exhibits import strips
        from vidchatbench.report.html import write_report

        write_report(folder / "report.html", results, items, strips(evaluation.extras))
    return Run(results=results, items=items, out=folder)


def prepare(
    pred: str | Path,
    *,
    testset: str | Path | None,
    profile: str | None,
    metrics: Iterable[str] | None,
    exclude: Iterable[str],
    extra_metrics: Iterable[Metric | str],
    limit: int | None,
    device: str,
    with_strips: bool,
    allow_missing_media: bool,
    workers: int,
) -> tuple[Plan, dict[str, MetricResult], str, list[Path], Scope]:
    """The plan of a run, the metrics that cannot be loaded, the profile, workers' plugin files, and what is scored.

    The profile is `custom` where metrics were picked or left out.
    """
    outputs = read_outputs(Path(pred))
    chosen = find_testset(outputs, testset)
    stored = ReferenceFeatures.of(chosen.root)
    need_timeline(chosen)
    scope = Scope(whole=chosen, testset=chosen)
    if allow_missing_media:
        with Pool(workers) as pool:
            scope = scorable(chosen, pool, may_be_absent=bool(stored))
        chosen = scope.testset
    else:
        check_media(chosen, may_be_absent=bool(stored))
    if limit is not None:
        if limit < 1:
            raise UsageError(f"--limit {limit}: at least one item is needed")
        chosen = replace(chosen, items=chosen.items[:limit])
    extra = list(extra_metrics)
    files = [Path(spec.rpartition(":")[0]).expanduser().resolve() for spec in extra if isinstance(spec, str)]
    loaded = [from_file(spec) if isinstance(spec, str) else spec for spec in extra]
    used = profile or chosen.info.profile
    selected = select(used, metrics, exclude, loaded)
    usable = {id: metric for id, metric in selected.items() if not isinstance(metric, Entry)}
    unready = {id: why for id, metric in usable.items() if (why := ready(metric)) is not None}
    exhibits: Mapping[str, On] = {}
    if with_strips:
        from vidchatbench.report.exhibits import EXHIBITS

        exhibits = EXHIBITS
    plan = Plan(
        testset=chosen, outputs=outputs, metrics=usable, unready=unready, extras=exhibits,
        graph=Graph(device=device, stored=stored),
    )  # fmt: skip
    broken = {id: _broken(entry) for id, entry in selected.items() if isinstance(entry, Entry)}
    whole = metrics is None and not list(exclude)
    return plan, broken, used if whole else "custom", files, scope


def find_testset(outputs: Outputs, name: str | Path | None) -> TestSet:
    """The test set that the caller names, else the one that the outputs' manifest names; never guessed.

    Raises:
        UsageError: Where neither names one, or they name different ones.
    """
    if name is None and outputs.testset is None:
        raise UsageError(
            "neither the outputs' manifest.jsonl nor the command names a test set",
            where=outputs.root,
            remedy=f"add --testset NAME; there are: {', '.join(available())}, or the folder of your own",
        )
    found = load_testset(name or outputs.testset or "")
    if outputs.testset not in (None, found.info.id):
        raise UsageError(
            f"these outputs were made for the test set {outputs.testset!r}, not for {found.info.id!r}",
            where=outputs.root,
        )
    return found


def _mine(out: Path, plan: Plan) -> None:
    """Refuse a folder that holds something else than an earlier run on the same outputs folder."""
    if not out.exists():
        return
    if not out.is_dir():
        raise UsageError("is not a folder", where=out, remedy="name another place with --out")
    if (out / "results.json").is_file():
        before = read_results(out)
        same = (before.model.name, before.benchmark.testset) == (plan.outputs.name, plan.testset.info.id)
        if not same:
            raise UsageError(
                f"holds the results of {before.model.name} on {before.benchmark.testset}",
                where=out,
                remedy="name another place with --out, or replace them with --overwrite",
            )
    elif any(out.iterdir()):
        raise UsageError("is not empty and holds no results", where=out, remedy="name another place with --out")


def _broken(entry: Entry) -> MetricResult:
    error = NotReady(f"the plugin of {entry.source} cannot be loaded: {entry.error}")
    return MetricResult(
        value=None, n=0, ci95=None, signature=entry.id, unit="", direction="higher", reason=error.cause,
        remedy=f"pip install --upgrade {entry.source.split()[0]}, or leave it out: --exclude {entry.id}",
        version=0, family=entry.id.split(".")[0], title=entry.id, range=(None, None), expected=0, excluded=0, failed=0,
        by_reason={}, meaning="", source=entry.source, licence="", fail_value=None,
        valid_fraction=None, value_valid_only=None, partial=False, beside={}, se=None, ci_method=None,
        ci_reason=error.cause, n_resamples=0, n_clusters=0, real=None, real_kind="none", computation={},
    )  # fmt: skip


def _run(started: datetime, took: float, evaluation: Evaluation, plan: Plan, workers: int) -> Mapping[str, object]:
    """`run.json`: what may differ between two runs of one result."""
    return {
        "schema": "vidchatbench.run/1",
        "started_utc": started.isoformat(timespec="seconds"),
        "wall_s": round(took, 3),
        "command": sys.argv,
        "pred": str(plan.outputs.root),
        "testset": str(plan.testset.root),
        "features_computed": evaluation.computed,
        "features_stored": evaluation.stored,
        "features_cached": evaluation.cached,
        "workers": workers,
        "peak_memory_mb": {
            "parent": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "largest_worker": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
        },
        "machine": {"platform": platform.platform(), "cpu_count": os.cpu_count(), "python": platform.python_version()},
        "packages": dict(sorted((dist.name, dist.version) for dist in distributions())),
        "vidchatbench": __version__,
    }
