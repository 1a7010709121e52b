"""From a test set, an outputs folder and metrics to rows: what is needed, what is missing, and computing it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import get_args

from vidchatbench.engine.cache import Cache
from vidchatbench.engine.graph import Graph, Media
from vidchatbench.engine.pool import Died, Pool
from vidchatbench.engine.rows import Cell, Row, RowTask, load_row
from vidchatbench.engine.run import Outcome, Progress, run
from vidchatbench.errors import MediaError, NotReady, Role, VidChatBenchError
from vidchatbench.feature import On
from vidchatbench.media import Clip
from vidchatbench.metric import Metric
from vidchatbench.testset import Outputs, TestSet
from vidchatbench.testset.timeline import default_start
from vidchatbench.types import NamedArrays, Reason, Sample, SampleKey


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The rows of a run, and what it took."""

    samples: Sequence[Sample]
    """All samples that must be there, in order."""
    media: Mapping[SampleKey, Media]
    rows: Mapping[str, Sequence[Row]]
    """By metric: one row for each sample to which it applies, in order."""
    real: Mapping[str, Sequence[Row]]
    """The same with the real responder's clip in the response's place: for metrics that ask for it, and for those whose
    exclusions the test set's lock does not know."""
    unready: Mapping[str, NotReady]
    """The metrics that could not run, with what to type."""
    extras: Mapping[SampleKey, Mapping[str, NamedArrays]]
    """The features that were asked for beside the metrics, by sample and name."""
    computations: Mapping[str, Mapping[str, str]]
    """By metric: how each feature behind it was computed, here or by who stored it with the test set."""
    computed: int
    stored: int
    cached: int


@dataclass(kw_only=True)
class Plan:
    """What must be computed for given metrics on given outputs. Making it opens no media beyond their digests."""

    testset: TestSet
    outputs: Outputs
    metrics: Mapping[str, Metric]
    unready: dict[str, NotReady]
    extras: Mapping[str, On]
    graph: Graph = field(default_factory=Graph)
    cells: list[Cell] = field(default_factory=list)
    real_cells: list[Cell] = field(default_factory=list)
    extra_keys: dict[SampleKey, dict[str, str]] = field(default_factory=dict)
    _clips: dict[tuple[Path, Path | None], Clip] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Bind every metric's and extra's features to every sample's clips.

        A metric that needs an absent file of the test set, and finds no stored feature of it, is not ready as a whole:
        its rows are never left out one by one.
        """
        for sample in self.samples:
            media = self.media[sample.key]
            own = {**media, "response": media["reference"]}
            as_real = replace(sample, start_s=sample.turn.reference_start_s)
            for id, metric in self.metrics.items():
                if id in self.unready or not self._applies(metric, sample):
                    continue
                first_seed = sample.key.seed == self.outputs.seeds[0]
                try:
                    self.cells.append(self._cell(metric, sample, media))
                    if first_seed and (metric.card.real == "same_item" or self._locked(metric, sample) is False):
                        self.real_cells.append(self._cell(metric, as_real, own))
                except NotReady as error:
                    info = self.testset.info
                    remedy = f"get the media ({info.media}), then: vidchatbench testset verify {info.id}"
                    self.unready[id] = NotReady(error.cause, remedy=remedy)
            self.extra_keys[sample.key] = {}
            for name, on in self.extras.items():
                with suppress(NotReady):  # no film strip of a clip that is not here
                    key = self.graph.add(on, media, sample.turn)
                    if isinstance(key, str):
                        self.extra_keys[sample.key][name] = key
        for cells in (self.cells, self.real_cells):
            cells[:] = [cell for cell in cells if cell.metric.card.id not in self.unready]

    @cached_property
    def samples(self) -> list[Sample]:
        """All samples that must be there, in order."""
        items = {item.item_id: item for item in self.testset.items}
        return [
            Sample(key=key, item=items[key.item_id], start_s=self._start(key))
            for key in sorted(self.testset.keys(self.outputs.seeds), key=lambda key: key.order)
        ]

    @cached_property
    def media(self) -> dict[SampleKey, Media]:
        """The clips of each sample by role."""
        items = {item.item_id: item for item in self.testset.items}
        found: dict[SampleKey, Media] = {}
        for key in self.testset.keys(self.outputs.seeds):
            item = items[key.item_id]
            turn = item.turns[key.turn]
            response = self.outputs.responses.get(key)
            clip: Clip | Reason
            if key in self.outputs.failed:
                clip = self.outputs.failed[key]
            elif response is None:
                add = f"add {key}.mp4, or list it in manifest.jsonl"
                clip = Reason(code="missing", detail=f"no output for {key}", remedy=add)
            elif not response.video.is_file():
                detail = f"{response.video.name} is listed in manifest.jsonl, but there is no such file"
                clip = Reason(code="missing", detail=detail, remedy="add the file, or correct its name there")
            else:
                clip = self._clip(response.video, response.audio)
            media: dict[str, Clip | Reason] = {
                "response": clip,
                "reference": self._own(turn.reference),
                "initiator": self._own(turn.initiator),
                "portrait": self._own(item.portrait),
                "voice": self._own(item.voice)
                if item.voice
                else Reason(code="missing", detail="the item has no voice sample", role="voice"),
            }
            found[key] = media
        return found

    def keys(self, cells: Sequence[Cell]) -> list[str]:
        """The nodes that cells need."""
        return [need for cell in cells for need in cell.needs.values() if isinstance(need, str)]

    @property
    def wanted(self) -> list[str]:
        """All nodes that the run needs, each once, those behind them left out."""
        extra = [key for keys in self.extra_keys.values() for key in keys.values()]
        return sorted({*self.keys(self.cells), *self.keys(self.real_cells), *extra})

    def _clip(self, video: Path, audio: Path | None = None, digest: str | None = None) -> Clip:
        return self._clips.setdefault((video, audio), Clip(video, audio, digest=digest))

    def _own(self, path: str) -> Clip:
        """A file of the test set: the one that the lock names (`check_media`), or, without a lock, the one there is."""
        locked = self.testset.lock.media.get(path) if self.testset.lock else None
        return self._clip(self.testset.file(path), digest=locked.sha256 if locked else None)

    def _start(self, key: SampleKey) -> float:
        """The declared start, else the turn-based default: when the initiator's clip ends (0 for a listener)."""
        response = self.outputs.responses.get(key)
        if response is not None and response.start_s is not None:
            return response.start_s
        item = next(item for item in self.testset.items if item.item_id == key.item_id)
        return default_start(self.testset, item, item.turns[key.turn])

    def _applies(self, metric: Metric, sample: Sample) -> bool:
        return sample.item.task in metric.card.tasks and self.testset.info.protocol in metric.card.protocols

    def _cell(self, metric: Metric, sample: Sample, media: Media) -> Cell:
        locked = self._locked(metric, sample)
        bound = {} if isinstance(locked, Reason) else metric.needs()  # nothing is computed for what is excluded
        needs = {name: self.graph.add(on, media, sample.turn) for name, on in bound.items()}
        return Cell(metric=metric, sample=sample, needs=needs, locked=locked)

    def _locked(self, metric: Metric, sample: Sample) -> Reason | bool:
        tried = self.testset.lock.exclusions.get(metric.signature()) if self.testset.lock else None
        if tried is None:
            return False
        return tried.get((sample.key.item_id, sample.key.turn), True)


def evaluate(plan: Plan, cache: Cache, pool: Pool, progress: Progress) -> Evaluation:
    """Compute what the cache lacks and return all rows."""
    loaded = {id(cell): load_row(cell, cache) for cell in [*plan.cells, *plan.real_cells]}
    open_cells = [cell for cell in [*plan.cells, *plan.real_cells] if loaded[id(cell)] is None]
    extra = [key for keys in plan.extra_keys.values() for key in keys.values()]
    outcome = run(plan.graph, [*plan.keys(open_cells), *extra], cache, pool, progress)
    failed = sum(plan.graph.nodes[key].stored is None for key in outcome.failures)
    unready = dict(plan.unready)
    by_sample: dict[SampleKey, list[Cell]] = defaultdict(list)
    replaced: dict[int, Cell] = {}
    for cell in open_cells:
        resolved = _resolve(cell, plan, outcome, unready)
        if resolved is not None:
            replaced[id(cell)] = resolved
            by_sample[cell.sample.key].append(resolved)
    tasks = [RowTask(tuple(cells), cache) for cells in by_sample.values()]
    computed: dict[int, Row] = {}
    for task, rows in pool.run(tasks):
        if isinstance(rows, Died):
            raise VidChatBenchError(f"{rows.how} while metrics were formed for {task.cells[0].sample.key}")
        computed |= {id(cell): row for cell, row in zip(task.cells, rows, strict=True)}

    def collect(cells: Sequence[Cell]) -> dict[str, list[Row]]:
        rows: dict[str, list[Row]] = {id: [] for id in plan.metrics if id not in unready}
        for cell in cells:
            if cell.metric.card.id not in unready:
                row = loaded[id(cell)] or computed[id(replaced[id(cell)])]
                rows[cell.metric.card.id].append(row)
        return rows

    real = collect(plan.real_cells)
    rows = {id: _exclude(own, real[id]) for id, own in collect(plan.cells).items()}

    return Evaluation(
        samples=plan.samples,
        media=plan.media,
        rows=rows,
        real=real,
        unready=unready,
        extras={key: _have(keys, cache) for key, keys in plan.extra_keys.items()},
        computations=_computations(plan),
        computed=outcome.computed,
        stored=sum(node.stored is not None for node in plan.graph.nodes.values()),
        cached=sum(node.stored is None for node in plan.graph.nodes.values()) - outcome.computed - failed,
    )


def _exclude(rows: Sequence[Row], real: Sequence[Row]) -> list[Row]:
    """What cannot be measured on the real clips is excluded for every model, also for one whose answer is missing."""
    why = {row.sample.key.place: row.reason for row in real if row.status == "excluded"}
    return [
        replace(row, status="excluded", stats=None, reason=why[row.sample.key.place])
        if row.sample.key.place in why
        else row
        for row in rows
    ]


def _computations(plan: Plan) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {id: {} for id in plan.metrics}
    keys = {id: set[str]() for id in plan.metrics}
    for cell in [*plan.cells, *plan.real_cells]:
        keys[cell.metric.card.id].update(plan.keys([cell]))
    for id, needed in keys.items():
        for node in plan.graph.closure(needed, set()):
            found[id] |= node.computation
    return {id: dict(sorted(lines.items())) for id, lines in found.items()}


def _have(keys: Mapping[str, str], cache: Cache) -> dict[str, NamedArrays]:
    found = {name: cache.get(key) for name, key in keys.items()}
    return {name: arrays for name, arrays in found.items() if arrays is not None}


def _resolve(cell: Cell, plan: Plan, outcome: Outcome, unready: dict[str, NotReady]) -> Cell | None:
    """The cell with the nodes that failed replaced by their reasons; None where its metric cannot run at all."""
    needs: dict[str, str | Reason] = dict(cell.needs)
    for name, need in cell.needs.items():
        failure = outcome.failures.get(need) if isinstance(need, str) else None
        if isinstance(failure, NotReady):
            unready[cell.metric.card.id] = failure
            return None
        if failure is not None:
            needs[name] = _blame(failure, plan.media[cell.sample.key])
    return replace(cell, needs=needs)


def _blame(failure: MediaError, media: Media) -> Reason:
    """Whose file an error is about: the one it names."""
    for role in get_args(Role):
        clip = media.get(role)
        if role != "response" and isinstance(clip, Clip) and failure.where in (str(clip.video), str(clip.audio_file)):
            return Reason(code=failure.code, detail=failure.cause, role=role, remedy=failure.remedy)
    return Reason(code=failure.code, detail=failure.cause, remedy=failure.remedy)
