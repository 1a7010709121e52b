"""One board: a test set, a task and a protocol, from the entries that answered it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from vidchatbench.engine.cache import Cache
from vidchatbench.leaderboard.anchors import Anchors
from vidchatbench.leaderboard.column import BoardKey, column, columns, dimension, tested
from vidchatbench.leaderboard.entry import Entry
from vidchatbench.leaderboard.measured import Measured, Plan, measure
from vidchatbench.leaderboard.row import SystemRow
from vidchatbench.leaderboard.schema import (
    Board,
    Past,
    Reported,
)
from vidchatbench.leaderboard.standing import standing
from vidchatbench.leaderboard.task_rows import TaskRows
from vidchatbench.tasks import PROTOCOLS, TASKS
from vidchatbench.testset import TestSet


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
    board_metrics = {id: column(id, metric, key, anchors, rows, testset, n_sources) for id, metric in metrics.items()}
    dimensions = {
        one.id: tuple(id for id in one.members if id in board_metrics and board_metrics[id].anchor)
        for one in config.dimensions
    }
    plan = Plan(
        metrics=metrics,
        dimensions={name: members for name, members in dimensions.items() if members},
        anchors={id: one.anchor for id, one in board_metrics.items() if one.anchor},
        tested=frozenset(id for id, metric in metrics.items() if tested(metric)),
        counted=tuple(
            one.id
            for one in config.dimensions
            if one.in_overall and dimensions[one.id] and all(metrics[id].card.submitted for id in dimensions[one.id])
        ),
    )
    measured = {one.model: measure(rows[one.model], plan, one.files, key.task, cache) for one in current}
    no_rank = {id: one.no_rank for id, one in board_metrics.items() if one.no_rank}
    shown = {
        one.id: dimension(one.id, dimensions[one.id], key, plan.counted, no_rank)
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
        SystemRow(
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
