"""After a run: from the logs of streamed answers to the timing of each sample, and the summary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from vidchatbench.adapters.hardware import Hardware
from vidchatbench.adapters.job import Folder, Job, Row
from vidchatbench.adapters.question import Question
from vidchatbench.adapters.responder import Responder
from vidchatbench.errors import MediaError
from vidchatbench.latency import Latency, StreamLog, audible, measure, offline, summarise, unanswered
from vidchatbench.media import Clip
from vidchatbench.types import SampleKey

SCHEMA = "vidchatbench.latency/1"
_RATE = 16000


def add_timings(
    folder: Folder, rows: Mapping[SampleKey, Row], questions: Mapping[SampleKey, Question], here: Hardware
) -> dict[SampleKey, Row]:
    """The rows, each with its timing; what has one keeps it, since it may have been made elsewhere."""
    spec = folder.read("responder.json", Responder)
    found = {}
    for key, row in rows.items():
        if row.timing is None:
            row = replace(row, timing=_timing(folder, row, questions[key], spec, str(here)))
            folder.put(row)
        found[key] = row
    return found


def _timing(folder: Folder, row: Row, question: Question, spec: Responder | None, here: str) -> Any:
    if row.failed is not None:
        clock = row.clock
        limit = spec.timeout_s if spec is not None and row.failed["code"] == "timeout" else None
        why = f"{row.failed['code']}: {row.failed['detail']}"
        return unanswered(
            clock, why, speech_end_s=question.speech_end_s if clock else None, speaks=question.speaks, limit_s=limit,
            hardware=here,
        )  # fmt: skip
    if row.clock is None:
        media = row.media or {}
        return offline(
            row.gen_s or 0.0, max(media.get("video_s") or 0.0, media.get("audio_s") or 0.0), batch=row.batch,
            hardware=here,
        )  # fmt: skip
    log = folder.read(f"streams/{row.key}.json", StreamLog)
    if log is None:
        return unanswered(row.clock, "the log of the stream is not there", speaks=question.speaks, hardware=here)
    return measure(
        log, speech_end_s=question.speech_end_s, speaks=question.speaks, speaks_again_s=_again(question), hardware=here
    )


def _again(question: Question) -> list[float]:
    """When the initiator begins to speak after a silence."""
    if question.initiator is None:
        return []
    try:
        sound = Clip(question.testset.file(question.initiator)).audio(_RATE)
    except MediaError:
        return []
    return [start for start, _ in audible(sound.astype(np.float32), _RATE)][1:]


def write_latency(
    folder: Folder, rows: Mapping[SampleKey, Row], job: Job, here: Hardware, expected: int
) -> Latency | None:
    """`latency.json`: the summary, and how it was measured. None where no sample was tried."""
    timings = [row.timing for row in rows.values() if row.timing is not None]
    if not timings:
        return None
    latency = summarise(timings)
    started = folder.read("cold_start.json", dict) or {}
    folder.write("latency.json", {
        "schema": SCHEMA,
        "summary": asdict(latency),
        "measured": {
            "expected": expected, "cold_start_s": started.get("cold_start_s"),
            "warm_ups": started.get("warm_ups", []), "hardware": asdict(here),
            "batch": max(one.batch for one in timings), "run": job.run,
        },
    })  # fmt: skip
    return latency
