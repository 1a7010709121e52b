"""Anchors from checked-in runs: what a degenerate system has, and what real clips have."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from threadpoolctl import threadpool_limits

from vidchatbench.errors import DataError, UsageError
from vidchatbench.leaderboard.anchors import Anchors, FrozenAnchor, write_anchors
from vidchatbench.leaderboard.build import latest
from vidchatbench.leaderboard.column import BoardKey, columns, real_value
from vidchatbench.leaderboard.config import BoardConfig, DimensionConfig, read_boards
from vidchatbench.leaderboard.entry import Entry, read_entries
from vidchatbench.leaderboard.task_rows import TaskRows
from vidchatbench.metric import Metric


def freeze(root: Path, testset: str, version: str | None = None) -> Path:
    """Form the anchors of a test set from the runs of a leaderboard's folder, and write them once and for all.

    Raises:
        UsageError: Where there is no such board, several versions of it, or other anchors are frozen already.
        DataError: Where the run of the real clips is not there.
    """
    boards = [one for one in read_boards(root) if one.testset == testset and version in (None, one.version)]
    if len(boards) != 1:
        what = f"{len(boards)} boards are of" if boards else "there is no board for"
        raise UsageError(f"{what} {testset} {version or ''}".rstrip(), remedy="name its version too")
    (config,) = boards
    entries = [one for one in read_entries(root)[0] if _is_of(one, config)]
    if config.reference not in {one.model for one in entries}:
        raise DataError(
            f"the run of the real clips ({config.reference}) is not among the submissions", where=root,
            remedy="submit real clips as answers first: the high anchors are theirs",
        )  # fmt: skip
    found: dict[str, Mapping[str, FrozenAnchor]] = {}
    with threadpool_limits(limits=1):
        for protocol in config.protocols:
            current, _ = latest(one for one in entries if one.results.benchmark.protocol == protocol)
            for task in config.tasks:
                key = BoardKey(config, task, protocol)
                found[key.name] = _anchors(key, {one.model: one for one in current})
    digests = {one.results.benchmark.testset_sha256 for one in entries}
    if len(digests) > 1:
        raise DataError(f"the runs are of {len(digests)} different test sets called {testset}", where=root)
    return write_anchors(
        root, Anchors(testset=testset, version=config.version, testset_sha256=next(iter(digests)), boards=found)
    )


def _is_of(entry: Entry, config: BoardConfig) -> bool:
    bench = entry.results.benchmark
    return (bench.testset, bench.version) == (config.testset, config.version)


def _anchors(key: BoardKey, entries: Mapping[str, Entry]) -> dict[str, FrozenAnchor]:
    metrics = columns(key)
    rows = {model: TaskRows.of(one.results, one.items, one.rows, key.task) for model, one in entries.items()}
    return {
        id: _anchor(metrics[id], dimension, key, entries, rows)
        for dimension in key.config.dimensions
        for id in dimension.members
        if id in metrics
    }


def _anchor(
    metric: Metric,
    dimension: DimensionConfig,
    key: BoardKey,
    entries: Mapping[str, Entry],
    rows: Mapping[str, TaskRows],
) -> FrozenAnchor:
    card, reference = metric.card, key.config.reference or ""
    floor = dimension.floors.get(card.id, dimension.floor)
    own = rows.get(floor)
    result = own.result(metric) if own and own.foreign(metric) is None else None
    low = None if result is None or result.partial else result.value
    high = real_value(metric, key, {reference: rows[reference]}) if reference in rows else None
    reason = None
    if card.real == "none":
        reason = "real clips have no value of their own in it: a clip held against itself says nothing"
    elif high is None:
        reason = "the run of the real clips has no value"
    elif low is None:
        reason = f"{floor} has no whole value"
    elif (high > low) != (card.direction == "higher") or high == low:
        reason = f"{floor} has {low:.4g}, which is no worse than the real clips' {high:.4g}"
    sound = reason is None
    return FrozenAnchor(
        signature=metric.signature(),
        low=low if sound else None,
        low_id=floor if sound else None,
        low_run=entries[floor].run_id if sound else None,
        high=high if sound else None,
        high_id=reference if sound else None,
        high_run=entries[reference].run_id if sound else None,
        reason=reason,
    )
