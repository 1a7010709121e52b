"""Makes `media.lock.jsonl`: what the files are, and what the metrics cannot measure on the real clips themselves."""

from __future__ import annotations

import os
from dataclasses import replace

from vidchatbench.engine.cache import Cache, write_atomic
from vidchatbench.engine.evaluate import Plan, evaluate
from vidchatbench.engine.pool import Pool
from vidchatbench.engine.timeline import measure_timeline
from vidchatbench.engine.verify import measure_media
from vidchatbench.errors import DataError, MediaError
from vidchatbench.metric import Metric
from vidchatbench.registry import entries, ready
from vidchatbench.testset import Outputs, TestSet, load_testset
from vidchatbench.testset.jsonl import canonical
from vidchatbench.testset.lock import ExclusionLine, Lock, LockLine, MetricLine, plain
from vidchatbench.testset.timeline import timed
from vidchatbench.types import Response, SampleKey


def lock_testset(testset: TestSet, workers: int | None = None) -> list[LockLine]:
    """Measure the references in the responses' place, and write the lock beside the items.

    A sample that a metric cannot measure because of a file of the test set is excluded from it for everybody. An older
    lock says nothing to a new one.

    Raises:
        DataError: Where a media file is absent, or nobody can say when an initiator stops.
        MediaError: Where one cannot be read.
        NotReady: Where the timeline must be heard, and nothing here can hear it.
    """
    bare = load_testset(testset.root, with_lock=False)
    absent = [path for path in bare.media() if not bare.file(path).is_file()]
    if absent:
        raise DataError(f"{len(absent)} media files are not there, first {absent[0]}", where=bare.root)
    lines: list[LockLine] = []
    metrics = {e.id: e.metric for e in entries().values() if e.metric is not None and ready(e.metric) is None}
    cache = Cache()
    with Pool(workers if workers is not None else os.cpu_count() or 1) as pool:
        for _, measured in sorted(measure_media(bare, list(bare.media()), pool).items()):
            if isinstance(measured, MediaError):
                raise measured
            lines.append(measured)
        timeline = measure_timeline(bare, cache, pool)
        times = Lock.of(timeline)
        ready_set = replace(bare, items=tuple(timed(item, times) for item in bare.items))
        lines += [*timeline, *_exclusions(ready_set, metrics, cache, pool)]
    content = b"".join(canonical(plain(line)) + b"\n" for line in lines)
    write_atomic(bare.root / "media.lock.jsonl", content)
    return lines


def _exclusions(testset: TestSet, metrics: dict[str, Metric], cache: Cache, pool: Pool) -> list[LockLine]:
    responses = {}
    for item in testset.items:
        for number, turn in enumerate(item.turns):
            key = SampleKey(item_id=item.item_id, turn=number)
            responses[key] = Response(key=key, video=testset.file(turn.reference), start_s=turn.reference_start_s)
    outputs = Outputs(root=testset.root, testset=testset.info.id, responses=responses, loose=())
    plan = Plan(testset=testset, outputs=outputs, metrics=metrics, unready={}, extras={})
    done = evaluate(plan, cache, pool, lambda *_: None)
    lines: list[LockLine] = []
    for id, rows in sorted(done.rows.items()):
        signature = metrics[id].signature()
        lines.append(MetricLine(metric=id, signature=signature))
        lines += [
            ExclusionLine(
                metric=id, signature=signature, item_id=row.sample.key.item_id,
                turn=row.sample.key.turn, code=row.reason.code, detail=row.reason.detail, role=row.reason.role,
            )
            for row in rows
            if row.status == "excluded" and row.reason
        ]  # fmt: skip
    return lines
