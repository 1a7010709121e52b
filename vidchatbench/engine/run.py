"""Computes the features that the cache lacks: level by level, clips that are watched together in one task."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path

from vidchatbench.engine.cache import Cache
from vidchatbench.engine.compute import Job, compute
from vidchatbench.engine.graph import Graph, Node
from vidchatbench.engine.pool import Died, Pool
from vidchatbench.errors import MediaError, NotReady
from vidchatbench.feature import Feature, Inputs
from vidchatbench.testset.reference_features import StoredFailure

Progress = Callable[[int, int, str], None]
"""Called with how many are done, how many there are, and what was done last."""

Failure = MediaError | NotReady


@dataclass
class Outcome:
    """What a run computed and what failed."""

    computed: int = 0
    failures: dict[str, Failure] = field(default_factory=dict)
    """By node key."""


def run(graph: Graph, wanted: Iterable[str], cache: Cache, pool: Pool, progress: Progress) -> Outcome:
    """Compute, or take from what the test set brings, the nodes behind `wanted` that the cache lacks, into the cache.

    Raises:
        VidChatBenchError: Where the cache cannot be written.
    """
    lacking = graph.closure(wanted, {key for key in graph.nodes if key in cache})
    outcome = Outcome()
    for node in lacking:
        _take(node, cache, outcome)
    todo = [node for node in lacking if node.stored is None]
    taken = len(outcome.failures)
    for level in sorted({node.level for node in todo}):
        tasks = []
        for nodes in together([node for node in todo if node.level == level]):
            able = [node for node in nodes if not _inherit(node, outcome)]
            if able:
                tasks.append(FeatureTask(tuple(able), cache))
        while tasks:
            split: list[FeatureTask] = []
            for task, result in pool.run(tasks):
                if isinstance(result, Died) and len(task.nodes) > 1:  # find out which of them kills the process
                    split += [FeatureTask((node,), cache) for node in task.nodes]
                    continue
                node = task.nodes[0]
                if isinstance(result, Died):
                    result = {node.key: MediaError("error", f"{result.how} in {node.feature.id}", where=node.file)}
                outcome.computed += sum(failure is None for failure in result.values())
                outcome.failures |= {key: failure for key, failure in result.items() if failure is not None}
                progress(outcome.computed + len(outcome.failures) - taken, len(todo), node.file.name)
            tasks = split
    return outcome


def _take(node: Node, cache: Cache, outcome: Outcome) -> None:
    """Put a stored feature into the cache, where workers read it like any other; a stored failure fails again."""
    if node.stored is None:
        return
    found = node.stored.read()
    if isinstance(found, StoredFailure):
        where = node.clips[found.slot].video if found.slot else None
        outcome.failures[node.key] = MediaError(found.code, found.cause, where=where, remedy=found.remedy)
    else:
        cache.put(node.key, found)


def _inherit(node: Node, outcome: Outcome) -> bool:
    """Whether something that the node needs has failed: then it fails with the same reason."""
    for key in node.needs.values():
        if key in outcome.failures:
            outcome.failures[node.key] = outcome.failures[key]
            return True
    return False


def together(nodes: Sequence[Node]) -> list[list[Node]]:
    """Nodes in groups such that each clip is in one group only, largest files first: the end is not one long task."""
    group_of: dict[Path, list[Node]] = {}
    for node in nodes:
        files = [clip.video for clip in node.clips.values()]
        merged = [node]
        for group in {id(group_of[file]): group_of[file] for file in files if file in group_of}.values():
            merged = group + merged
        for member in merged:
            for clip in member.clips.values():
                group_of[clip.video] = merged
    groups = {id(group): group for group in group_of.values()}.values()
    return sorted(groups, key=lambda group: (-_bytes(group), group[0].key))


def _bytes(group: Sequence[Node]) -> int:
    files = {clip.video for node in group for clip in node.clips.values()}
    return sum(file.stat().st_size for file in files if file.exists())


@dataclass(frozen=True, slots=True)
class FeatureTask:
    """Nodes that one worker computes together: each clip is decoded once for all of them."""

    nodes: tuple[Node, ...]
    cache: Cache

    def run(self) -> dict[str, Failure | None]:
        """Compute into the cache; failures are returned by node key, never cached."""
        found: dict[str, Failure | None] = {}
        clips = {clip.video: clip for node in self.nodes for clip in node.clips.values()}
        jobs: dict[Job, Node] = {}
        for node in self.nodes:
            try:
                feature = _set_up(node.feature)
                needs = {name: self.cache.read(key) for name, key in node.needs.items()}
            except Exception as error:
                found[node.key] = _failure(error, node)
                continue
            shared = {slot: clips[clip.video] for slot, clip in node.clips.items()}
            jobs[Job(feature, Inputs(shared, needs, node.fields))] = node
        for job, result in compute(list(jobs)).items():
            node = jobs[job]
            if isinstance(result, Exception):
                found[node.key] = _failure(result, node)
            else:
                self.cache.put(node.key, result)
                found[node.key] = None
        return found


_ready: dict[tuple[type, str, str], Feature] = {}
"""The features whose models this process holds, by class, signature and computation."""


def _set_up(feature: Feature) -> Feature:
    key = (type(feature), feature.signature(), str(feature.computation()))
    if key not in _ready:
        ready = copy(feature)  # the metric's own stays as it was: what holds a model cannot go to another process
        ready.setup()
        _ready[key] = ready
    return _ready[key]


def _failure(error: Exception, node: Node) -> Failure:
    """Errors of the family pass; anything else is a defect of the feature, named with its place in the code.

    An error of a clip names its file, by which it is told whose fault it is; a feature may name the slot instead, and
    one that looks at a single clip need not.
    """
    if isinstance(error, NotReady):
        return error
    if isinstance(error, MediaError):
        where = error.where
        if where is None and len(node.clips) == 1:
            where = str(node.file)
        elif where is not None and where in node.clips:
            where = str(node.clips[where].video)
        return MediaError(error.code, error.cause, where=where, remedy=error.remedy)
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return MediaError(
        "error",
        f"{node.feature.id} failed: {type(error).__name__}: {error}{place}",
        where=node.file,
        remedy="this is a defect of the feature; please report it with the file",
    )
