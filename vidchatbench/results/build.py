"""All rows of a run to `Results` and one `ItemRecord` a sample."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from threadpoolctl import threadpool_limits

from vidchatbench import __version__
from vidchatbench.engine.evaluate import Evaluation
from vidchatbench.engine.rows import Row
from vidchatbench.engine.verify import Scope
from vidchatbench.errors import MediaError, NotReady
from vidchatbench.metric import Metric
from vidchatbench.registry import families
from vidchatbench.results.drawn import Drawn
from vidchatbench.results.names_only import names_only, without_folders
from vidchatbench.results.schema import (
    Benchmark,
    Cell,
    Compared,
    Coverage,
    Harness,
    ItemRecord,
    MetricResult,
    Model,
    OutputInfo,
    Results,
)
from vidchatbench.results.total import total
from vidchatbench.testset import Outputs, TestSet
from vidchatbench.types import Array, Reason, Sample, SampleKey


def build_results(
    evaluation: Evaluation,
    metrics: Mapping[str, Metric],
    broken: Mapping[str, MetricResult],
    *,
    testset: TestSet,
    outputs: Outputs,
    profile: str,
    limited: bool,
    scope: Scope,
) -> tuple[Results, list[ItemRecord]]:
    """Form the totals, once and on one thread. `broken` are metrics that could not even be loaded.

    `testset` is what was scored, `scope` says of which whole test set it is a part, and why.
    """
    evaluation = without_folders(evaluation, [outputs.root, testset.root])
    found = dict(broken)
    with threadpool_limits(limits=1):
        for id, metric in metrics.items():
            rows, real = evaluation.rows.get(id, ()), evaluation.real.get(id, ())
            found[id] = total(metric, rows, real, evaluation.unready.get(id), evaluation.computations[id])
    by_key: dict[SampleKey, dict[str, Row]] = {sample.key: {} for sample in evaluation.samples}
    for id, own in evaluation.rows.items():
        for row in own:
            by_key[row.sample.key][id] = row
    real_rows: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in (row for own in evaluation.real.values() for row in own):
        real_rows[row.sample.key.place].append(row)
    items = []
    for sample in evaluation.samples:
        mine = by_key[sample.key]
        output, problem = _output(sample, mine, evaluation, outputs)
        items.append(
            item_record(
                sample, mine, real_rows[sample.key.place], metrics, output=output, problem=problem,
                unready=evaluation.unready,
            )
        )  # fmt: skip
    results = Results(
        benchmark=Benchmark(
            name="vidchatbench",
            testset=testset.info.id,
            version=testset.info.version,
            testset_sha256=testset.sha256 if limited else scope.whole.sha256,
            protocol=testset.info.protocol,
            profile=profile,
            n_items=len(testset.items),
            n_samples=len(items),
            n_seeds=len(outputs.seeds),
            limited=limited,
            items_total=len(scope.whole.items),
            left_out=dict(sorted(scope.left_out.items())),
            reencoded=tuple(sorted(scope.reencoded)),
        ),
        harness=Harness(name="vidchatbench", version=__version__),
        model=Model(name=outputs.name),
        coverage=coverage(items),
        complete=not limited and not scope.left_out and all(whole(result) for result in found.values()),
        metrics={id: found[id] for id in sorted(found)},
        families=families_of(found),
        ranked=not (limited or scope.left_out or scope.reencoded),
    )
    return results, items


def coverage(items: Sequence[ItemRecord]) -> Coverage:
    """How many of the samples could be used."""
    bad = [item for item in items if item.status == "failed"]
    return Coverage(
        expected=len(items),
        ok=len(items) - len(bad),
        failed=len(bad),
        by_reason=dict(sorted(Counter((item.reason or "").split(":")[0] for item in bad).items())),
    )


def families_of(found: Mapping[str, MetricResult]) -> dict[str, str]:
    """What the numbers of each family mean, for the families of these metrics."""
    brought = {result.family for result in found.values()}
    return {family: said for family, said in sorted(families().items()) if family in brought}


def whole(result: MetricResult) -> bool:
    """Whether a value rests on all expected samples, and nothing failed by a defect."""
    has_value = result.value is not None or result.expected == 0
    sound = not result.defects and "error" not in result.by_reason
    return has_value and not result.partial and sound and result.remedy is None


def item_record(
    sample: Sample,
    mine: Mapping[str, Row],
    real: Sequence[Row],
    metrics: Mapping[str, Metric],
    *,
    output: OutputInfo | None,
    problem: MediaError | None,
    unready: Mapping[str, NotReady] = MappingProxyType({}),
) -> ItemRecord:
    """One sample's line, from its rows; `real` are those of the real clip in the response's place."""
    key = sample.key
    cells = {id: _cell(row) for id, row in mine.items()}
    cells |= {id: Cell(value=None, status="not_ready", reason=error.cause) for id, error in unready.items()}
    cells |= {id: Cell(value=None, status="not_applicable") for id in metrics if id not in cells}
    drawn = Drawn.of(mine.values(), real)
    said = {"initiator": sample.turn.initiator_text, "reference": sample.turn.text}
    return ItemRecord(
        item_id=key.item_id,
        turn=key.turn,
        seed=key.seed,
        task=sample.item.task,
        source_video=sample.item.source_video,
        slices=dict(sorted(sample.item.slices.items())),
        status="failed" if problem else "ok",
        reason=f"{problem.code}: {problem.cause}" if problem else None,
        remedy=problem.remedy if problem else None,
        output=output,
        metrics=dict(sorted(cells.items())),
        timelines=drawn.timelines,
        initiator_speech_end_s=sample.turn.initiator_speech_end_s,
        words=drawn.words,
        texts={track: text for track, text in said.items() if text.strip()},
        compared={
            id: Compared(response=_floats(stats["response"]), human=_floats(stats["human"]))
            for id, stats in ((id, row.stats or {}) for id, row in sorted(mine.items()))
            if metrics[id].card.compared and {"response", "human"} <= stats.keys()
        },
    )


def _floats(array: Array) -> tuple[float, ...]:
    return tuple(float(value) for value in np.ravel(array).round(6))


def _cell(row: Row) -> Cell:
    value = row.stats.get("value") if row.stats is not None else None
    reason = f"{row.reason.code}: {row.reason.detail}" if row.reason else None
    single = float(value) if value is not None and np.size(value) == 1 else None
    return Cell(value=single, status=row.status, reason=reason)


def _output(
    sample: Sample, mine: Mapping[str, Row], evaluation: Evaluation, outputs: Outputs
) -> tuple[OutputInfo | None, MediaError | None]:
    """What the answer's file is, and why it cannot be used, if so."""
    clip = evaluation.media[sample.key]["response"]
    if isinstance(clip, Reason):
        return None, MediaError(clip.code, clip.detail, remedy=clip.remedy)
    file = clip.video.relative_to(outputs.root).as_posix()
    broken = first_error(mine)
    try:
        info = clip.info
        sha256 = clip.digest
    except MediaError as error:
        known = [str(outputs.root), str(outputs.root.resolve())]
        remedy = error.remedy and names_only(error.remedy, known)
        return None, MediaError(error.code, names_only(error.cause, known), where=file, remedy=remedy)
    video, audio = info.video, info.audio
    return OutputInfo(
        file=file,
        sha256=sha256,
        start_s=sample.start_s,
        width=video.width if video else None,
        height=video.height if video else None,
        fps=round(float(video.fps), 6) if video else None,
        video_duration_s=round(video.duration_s, 6) if video else None,
        audio_rate=audio.rate if audio else None,
        audio_channels=audio.channels if audio else None,
        audio_duration_s=round(audio.duration_s, 6) if audio else None,
        transcript=outputs.responses[sample.key].transcript,
    ), broken


_UNUSABLE = ("unreadable", "no_video", "no_audio", "error")


def first_error(mine: Mapping[str, Row]) -> MediaError | None:
    """The first row in which the file itself was at fault."""
    for row in mine.values():
        if row.reason and row.reason.role == "response" and row.reason.code in _UNUSABLE:
            return MediaError(row.reason.code, row.reason.detail, remedy=row.reason.remedy)
    return None
