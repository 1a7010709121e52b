"""One board: a test set, a task and a protocol, from the entries that answered it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vidchatbench.engine.cache import Cache
from vidchatbench.leaderboard.anchors import Anchors, anchored
from vidchatbench.leaderboard.config import BoardConfig
from vidchatbench.leaderboard.entry import Entry
from vidchatbench.leaderboard.measured import Measured, Plan, measure
from vidchatbench.leaderboard.schema import (
    Board,
    BoardMetric,
    Dimension,
    Overall,
    Past,
    Reported,
    Score,
    System,
    Value,
)
from vidchatbench.leaderboard.standing import Standing, standing
from vidchatbench.leaderboard.task_rows import TaskRows
from vidchatbench.metric import Metric
from vidchatbench.registry import entries as registered
from vidchatbench.tasks import PROTOCOLS, TASKS
from vidchatbench.testset import TestSet

_ROUNDING = 1e-12
"""Relative spread below which values of seeds are the same number, added up in another order."""
NO_TEST = "no test tells which of two such distances is smaller (docs/compare.md): all systems share one rank set"


@dataclass(frozen=True)
class BoardKey:
    """Which board of a configuration."""

    config: BoardConfig
    task: str
    protocol: str

    @property
    def name(self) -> str:
        """Within the configuration: `dialogue/dyadic`."""
        return f"{self.task}/{self.protocol}"


def columns(key: BoardKey) -> dict[str, Metric]:
    """The metrics of a board: members of dimensions first, in their order, then the rest of the profile by id."""
    fitting = {
        id: entry.metric
        for id, entry in registered().items()
        if entry.metric is not None
        and key.task in entry.metric.card.tasks
        and key.protocol in entry.metric.card.protocols
    }
    members = [id for one in key.config.dimensions for id in one.members if id in fitting]
    rest = [id for id in sorted(fitting) if key.config.profile in fitting[id].card.profiles and id not in members]
    return {id: fitting[id] for id in (*members, *rest)}


def tested(metric: Metric) -> bool:
    """Whether a paired test tells which of two systems is better: not of quantiles, nor distances with influences."""
    return type(metric).influence is Metric.influence and metric.no_test() is None


def real_value(metric: Metric, key: BoardKey, rows: Mapping[str, TaskRows]) -> float | None:
    """The real clips' own value on this task: from the system of real clips, or from any run where that must do.

    A noise floor is of the references alone, and so the same in every run without failures.
    """
    own = [one for model, one in rows.items() if model == key.config.reference]
    having = [one for one in (*own, *(rows[id] for id in sorted(rows))) if one.foreign(metric) is None]
    if metric.card.real == "halves":
        return next((value for one in having if (value := one.floor(metric)) is not None), None)
    if metric.card.real != "same_item" or not having:
        return None
    if own and having[0] is own[0]:
        return own[0].result(metric).value
    return having[0].results.metrics[metric.card.id].real if having[0].whole else None


def build_board(
    key: BoardKey,
    current: Sequence[Entry],
    past: Sequence[Past],
    anchors: Anchors | None,
    testset: TestSet | None,
    cache: Cache | None,
) -> Board:
    """Form a board. `current` are the latest runs of each model, in any order."""
    config = key.config
    current = sorted(current, key=lambda entry: entry.model)
    metrics = columns(key)
    rows = {one.model: TaskRows.of(one.results, one.items, one.rows, key.task) for one in current}
    sources = _sources(key, testset, rows)
    n_sources = len(sources)
    board_metrics = {id: _column(id, metric, key, anchors, rows, testset, n_sources) for id, metric in metrics.items()}
    dimensions = {
        one.id: tuple(id for id in one.members if id in board_metrics and board_metrics[id].anchor)
        for one in config.dimensions
    }
    plan = Plan(
        metrics=metrics,
        dimensions={name: members for name, members in dimensions.items() if members},
        anchors={id: one.anchor for id, one in board_metrics.items() if one.anchor},
        tested=frozenset(id for id, metric in metrics.items() if tested(metric)),
        counted=tuple(one.id for one in config.dimensions if one.in_overall and dimensions[one.id]),
    )
    measured = {one.model: measure(rows[one.model], plan, one.files, key.task, cache) for one in current}
    no_rank = {id: one.no_rank for id, one in board_metrics.items() if one.no_rank}
    shown = {
        one.id: _dimension(one.id, dimensions[one.id], key, plan.counted, no_rank)
        for one in config.dimensions
        if any(id in metrics for id in one.members)
    }
    no_rank |= {name: one.no_rank for name, one in shown.items() if one.no_rank is not None}
    why_not = {one.model: _not_ranked(one, measured[one.model], key, sources) for one in current}
    ranked = [one.model for one in current if why_not[one.model] is None]
    real = {id: one.real for id, one in board_metrics.items()}
    few = n_sources < config.least_sources
    found = standing([measured[model] for model in ranked], plan, real, no_rank, few=few)
    number = {model: i for i, model in enumerate(ranked)}
    systems = [
        _System(
            one, measured[one.model], key, plan, found, number.get(one.model), why_not[one.model], shown, no_rank
        ).row()
        for one in current
    ]
    systems.sort(
        key=lambda one: (not one.ranked, -(one.overall.score if one.overall.score is not None else -9), one.id)
    )
    return Board(
        id=f"{config.testset}-{config.version}/{key.name}",
        title=f"{config.title}: {TASKS[key.task].title[0].lower()}{TASKS[key.task].title[1:]}"
        + (f" ({PROTOCOLS[key.protocol].title.lower()})" if len(config.protocols) > 1 else ""),
        testset=config.testset,
        version=config.version,
        testset_sha256=_sha256(current, testset),
        task=key.task,
        protocol=key.protocol,
        profile=config.profile,
        demonstration=config.demonstration,
        note=config.note,
        n_items=_n_items(key, testset, rows),
        n_sources=n_sources,
        metrics=board_metrics,
        dimensions=shown,
        systems=tuple(systems),
        reported=_reported(key),
        reported_columns=dict(config.paper.columns) if config.paper and _reported(key) else {},
        past=tuple(sorted(past, key=lambda one: (one.created_utc, one.run_id))),
        robustness=found.robustness,
    )


def _column(
    id: str,
    metric: Metric,
    key: BoardKey,
    anchors: Anchors | None,
    rows: Mapping[str, TaskRows],
    testset: TestSet | None,
    n_sources: int,
) -> BoardMetric:
    card, signature = metric.card, metric.signature()
    frozen = anchors.boards.get(key.name, {}).get(id) if anchors else None
    member = any(id in one.members for one in key.config.dimensions)
    if frozen is None:
        why = "none was frozen for this version of the test set" if member else "it is in no dimension"
    elif frozen.signature != signature:
        why, frozen = "the frozen one is of another signature", None
    else:
        why = frozen.reason or ""
    anchor = frozen.anchor if frozen else None
    no_rank = metric.no_test() or (None if tested(metric) else NO_TEST)
    if no_rank is None and 0 < n_sources < key.config.least_sources:
        no_rank = f"{n_sources} independent source(s): a test of which is better needs {key.config.least_sources}"
    return BoardMetric(
        title=card.title,
        family=card.family,
        unit=card.unit,
        direction=card.direction,
        meaning=card.meaning,
        source=card.source,
        unspecified=card.unspecified_by_paper,
        signature=signature,
        licence=card.licence,
        range=card.range,
        anchor=anchor,
        no_anchor=None if anchor else why,
        real=real_value(metric, key, rows),
        real_kind=card.real,
        ranked_by="none" if no_rank else "mean",
        no_rank=no_rank,
        n_expected=_n_expected(id, key, rows, testset),
    )


def _n_expected(id: str, key: BoardKey, rows: Mapping[str, TaskRows], testset: TestSet | None) -> int:
    """Samples of one seed that the metric applies to."""
    counts: list[int] = []
    for one in rows.values():
        cells = [record.metrics.get(id) for record in one.records if record.seed == one.seeds[0]]
        counts.append(sum(cell is not None and cell.status in ("ok", "failed") for cell in cells))
    if any(counts):
        return max(counts)
    if testset is not None:
        return sum(len(item.turns) for item in testset.items if item.task == key.task)
    return key.config.n_items


def _dimension(
    name: str, members: tuple[str, ...], key: BoardKey, counted: Sequence[str], no_rank: Mapping[str, str]
) -> Dimension:
    config = next(one for one in key.config.dimensions if one.id == name)
    if not members:
        return Dimension(
            title=config.title, said=config.said, members=(), in_overall=False, no_rank="no member has an anchor"
        )
    without = [id for id in members if id in no_rank]
    why = _why(without, no_rank, all_of=members)
    return Dimension(title=config.title, said=config.said, members=members, in_overall=name in counted, no_rank=why)


def _why(without: Sequence[str], no_rank: Mapping[str, str], *, all_of: Sequence[str]) -> str | None:
    """Why these have no test, in a sentence; which ones they are, where they are not all of them."""
    if not without:
        return None
    reasons = [no_rank[name] for name in without]
    if len(without) == len(all_of) and len(set(reasons)) == 1:
        return reasons[0]
    return f"{', '.join(without)}: {reasons[0]}"


def _not_ranked(entry: Entry, own: Measured, key: BoardKey, sources: tuple[str, ...]) -> str | None:
    """Why a system takes no part in ranks."""
    config, kind = key.config, key.config.kind(entry.model)
    if kind not in config.ranked:
        return {"reference": "real clips, not a system"}.get(kind, f"{kind}: shown beside the ranks")
    if kind == "submission" and entry.verified.level < config.level:
        return f"verified to level {entry.verified.level}: ranks need level {config.level}"
    if not entry.results.ranked:
        return "not every item was scored, or not on the test set's very media"
    if entry.submission.model.saw_test_sources:
        return "declared: source videos of the test set may have been in its training data"
    if own.seeds != config.seeds:
        return f"seeds {_list(own.seeds)}: ranked runs have seeds {_list(config.seeds)}"
    ok, expected = own.coverage
    if ok < expected:
        return f"incomplete: {expected - ok} of {expected} answers are missing or unusable"
    if own.sources != sources:
        return f"its {len(own.sources)} source videos are not the {len(sources)} of the board"
    return None


def _spread(seeds: Sequence[float]) -> float | None:
    """Standard deviation; None for one seed."""
    if len(seeds) < 2:
        return None
    sd = float(np.std(seeds, ddof=1))
    return sd if sd > _ROUNDING * max(abs(value) for value in seeds) else 0.0


def _list(seeds: Sequence[int]) -> str:
    return ", ".join(map(str, seeds)) or "none"


def _sha256(current: Sequence[Entry], testset: TestSet | None) -> str | None:
    if testset is not None:
        return testset.sha256
    return current[0].results.benchmark.testset_sha256 if current else None


def _sources(key: BoardKey, testset: TestSet | None, rows: Mapping[str, TaskRows]) -> tuple[str, ...]:
    """The source videos of the task, sorted; where the test set is not at hand, those that most runs answer."""
    if testset is not None:
        return tuple(sorted({item.source_video for item in testset.items if item.task == key.task}))
    seen = Counter(one.sources for one in rows.values())
    return max(seen, key=lambda sources: (seen[sources], sources), default=())


def _n_items(key: BoardKey, testset: TestSet | None, rows: Mapping[str, TaskRows]) -> int:
    if testset is not None:
        return sum(item.task == key.task for item in testset.items)
    return max((len({record.item_id for record in one.records}) for one in rows.values()), default=key.config.n_items)


def _reported(key: BoardKey) -> tuple[Reported, ...]:
    paper = key.config.paper
    if paper is None:
        return ()
    return tuple(
        Reported(title=row.title, source=paper.source, url=paper.url, values=dict(row.values),
                 note=" ".join(part for part in (paper.note, row.note) if part))
        for row in paper.rows
        if row.protocol == key.protocol
    )  # fmt: skip


@dataclass(frozen=True)
class _System:
    """One row in the making."""

    entry: Entry
    own: Measured
    key: BoardKey
    plan: Plan
    standing: Standing
    number: int | None
    """Among those ranked; None where it is not."""
    why_not: str | None
    shown: Mapping[str, Dimension]
    no_rank: Mapping[str, str]

    def row(self) -> System:
        """The row."""
        said, harness = self.entry.submission.model, self.entry.results.harness
        return System(
            id=said.id,
            title=said.title or said.id.rpartition("/")[2],
            kind=self.key.config.kind(said.id),
            revision=said.revision,
            run_id=self.entry.run_id,
            created_utc=self.entry.submission.created_utc,
            path=self.entry.path,
            url=said.url,
            paper=said.paper,
            license=said.license,
            open_weights=said.open_weights,
            n_params=said.n_params,
            training_data=said.training_data,
            saw_test_sources=said.saw_test_sources,
            seeds=self.own.seeds,
            harness=f"{harness.name} {harness.version}",
            level=self.entry.verified.level,
            flags=self.entry.verified.flags,
            ranked=self.number is not None,
            not_ranked=self.why_not,
            coverage=self.own.coverage,
            values={id: self._value(id) for id in self.plan.metrics},
            dimensions={name: self._dimension(name) for name in self.shown},
            overall=self._overall(),
        )

    def _value(self, id: str) -> Value:
        result, anchor = self.own.results.get(id), self.plan.anchors.get(id)
        if result is None:
            return Value(
                value=None, ci95=None, ci_reason=None, n=0, n_sources=0, valid_fraction=None, seed_sd=None,
                anchored=None, rank=None, reason=self.own.absent[id],
            )  # fmt: skip
        rank = self.standing.metrics[id].get(self.number) if self.number is not None else None
        reason = result.reason or "; ".join(result.defects) or None
        if reason is None and rank is None:
            undefined = self.standing.undefined.get((id, self.number)) if self.number is not None else self.why_not
            reason = undefined
        seeds = self.own.seed_values.get(id, ())
        score = None if result.value is None or anchor is None else float(anchored(np.array(result.value), anchor))
        return Value(
            value=result.value,
            ci95=result.ci95,
            ci_reason=result.ci_reason,
            n=result.n,
            n_sources=result.n_clusters,
            valid_fraction=result.valid_fraction,
            seed_sd=_spread(seeds),
            anchored=score,
            rank=rank,
            reason=reason,
        )

    def _dimension(self, name: str) -> Score:
        found = self.own.dimensions.get(name)
        if name not in self.plan.dimensions:
            return Score(score=None, ci95=None, rank=None, reason=self.no_rank[name])
        if found is None:
            lacking = [id for id in self.plan.dimensions[name] if (one := self.own.results.get(id)) is None
                       or one.value is None or one.partial]  # fmt: skip
            return Score(score=None, ci95=None, rank=None, reason=f"no whole value of {', '.join(lacking)}")
        rank = self.standing.dimensions[name].get(self.number) if self.number is not None else None
        reason = self.no_rank.get(name) if rank else self.why_not or "it is undefined without one source video"
        return Score(score=found.statistic.whole, ci95=found.ci95, rank=rank, reason=reason)

    def _no_overall_rank(self) -> str | None:
        """Why all share one rank set."""
        without = [name for name in self.plan.counted if name in self.no_rank]
        return _why(without, self.no_rank, all_of=self.plan.counted)

    def _overall(self) -> Overall:
        found, counted = self.own.overall, self.plan.counted
        if found is None:
            lacking = [name for name in counted if name not in self.own.dimensions]
            why = f"no score in {', '.join(lacking)}" if lacking else "no dimension of this board has a score"
            return Overall(
                score=None, mean=None, min=None, worst=None, ci95=None, rank=None, pareto=False, leave_one_out=None,
                reason=why,
            )  # fmt: skip
        scores = {name: self.own.dimensions[name].statistic.whole for name in counted}
        worst = min(counted, key=lambda name: scores[name])
        rank = self.standing.overall.get(self.number) if self.number is not None else None
        return Overall(
            score=found.statistic.whole,
            mean=float(np.mean(list(scores.values()))),
            min=scores[worst],
            worst=worst,
            ci95=found.ci95,
            rank=rank,
            pareto=self.number in self.standing.pareto,
            leave_one_out=self.standing.places.get(self.number) if self.number is not None else None,
            reason=self._no_overall_rank() if rank else self.why_not or "it is undefined without one source video",
        )
