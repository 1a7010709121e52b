"""All that the page shows, computed; the templates only place it."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote as percent_encode

from vidchatbench.report.charts.comparison import Comparison
from vidchatbench.report.charts.distribution import Distribution
from vidchatbench.report.charts.interval import IntervalBar
from vidchatbench.report.charts.timeline import Timeline, order
from vidchatbench.report.failures import Group, failures
from vidchatbench.report.gaps import Gap, gaps, unofficial, unranked
from vidchatbench.report.quote import Quote, decimals, numeral
from vidchatbench.report.standing import Standing, mean_share
from vidchatbench.results.schema import Cell, ItemRecord, MetricResult, Results
from vidchatbench.types import SampleKey

SampleId = tuple[str, int, int]
"""item_id, turn, seed."""
Strips = Mapping[SampleId, Mapping[str, Sequence[bytes]]]
"""Film strips: for each sample and track (`response`, `reference`), JPEG files in order of time."""

_WORST = (0.95, 0.90, 0.75)
"""Shares from which a cell is tinted, strongest first."""


@dataclass(frozen=True)
class Column:
    """One metric."""

    id: str
    result: MetricResult
    bar: IntervalBar | None
    distribution: Distribution | None
    comparison: Comparison | None
    standing: Standing
    baselines: Mapping[str, float]
    incomparable: tuple[str, ...]
    """Baselines that are left out, because their signature or test set differs."""

    @cached_property
    def quote(self) -> Quote:
        """How its numbers are written."""
        return Quote(self.result)

    def sample_number(self, value: float | None) -> str:
        """One sample's value, without the unit: with digits enough to tell the samples apart."""
        if value is None or self.distribution is None:
            return self.quote.number(value)
        spread = self.distribution.spread
        return numeral(value, max(self.quote.decimals, decimals(spread, 2)) if spread else self.quote.decimals)

    def sample_quote(self, value: float | None) -> str:
        """One sample's value with the unit."""
        unit = f" {self.result.unit}" if self.result.unit and value is not None else ""
        return self.sample_number(value) + unit


@dataclass(frozen=True)
class Entry:
    """One metric of one sample."""

    column: Column
    cell: Cell
    rank: int | None
    share: float | None

    @property
    def tint(self) -> int:
        """3, 2, 1 for a value among the worst 5, 10, 25 % of the samples, else 0; failures have their own mark."""
        if self.share is None or self.cell.status != "ok":
            return 0
        return next((3 - k for k, edge in enumerate(_WORST) if self.share >= edge), 0)


@dataclass(frozen=True)
class SampleView:
    """One answer, with all that folds out."""

    record: ItemRecord
    entries: tuple[Entry, ...]
    """In the columns' order."""
    mean_share: float | None
    timeline: Timeline | None
    strips: Mapping[str, Sequence[str]]
    """data: URIs by track."""

    @property
    def key(self) -> SampleKey:
        """Its name."""
        return SampleKey(item_id=self.record.item_id, turn=self.record.turn, seed=self.record.seed)

    @property
    def anchor(self) -> str:
        """Its place on the page."""
        return anchor(self.key)

    @property
    def texts(self) -> list[tuple[str, str, str]]:
        """What is said, without times: by whom, whose word that is, and the text."""
        lanes = self.timeline.lanes if self.timeline else ()
        heard = {lane.track: lane.text or "(no word)" for lane in lanes if lane.words is not None}
        given = {"response": self.record.output.transcript or ""} if self.record.output else {}
        sources = (
            ("by the test set", self.record.texts),
            ("as a recogniser heard it", heard),
            ("by the outputs, never scored", given),
        )
        known = sorted({track for _, texts in sources for track in texts}, key=order)
        return [(track, by, texts[track]) for track in known for by, texts in sources if texts.get(track)]

    @property
    def worst_first(self) -> list[Entry]:
        """Entries with a value from the worst rank on, then the others."""
        return sorted(self.entries, key=lambda e: (e.share is None, -(e.share or 0)))

    @property
    def failed_cells(self) -> int:
        """Metrics that failed or were excluded."""
        return sum(e.cell.status in ("failed", "excluded") for e in self.entries)


@dataclass(frozen=True)
class Page:
    """The report's content."""

    results: Results
    families: Mapping[str, Sequence[Column]]
    gaps: Sequence[Gap]
    unofficial: Sequence[str]
    """Ids of the metrics that stand on weights of somebody's own."""
    unranked: Sequence[str]
    """Why the result may not be ranked."""
    failures: Sequence[Group]
    samples: Sequence[SampleView]
    baselines: Sequence[str]

    @property
    def columns(self) -> list[Column]:
        """All metrics, by family."""
        return [column for family in self.families.values() for column in family]

    @property
    def data(self) -> list[list[object]]:
        """What the page's script sorts and filters by: name, task, status, failed metrics, mean share, values."""
        return [
            [str(s.key), s.record.task, s.record.status, s.failed_cells, _short(s.mean_share)]
            + [_short(entry.cell.value) for entry in s.entries]
            for s in self.samples
        ]


def build(
    results: Results, items: Sequence[ItemRecord], strips: Strips, baselines: Sequence[tuple[str, Results]]
) -> Page:
    """Compute the page: samples in order of their keys, metrics in families in order of first appearance."""
    ordered = sorted(items, key=lambda item: (item.item_id, item.turn, item.seed))
    families: dict[str, list[Column]] = {}
    for id_, metric in results.metrics.items():
        families.setdefault(metric.family, []).append(_column(id_, metric, results, ordered, baselines))
    columns = [column for family in families.values() for column in family]
    shares = mean_share([column.standing for column in columns], len(ordered))
    samples = [_sample(k, item, columns, shares[k], strips) for k, item in enumerate(ordered)]
    return Page(
        results,
        families,
        gaps(results),
        unofficial(results),
        unranked(results),
        failures(ordered),
        samples,
        [name for name, _ in baselines],
    )


def anchor(key: SampleKey) -> str:
    """A sample's place on the page."""
    return "item-" + percent_encode(str(key), safe="")


def _column(
    id_: str,
    metric: MetricResult,
    results: Results,
    items: Sequence[ItemRecord],
    baselines: Sequence[tuple[str, Results]],
) -> Column:
    comparable: dict[str, float] = {}
    incomparable = []
    for name, other in baselines:
        theirs = other.metrics.get(id_)
        if theirs is None or theirs.value is None:
            continue
        same = other.benchmark.testset_sha256 == results.benchmark.testset_sha256
        if same and theirs.signature == metric.signature:
            comparable[name] = theirs.value
        else:
            incomparable.append(name)
    cells = [item.metrics[id_] for item in items if id_ in item.metrics]
    compared = [item.compared[id_] for item in items if id_ in item.compared]
    valid = [cell.value for cell in cells if cell.status == "ok" and cell.value is not None]
    return Column(
        id=id_,
        result=metric,
        bar=IntervalBar.of(metric, comparable),
        distribution=Distribution.of(valid, metric.real if metric.real_kind == "same_item" else None, metric.range),
        comparison=Comparison.of(metric.compared, compared) if metric.compared else None,
        standing=Standing.of(id_, metric, items),
        baselines=comparable,
        incomparable=tuple(incomparable),
    )


def _sample(k: int, item: ItemRecord, columns: Sequence[Column], share: float | None, strips: Strips) -> SampleView:
    absent = Cell(value=None, status="not_applicable")
    entries = tuple(Entry(c, item.metrics.get(c.id, absent), c.standing.rank[k], c.standing.share[k]) for c in columns)
    found = strips.get((item.item_id, item.turn, item.seed), {})
    return SampleView(
        record=item,
        entries=entries,
        mean_share=share,
        timeline=Timeline.of(item.timelines, item.initiator_speech_end_s, item.words),
        strips={track: [_uri(jpeg) for jpeg in pictures] for track, pictures in found.items()},
    )


def _uri(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.8g}")
