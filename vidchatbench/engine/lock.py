"""Makes `media.lock.jsonl`: what the files are, and what the metrics cannot measure on the real clips themselves."""

from __future__ import annotations

import os
from dataclasses import asdict, replace

from vidchatbench.engine.cache import Cache, write_atomic
from vidchatbench.engine.evaluate import Plan, evaluate
from vidchatbench.engine.pool import Pool
from vidchatbench.errors import DataError
from vidchatbench.media import Clip
from vidchatbench.metric import Metric
from vidchatbench.registry import entries, ready
from vidchatbench.testset import Outputs, TestSet
from vidchatbench.testset.jsonl import canonical
from vidchatbench.testset.lock import LockLine
from vidchatbench.types import Response, SampleKey


def lock_testset(testset: TestSet, workers: int | None = None) -> list[LockLine]:
    """Measure the references in the responses' place, and write the lock beside the items.

    A sample that a metric cannot measure because of a file of the test set is excluded from it for everybody.

    Raises:
        DataError: Where a media file is absent.
        MediaError: Where one cannot be read.
    """
    absent = [path for path in testset.media() if not testset.file(path).is_file()]
    if absent:
        raise DataError(f"{len(absent)} media files are not there, first {absent[0]}", where=testset.root)
    lines = [_media(testset, path) for path in sorted(testset.media())]
    metrics = {e.id: e.metric for e in entries().values() if e.metric is not None and ready(e.metric) is None}
    lines += _exclusions(replace(testset, lock=None), metrics, workers if workers is not None else os.cpu_count() or 1)
    content = b"".join(
        canonical({k: v for k, v in asdict(line).items() if k == "kind" or v != _EMPTY.get(k)}) + b"\n"
        for line in lines
    )
    write_atomic(testset.root / "media.lock.jsonl", content)
    return lines


_EMPTY = asdict(LockLine(kind="media"))


def _media(testset: TestSet, path: str) -> LockLine:
    clip = Clip(testset.file(path))
    info = clip.info
    lengths = [track.duration_s for track in (info.video, info.audio) if track]
    size = testset.file(path).stat().st_size
    return LockLine(kind="media", path=path, sha256=clip.digest, bytes=size, duration_s=round(max(lengths), 6))


def _exclusions(testset: TestSet, metrics: dict[str, Metric], workers: int) -> list[LockLine]:
    responses = {}
    for item in testset.items:
        for number, turn in enumerate(item.turns):
            key = SampleKey(item_id=item.item_id, turn=number)
            responses[key] = Response(key=key, video=testset.file(turn.reference), start_s=turn.reference_start_s)
    outputs = Outputs(root=testset.root, testset=testset.info.id, responses=responses, loose=())
    plan = Plan(testset=testset, outputs=outputs, metrics=metrics, unready={}, extras={})
    with Pool(workers) as pool:
        done = evaluate(plan, Cache(), pool, lambda *_: None)
    lines = []
    for id, rows in sorted(done.rows.items()):
        signature = metrics[id].signature()
        lines.append(LockLine(kind="metric", metric=id, signature=signature))
        lines += [
            LockLine(
                kind="exclusion", metric=id, signature=signature, item_id=row.sample.key.item_id,
                turn=row.sample.key.turn, code=row.reason.code, detail=row.reason.detail, role=row.reason.role,
            )
            for row in rows
            if row.status == "excluded" and row.reason
        ]  # fmt: skip
    return lines
