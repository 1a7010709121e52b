"""Measures the timeline of a test set, once, for its lock: when the initiator stops and the real responder begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan
from typing import Literal

from vidchatbench.engine.cache import Cache
from vidchatbench.engine.graph import Graph
from vidchatbench.engine.pool import Pool
from vidchatbench.engine.run import run
from vidchatbench.errors import DataError, NotReady
from vidchatbench.feature import Feature
from vidchatbench.media import Clip
from vidchatbench.registry import timeline_feature
from vidchatbench.testset import TestSet
from vidchatbench.testset.lock import TimelineLine
from vidchatbench.testset.sources import ClipSource, read_sources
from vidchatbench.testset.timeline import default_start
from vidchatbench.types import Floats, Item, Reason, Turn

AGREE_S = 0.3
"""Ends of the initiator's speech that are further apart are noted: one of the two ways has heard something else."""
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class _Ear:
    """A feature that hears one thing in every clip, or why there is none."""

    feature: Feature | NotReady
    found: Mapping[str, Floats | str]
    """By the clip's path: starts and ends in seconds (k, 2), or why the clip has none."""

    @staticmethod
    def open(name: Literal["speech", "words"], array: str, testset: TestSet, cache: Cache, pool: Pool) -> _Ear:
        """Hear every clip that `name` is needed of: words only of initiators."""
        try:
            feature = timeline_feature(name)
        except NotReady as why:
            return _Ear(why, {})
        graph, keys = Graph(), dict[str, str | Reason]()
        for item in testset.items:
            for turn in item.turns:
                for path in (turn.initiator, turn.reference)[: 1 if name == "words" else 2]:
                    on, media = feature.on("initiator"), {"initiator": Clip(testset.file(path))}
                    keys[path] = keys.get(path) or graph.add(on, media, turn)
        failures = run(graph, [key for key in keys.values() if isinstance(key, str)], cache, pool, _quiet).failures
        for failure in failures.values():
            if isinstance(failure, NotReady):
                return _Ear(failure, {})
            if failure.code == "error":  # a defect is no silence
                raise failure
        found: dict[str, Floats | str] = {}
        for path, key in keys.items():
            if isinstance(key, Reason):
                found[path] = key.detail
            else:
                found[path] = failures[key].cause if key in failures else cache.read(key)[array]
        return _Ear(feature, found)

    def end(self, path: str) -> float | None:
        """When the last of it in a clip ends; None where there is none."""
        spans = self.found.get(path, "")
        return None if isinstance(spans, str) or not len(spans) else round(float(spans[:, 1].max()), _DIGITS)

    def begin(self, path: str) -> float | None:
        """When the first of it begins; None where there is none."""
        spans = self.found.get(path, "")
        return None if isinstance(spans, str) or not len(spans) else float(spans[:, 0].min())

    def silence(self, path: str) -> str:
        """Why a clip has no end."""
        if isinstance(self.feature, NotReady):
            return self.feature.cause
        spans = self.found[path]
        return f"{path}: {spans if isinstance(spans, str) else 'nobody speaks'}"


def _quiet(done: int, total: int, what: str) -> None:
    pass


def measure_timeline(testset: TestSet, cache: Cache, pool: Pool) -> list[TimelineLine]:
    """One line a turn. What the items say stays as it is; what they leave out is measured, or taken from the sources.

    `testset` is as written, without what an older lock says (`load_testset(..., with_lock=False)`).

    Raises:
        DataError: Where a turn gives no end of the initiator's speech and none can be heard, with the first such turn.
        NotReady: Where some turns give none, and no feature is here that could hear it.
        MediaError: Where a feature that hears has a defect.
    """
    speech = _Ear.open("speech", "segments", testset, cache, pool)
    words = _Ear.open("words", "word_times", testset, cache, pool)
    sources = read_sources(testset.root)
    lines, silent = [], []
    for item in testset.items:
        for number, turn in enumerate(item.turns):
            own, heard = turn.initiator_speech_end_s, speech.end(turn.initiator)
            if not isnan(own):
                end, end_from = own, "items"
            elif heard is not None and isinstance(speech.feature, Feature):
                end, end_from = heard, speech.feature.signature()
            else:
                silent.append(f"{item.item_id}{f' turn {number}' if number else ''}: {speech.silence(turn.initiator)}")
                continue
            start, start_from = _start(testset, item, turn, sources)
            onset = speech.begin(turn.reference)
            onset = None if onset is None else round(start + onset, _DIGITS)
            human = onset if start_from != "default" and start > 0 else None
            lines.append(
                TimelineLine(
                    item_id=item.item_id,
                    turn=number,
                    initiator_speech_end_s=end,
                    speech_end_from=end_from,
                    reference_start_s=start,
                    reference_start_from=start_from,
                    reference_onset_s=onset,
                    human_offset_s=None if human is None else round(human - end, _DIGITS),
                    words_end_s=words.end(turn.initiator),
                    note=_note(end, heard, words.end(turn.initiator)),
                )
            )
    if silent and isinstance(speech.feature, NotReady):
        remedy = speech.feature.remedy or "give initiator_speech_end_s in items.jsonl"
        raise NotReady(f"the end of the initiator's speech cannot be heard: {speech.feature.cause}", remedy=remedy)
    if silent:
        raise DataError(
            f"{len(silent)} turns give no initiator_speech_end_s, and none can be heard; first {silent[0]}",
            where=testset.root / "items.jsonl",
            remedy="give initiator_speech_end_s there, or leave these items out",
        )
    return lines


def _start(
    testset: TestSet, item: Item, turn: Turn, sources: Mapping[str, ClipSource]
) -> tuple[float, Literal["items", "sources", "default"]]:
    if not isnan(turn.reference_start_s):
        return turn.reference_start_s, "items"
    asked, answer = sources.get(turn.initiator), sources.get(turn.reference)
    if asked is not None and answer is not None and asked.video == answer.video:
        return round(answer.start_s - asked.start_s, 6), "sources"
    return round(default_start(testset, item, turn), 6), "default"


def _note(end: float, heard: float | None, words: float | None) -> str:
    found = {"speech is heard": heard, "the last word ends": words}
    return "; ".join(
        f"{what} until {at:.2f} s, {abs(at - end):.2f} s {'later' if at > end else 'earlier'}"
        for what, at in found.items()
        if at is not None and abs(at - end) > AGREE_S
    )
