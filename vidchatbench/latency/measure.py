"""From the log of a streamed answer to its `Timing`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import sqrt
from typing import Any

from vidchatbench.latency.log import Chunk, Clock, StreamLog
from vidchatbench.latency.playout import begin_delay, play, skew_ms
from vidchatbench.latency.survival import quantile
from vidchatbench.latency.timing import Timing

WAITED_FOR = ("ttfa_s", "ttfv_s", "ttfav_s")
"""What a sample may never reach."""
LIVE = (*WAITED_FOR, "ttff_s", "n_stalls", "stalled_s", "stall_ratio", "av_skew_ms", "chunk_jitter_ms",
        "stop_latency_s", "lookahead_s", "lag_ms")  # fmt: skip
"""What only a clock that goes with life can tell."""
_OFFLINE: Mapping[str, str] = dict.fromkeys(LIVE, "not streaming: the whole question is given at once")
_DIGITS = 6


def measure(
    log: StreamLog,
    *,
    speech_end_s: float | None,
    speaks: bool = True,
    speaks_again_s: Sequence[float] = (),
    hardware: str = "",
) -> Timing:
    """The times of one streamed answer.

    Args:
        log: Of its run.
        speech_end_s: When the initiator has stopped speaking; 0 where there is none, None where nobody knows.
        speaks: Whether the task wants speech.
        speaks_again_s: When the initiator begins to speak after a silence, for `stop_latency_s`.
        hardware: What it ran on.
    """
    media_s = _length(log.chunks)
    found: dict[str, Any] = {
        "gen_s": log.busy_s, "media_s": media_s, "rtf": log.busy_s / media_s if media_s else None,
        "rtf_1s": _windows(log.chunks), "speech_end_s": speech_end_s,
    }  # fmt: skip
    absent = {} if media_s else {"rtf": "the answer is empty"}
    if log.clock == "burst":
        absent |= dict.fromkeys(LIVE, "clock burst: the question is released at once, so only throughput is measured")
    else:
        _live(log, speech_end_s, speaks, media_s, found, absent)
        again = _stop(log, speaks_again_s)
        found["stop_latency_s"] = again
        if again is None:
            absent["stop_latency_s"] = "the initiator does not begin to speak again while the answer is heard"
    return Timing(
        clock=log.clock, hardware=hardware, speaks=speaks, absent={k: v for k, v in absent.items() if k not in found
        or found[k] is None}, **{name: _rounded(value) for name, value in found.items()},
    )  # fmt: skip


def offline(gen_s: float, media_s: float, *, batch: int = 1, hardware: str = "") -> Timing:
    """The times of an answer by an adapter that was given the whole question at once: what it took, and no latency."""
    return Timing(
        clock="offline", hardware=hardware, batch=batch, gen_s=round(gen_s, _DIGITS), media_s=round(media_s, _DIGITS),
        rtf=round(gen_s / media_s, _DIGITS) if media_s else None, absent=_OFFLINE,
    )  # fmt: skip


def unanswered(
    clock: Clock | None, why: str, *, speech_end_s: float | None = None, speaks: bool = True,
    limit_s: float | None = None, hardware: str = "",
) -> Timing:  # fmt: skip
    """The times of a sample that has no answer: none, and why.

    Args:
        clock: None of an adapter that is not streaming.
        why: The failure.
        speech_end_s: When the initiator has stopped speaking.
        speaks: Whether the task wants speech.
        limit_s: Where it was killed at its time limit: that limit.
        hardware: What it ran on.
    """
    waited = clock == "paced" and limit_s is not None and speech_end_s is not None and limit_s > speech_end_s
    return Timing(
        clock=clock or "offline", hardware=hardware, speaks=speaks, speech_end_s=speech_end_s,
        censored_s=round(limit_s - speech_end_s, _DIGITS) if waited and limit_s and speech_end_s is not None else None,
        absent=dict.fromkeys(("gen_s", "media_s", "rtf", *LIVE), why),
    )  # fmt: skip


def _live(
    log: StreamLog,
    speech_end_s: float | None,
    speaks: bool,
    media_s: float,
    found: dict[str, Any],
    absent: dict[str, str],
) -> None:
    sound = [chunk for chunk in log.chunks if chunk.kind == "audio"]
    picture = sorted((chunk for chunk in log.chunks if chunk.kind == "video"), key=lambda one: one.pts)
    if log.lags_ms:
        found["lag_ms"] = quantile(log.lags_ms, 0.95)
    else:
        absent["lag_ms"] = "only with the clock paced, where the adapter reads something of the question"
    if speech_end_s is not None:
        found["stages"] = {mark.name: mark.at_s - speech_end_s for mark in reversed(log.marks)}
    if picture:
        found["ttff_s"] = min(chunk.at_s for chunk in picture)
    else:
        absent["ttff_s"] = "no picture came"
    if not speaks:
        absent |= dict.fromkeys(WAITED_FOR, "the task wants no speech")
    elif speech_end_s is None:
        absent |= dict.fromkeys(WAITED_FOR, "the test set does not say when the initiator stops: `testset lock` does")
    elif not log.audible:
        absent |= dict.fromkeys(WAITED_FOR, "nothing audible came: only silence, or no sound")
    else:
        onset = log.audible[0][0]
        found["ttfa_s"] = _there(sound, onset) - speech_end_s
        # A frame of a chunk is shown until the next begins; all of a chunk's frames arrive together.
        shown = [(max(chunk.at_s, _frame(chunk, onset))) for chunk in picture if chunk.pts + chunk.length_s > onset]
        if shown:
            found["ttfv_s"] = shown[0] - speech_end_s
            found["ttfav_s"] = max(found["ttfa_s"], found["ttfv_s"])
        else:
            why = "no frame is shown at or after the first audible sample"
            absent |= {"ttfv_s": why, "ttfav_s": why}
    if not log.chunks:
        return
    played = play(log.chunks, begin_delay(log.chunks))
    found["n_stalls"], found["stalled_s"] = played.n_stalls, played.stalled_s
    found["stall_ratio"] = played.stalled_s / (played.stalled_s + media_s)
    found["av_skew_ms"] = skew_ms(log.chunks)
    if found["av_skew_ms"] is None:
        absent["av_skew_ms"] = "it takes both sound and picture"
    found["lookahead_s"] = max(chunk.input_s - chunk.pts for chunk in log.chunks)
    found["chunk_jitter_ms"] = _jitter(picture or sound)
    if found["chunk_jitter_ms"] is None:
        absent["chunk_jitter_ms"] = "it takes three chunks"


def _there(sound: Sequence[Chunk], time: float) -> float:
    """When the sample at `time` on the item's timeline was there: arrived, and its time come."""
    ahead = [chunk for chunk in sound if chunk.pts <= time + 1e-6]
    chunk = max(ahead or sound, key=lambda one: one.pts)
    return max(chunk.at_s, time)


def _frame(chunk: Chunk, onset: float) -> float:
    """When that frame of a chunk is shown which is on the screen at `onset`, or the chunk's first after it."""
    each = chunk.length_s / chunk.n
    return chunk.pts + max(0, int((onset - chunk.pts) / each + 1e-9)) * each


def _length(chunks: Sequence[Chunk]) -> float:
    if not chunks:
        return 0.0
    return max(one.pts + one.length_s for one in chunks) - min(one.pts for one in chunks)


def _windows(chunks: Sequence[Chunk]) -> tuple[float, ...]:
    """The adapter's time for each full second of the picture (or, without one, of the sound) after its first chunk."""
    track = [one for one in chunks if one.kind == "video"] or list(chunks)
    found: list[float] = []
    made = 0.0
    begun = last = track[0].busy_s if track else 0.0
    for chunk in track[1:]:
        before, made = made, made + chunk.length_s
        while made >= len(found) + 1 - 1e-9:
            share = min(1.0, (len(found) + 1 - before) / chunk.length_s)
            at = last + share * (chunk.busy_s - last)
            found.append(at - begun)
            begun = at
        last = chunk.busy_s
    return tuple(round(value, _DIGITS) for value in found)


def _jitter(chunks: Sequence[Chunk]) -> float | None:
    steps = [(one.at_s - before.at_s) - (one.pts - before.pts) for before, one in pairwise(chunks)]
    if len(steps) < 2:
        return None
    mean = sum(steps) / len(steps)
    return 1e3 * sqrt(sum((step - mean) ** 2 for step in steps) / (len(steps) - 1))


def _stop(log: StreamLog, again_s: Sequence[float]) -> float | None:
    """For the first time that the initiator speaks into the answer."""
    sound = [chunk for chunk in log.chunks if chunk.kind == "audio"]
    heard = [(_there(sound, start), _there(sound, end)) for start, end in log.audible]
    for onset in sorted(again_s):
        for start, end in heard:
            if start < onset < end:
                return end - onset
    return None


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: round(one, _DIGITS) for name, one in value.items()}
    return round(value, _DIGITS) if isinstance(value, float) else value
