"""Makes `reference_features/`: what a run computes of the test set's own files, whatever the model."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from vidchatbench import __version__
from vidchatbench.engine.cache import Cache, write_atomic
from vidchatbench.engine.evaluate import Plan
from vidchatbench.engine.graph import Graph, Node
from vidchatbench.engine.pool import Pool
from vidchatbench.engine.run import Failure, Progress, run
from vidchatbench.errors import DataError, NotReady, UsageError
from vidchatbench.metric import Metric
from vidchatbench.testset import Outputs, TestSet
from vidchatbench.testset.reference_features import (
    FOLDER,
    ReferenceFeatures,
    StoredFailure,
    StoredHead,
    entry_id,
    pack,
)
from vidchatbench.testset.timeline import need_timeline
from vidchatbench.testset.verify import check_media
from vidchatbench.types import NamedArrays


def store_features(
    testset: TestSet,
    metrics: Mapping[str, Metric],
    *,
    workers: int | None = None,
    device: str = "cpu",
    plugins: Sequence[Path] = (),
    progress: Progress = lambda *_: None,
) -> ReferenceFeatures:
    """Compute from the media, and write, the features that `metrics` need of the test set's own files.

    They are those of a run without a single answer: of features bound to the test set's roles, and, where a metric
    wants the real clips' own value or the lock does not know it, those of the reference in the response's place. The
    folder then holds these and no others. Features that were stored before are not used.

    Raises:
        DataError: Where media are absent or not those of the lock, where there is no lock, or a feature has a defect.
        NotReady: Where a metric cannot run here.
        UsageError: Where no metric needs anything.
    """
    check_media(testset)
    need_timeline(testset)
    if testset.lock is None:
        raise DataError(
            "there is no media.lock.jsonl, which says whose features they are when the media are absent",
            where=testset.root,
            remedy=f"vidchatbench testset lock {testset.root}",
        )
    nothing = Outputs(root=testset.root, testset=testset.info.id, responses={}, loose=())
    plan = Plan(
        testset=testset, outputs=nothing, metrics=metrics, unready={}, extras={}, graph=Graph(device=device)
    )  # fmt: skip
    wanted = plan.wanted
    if not wanted:
        raise UsageError("none of these metrics looks at a file of the test set alone: there is nothing to store")
    cache = Cache()
    with Pool(workers if workers is not None else os.cpu_count() or 1, plugins) as pool:
        failures = run(plan.graph, wanted, cache, pool, progress).failures
    by_signature: dict[str, list[Node]] = defaultdict(list)
    for key in wanted:
        by_signature[plan.graph.nodes[key].feature.signature()].append(plan.graph.nodes[key])
    packed = [_file(nodes, plan.graph, cache, failures) for _, nodes in sorted(by_signature.items())]
    folder = testset.root / FOLDER
    for name, content in packed:
        write_atomic(folder / name, content)
    for path in folder.glob("*.safetensors"):
        if path.name not in dict(packed):
            path.unlink()
    return ReferenceFeatures.of(testset.root)


def _file(nodes: Sequence[Node], graph: Graph, cache: Cache, failures: Mapping[str, Failure]) -> tuple[str, bytes]:
    entries: dict[str, StoredFailure | None] = {}
    arrays: dict[str, NamedArrays] = {}
    computation: dict[str, str] = {}
    for node in nodes:
        entry = entry_id([clip.digest for clip in node.clips.values()], node.fields)
        entries[entry] = _failure(node, failures[node.key]) if node.key in failures else None
        if entries[entry] is None:
            arrays[entry] = cache.read(node.key)
        for below in graph.closure([node.key], set()):
            computation |= below.computation
    head = StoredHead(
        vidchatbench=__version__,
        feature=nodes[0].feature.id,
        signature=nodes[0].feature.signature(),
        computation=computation,
        entries=entries,
    )
    return pack(head, arrays)


def _failure(node: Node, failure: Failure) -> StoredFailure:
    """What a file of the test set is, such as one without sound, is stored; a defect of the machine or code is not."""
    if isinstance(failure, NotReady):
        raise failure
    if failure.code == "error":
        raise DataError(failure.cause, where=failure.where, remedy=failure.remedy)
    slot = next((s for s, c in node.clips.items() if failure.where in (str(c.video), str(c.audio_file))), None)
    return StoredFailure(code=failure.code, cause=failure.cause, remedy=failure.remedy, slot=slot)
