"""A finished run's folder with made-up rows of real metrics, without any media."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from pathlib import Path

import numpy as np

from vidchatbench.engine.rows import Row
from vidchatbench.registry import entries
from vidchatbench.results import ItemRecord, write_results
from vidchatbench.results.schema import Benchmark, Cell, Coverage, Harness, Model, Results
from vidchatbench.results.total import total
from vidchatbench.types import Item, Sample, SampleKey, Turn

PSNR, FTO, FD = "video.psnr", "turn.fto_w1", "emotion.landmark_fd"


def made_run(folder: Path, stats, *, name="m", sources=None, seed_of=None, number_of=None, failed=(), intervals=True,
             change=lambda results: results):  # fmt: skip
    """Write a run whose `stats` are, by metric id, one mapping of arrays a sample (None where it failed uncounted).

    Args:
        folder: Where to write.
        stats: By metric id, rows.
        name: The model's.
        sources: The source video of each sample; one each by default.
        seed_of: The seed of each sample.
        number_of: The item of each sample; one each by default.
        intervals: Whether results.json has intervals.
        failed: Numbers of samples whose rows are marked failed.
        change: Given the results, returns those to write.
    """
    n = len(next(iter(stats.values())))
    sources = sources or [f"v{k:03}" for k in range(n)]
    seeds = seed_of or [0] * n
    turn = Turn(initiator="i.mp4", reference="r.mp4", initiator_speech_end_s=1.0, reference_start_s=1.2)
    items = [
        Item(
            item_id=f"x{number_of[k] if number_of else k:03}",
            task="dialogue",
            turns=(turn,),
            portrait="p.jpg",
            source_video=source,
        )
        for k, source in enumerate(sources)
    ]
    samples = [
        Sample(key=SampleKey(item_id=item.item_id, seed=seeds[k]), item=item, start_s=0.0)
        for k, item in enumerate(items)
    ]
    rows = {
        id: [
            Row(
                sample=samples[k],
                status="failed" if own is None or k in failed else "ok",
                stats=None if own is None else {key: np.asarray(array) for key, array in own.items()},
            )
            for k, own in enumerate(found)
        ]
        for id, found in stats.items()
    }
    metrics = {id: total(_metric(id, intervals), own, (), None, {}) for id, own in rows.items()}
    results = Results(
        benchmark=Benchmark(
            name="vidchatbench", testset="made", version="1", testset_sha256="0" * 64, protocol="dyadic",
            profile="bundled", n_items=len({item.item_id for item in items}), n_samples=n,
            n_seeds=len(set(seeds)), limited=False,
        ),
        harness=Harness(name="vidchatbench", version="0"), model=Model(name=name),
        coverage=Coverage(expected=n, ok=n, failed=0, by_reason={}), complete=True, metrics=metrics,
    )  # fmt: skip
    records = [
        ItemRecord(
            item_id=sample.key.item_id, turn=0, seed=sample.key.seed, task="dialogue",
            source_video=sample.item.source_video, slices={}, status="ok", reason=None, output=None,
            metrics={id: Cell(value=None, status=own[k].status) for id, own in rows.items()},
        )
        for k, sample in enumerate(samples)
    ]  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    write_results(folder, change(results), records, rows, {"machine": {"python": "3.12.0"}, "packages": {}})
    return folder


def _metric(id, intervals):
    """The metric; without intervals where they cost more than a test has."""
    metric = copy(entries()[id].metric)
    if not intervals:
        metric.no_interval = lambda n: "not asked for"
    return metric


def psnr(values):
    """Rows of a mean metric."""
    return {PSNR: [{"value": np.array(float(value))} for value in values]}


def offsets(values, human):
    """Rows of a Wasserstein distance."""
    return {
        FTO: [
            {"response": np.array([a]), "human": np.array([b]), "left_censored": np.array(0.0)}
            for a, b in zip(values, human, strict=True)
        ]
    }


def faces(response, reference):
    """Rows of a Frechet distance, one vector a clip."""
    return {
        FD: [
            {"response": a[None].astype(np.float32), "reference": b[None].astype(np.float32), "group": np.array(k)}
            for k, (a, b) in enumerate(zip(response, reference, strict=True))
        ]
    }


def with_metric(id, **fields):
    """A change of one metric's result."""
    return lambda results: replace(results, metrics={**results.metrics, id: replace(results.metrics[id], **fields)})


def with_benchmark(**fields):
    """A change of what was measured against."""
    return lambda results: replace(results, benchmark=replace(results.benchmark, **fields))
