"""The columns of a board: which metrics it holds, and all that a reader must know of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vidchatbench.leaderboard.anchors import Anchors
from vidchatbench.leaderboard.config import BoardConfig
from vidchatbench.leaderboard.schema import BoardMetric, Dimension
from vidchatbench.leaderboard.task_rows import TaskRows
from vidchatbench.metric import Metric
from vidchatbench.registry import entries as registered
from vidchatbench.testset import TestSet

NO_TEST = "no test tells which of two such distances is smaller (docs/compare.md): all systems share one rank set"

NO_ROWS = "submissions do not hold its rows, which are too large: a value is the run's own word, and none is tested"


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
    """Whether a paired test tells which of two systems is better: not of quantiles, nor distances with influences.

    Nor where submissions do not hold the rows.
    """
    return metric.card.submitted and type(metric).influence is Metric.influence and metric.no_test() is None


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


def column(
    id: str,
    metric: Metric,
    key: BoardKey,
    anchors: Anchors | None,
    rows: Mapping[str, TaskRows],
    testset: TestSet | None,
    n_sources: int,
) -> BoardMetric:
    """The column of a metric."""
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
    no_rank = metric.no_test() or (None if tested(metric) else NO_TEST if card.submitted else NO_ROWS)
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


def dimension(
    name: str, members: tuple[str, ...], key: BoardKey, counted: Sequence[str], no_rank: Mapping[str, str]
) -> Dimension:
    """A dimension, and why it has no ranks where it has none."""
    config = next(one for one in key.config.dimensions if one.id == name)
    if not members:
        return Dimension(
            title=config.title, said=config.said, members=(), in_overall=False, no_rank="no member has an anchor"
        )
    without = [id for id in members if id in no_rank]
    why = why_none(without, no_rank, all_of=members)
    return Dimension(title=config.title, said=config.said, members=members, in_overall=name in counted, no_rank=why)


def why_none(without: Sequence[str], no_rank: Mapping[str, str], *, all_of: Sequence[str]) -> str | None:
    """Why these have no test, in a sentence; which ones they are, where they are not all of them."""
    if not without:
        return None
    reasons = [no_rank[name] for name in without]
    if len(without) == len(all_of) and len(set(reasons)) == 1:
        return reasons[0]
    return f"{', '.join(without)}: {reasons[0]}"
