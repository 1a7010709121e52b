"""Submissions as they are read, put together in memory: answers from media or fingerprints, rows as given."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from vidchatbench.media import Clip
from vidchatbench.results import ItemRecord
from vidchatbench.results.schema import Benchmark, Cell, Coverage, Harness, Model, OutputInfo, Results
from vidchatbench.submission.opened import Opened
from vidchatbench.submission.run_id import new_run_id
from vidchatbench.submission.schema import Environment, HarnessInfo, ManifestLine, Submission, SubmittedModel
from vidchatbench.testset import TestSet, load_testset, read_outputs
from vidchatbench.testset.fingerprint import Fingerprint
from vidchatbench.types import NamedArrays

_known: dict[Path, Fingerprint] = {}


def fingerprint(file: Path, audio: Path | None = None) -> Fingerprint:
    """Of a file, taken once."""
    if audio is not None:
        return Fingerprint.of(Clip(file, audio))
    if file not in _known:
        _known[file] = Fingerprint.of(Clip(file))
    return _known[file]


def answers_of(folder: Path) -> dict[str, Fingerprint]:
    """Fingerprints of an outputs folder by sample."""
    return {str(key): fingerprint(one.video, one.audio) for key, one in read_outputs(folder).responses.items()}


def opened(
    answers: Mapping[str, Fingerprint],
    *,
    testset: TestSet | None = None,
    model: str = "lab/model",
    deterministic: bool = False,
    digests: Mapping[str, str] | None = None,
    said: Mapping[str, str] | None = None,
    speech: Mapping[str, tuple[tuple[float, float], ...]] | None = None,
    values: Mapping[str, Mapping[str, float]] | None = None,
    rows: Mapping[str, Mapping[str, NamedArrays]] | None = None,
    results: Results | None = None,
    items: tuple[ItemRecord, ...] | None = None,
) -> Opened:
    """A submission to `testset` (mini), with what is not given left out.

    Args:
        answers: By sample.
        testset: What it answers.
        model: Its id.
        deterministic: Its declaration.
        digests: Of the files, where they are not each another.
        said: What was heard of an answer, in words.
        speech: When an answer speaks, in seconds of its own media.
        values: By metric and sample.
        rows: By metric and sample.
        results: Instead of made ones.
        items: Instead of made ones.
    """
    testset = testset or load_testset("mini")
    records, lines = [], {}
    every = {str(key): key for key in testset.keys(tuple(sorted({_seed(key) for key in answers})))}
    for name in sorted(answers, key=lambda name: every[name].order):
        key, print = every[name], answers[name]
        item = next(item for item in testset.items if item.item_id == key.item_id)
        digest = (digests or {}).get(name) or hashlib.sha256(f"{model} {print}".encode()).hexdigest()
        lines[name] = ManifestLine(item_id=key.item_id, turn=key.turn, seed=key.seed, file=f"{name}.mp4", sha256=digest,
                                   bytes=1000, start_s=1.0)  # fmt: skip
        words = tuple((k / 3, k / 3 + 0.2, word) for k, word in enumerate(said[name].split())) if said else None
        records.append(ItemRecord(
            item_id=key.item_id, turn=key.turn, seed=key.seed, task=item.task, source_video=item.source_video,
            slices={}, status="ok", reason=None,
            output=OutputInfo(file=f"{name}.mp4", sha256=digest, start_s=1.0, width=256, height=256, fps=25.0,
                              video_duration_s=print.picture_s, audio_rate=16000, audio_channels=1,
                              audio_duration_s=print.sound_s),
            metrics={id: Cell(value=own[name], status="ok") for id, own in (values or {}).items() if name in own},
            timelines={"response": tuple((1 + a, 1 + b) for a, b in speech[name])} if speech and name in speech else {},
            words={"response": words} if words is not None else {},
        ))  # fmt: skip
    made = results or Results(
        benchmark=Benchmark(
            name="vidchatbench", testset=testset.info.id, version=testset.info.version, testset_sha256=testset.sha256,
            protocol=testset.info.protocol, profile=testset.info.profile, n_items=len(testset.items),
            n_samples=len(records), n_seeds=len({record.seed for record in records}), limited=False,
        ),
        harness=Harness(name="vidchatbench", version="0"), model=Model(name=model),
        coverage=Coverage(expected=len(records), ok=len(records), failed=0, by_reason={}), complete=True,
        metrics={id: _result(own) for id, own in (values or {}).items()},
    )  # fmt: skip
    submission = Submission(
        run_id=new_run_id(), created_utc="2026-11-28T14:00:00Z",
        model=SubmittedModel(id=model, revision="1", license="MIT", open_weights=True, training_data=(),
                             saw_test_sources=False, deterministic=deterministic),
        all_seeds_reported=True, harness=HarnessInfo(version="0", git_sha=None, dirty=None),
        environment=Environment(python="3.12", platform="linux", packages={}), files={},
    )  # fmt: skip
    return Opened(
        path=Path("submissions") / model.replace("/", "__") / submission.run_id, submission=submission, results=made,
        items=items if items is not None else tuple(records),
        rows=SimpleNamespace(rows=lambda id: (rows or {}).get(id, {})),  # type: ignore[arg-type]
        manifest=lines, fingerprints=dict(answers),
    )  # fmt: skip


def with_seeds(answers: Mapping[str, Fingerprint], *more: Mapping[str, Fingerprint]) -> dict[str, Fingerprint]:
    """Answers of seed 0, 1, ... as those of one run."""
    found = dict(answers)
    for seed, one in enumerate(more, 1):
        found |= {f"{key}.s{seed}": print for key, print in one.items()}
    return found


def resembling(values: Mapping[str, float], noise: float, seed: int = 0) -> dict[str, float]:
    """Values with noise of this standard deviation."""
    rng = np.random.default_rng(seed)
    return {key: value + noise * float(rng.standard_normal()) for key, value in values.items()}


def _seed(key: str) -> int:
    tail = key.rpartition(".s")[2]
    return int(tail) if ".s" in key and tail.isdigit() else 0


def _result(own: Mapping[str, float], **fields: object):
    from vidchatbench.results.schema import MetricResult

    made = MetricResult(
        value=float(np.mean(list(own.values()))), n=len(own), ci95=None, signature="s", unit="", direction="higher",
        reason=None, remedy=None, version=1, family="f", title="t", meaning="m", source="s", licence="", fail_value=0.0,
        range=(None, None), expected=len(own), excluded=0, failed=0, by_reason={}, valid_fraction=1.0,
        value_valid_only=None, partial=False, beside={}, se=0.1, ci_method=None, ci_reason=None, n_resamples=0,
        n_clusters=len(own), real=None, real_kind="none", computation={},
    )  # fmt: skip
    return replace(made, **fields)


def with_metric(given: Opened, id: str, **fields: object) -> Opened:
    """A submission of which one metric's result is another."""
    metrics = {**given.results.metrics, id: replace(given.results.metrics[id], **fields)}
    return replace(given, results=replace(given.results, metrics=metrics))
