"""The numbers of latency, on logs whose times are known."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from vidchatbench.latency import (
    Chunk,
    MarkedAt,
    StreamLog,
    Timing,
    audible,
    measure,
    offline,
    quantile,
    summarise,
    survival_quantile,
    unanswered,
)

RATE = 16000


def tone(*parts: tuple[float, float]) -> np.ndarray:
    """Amplitude and seconds, one after the other."""
    return np.concatenate([a * np.sin(2 * np.pi * 200 * np.arange(round(s * RATE)) / RATE) for a, s in parts])


def log(delay=0.3, begin=2.0, n=25, clock="paced", video_late=0.0, **more) -> StreamLog:
    """A second of answer in chunks of 40 ms from `begin`, each there `delay` after its time."""
    chunks = []
    for k in range(n):
        pts = begin + k * 0.04
        for kind, late in (("audio", 0.0), ("video", video_late)):
            chunks.append(
                Chunk(kind=kind, at_s=pts + delay + late, input_s=min(pts, 2.0), busy_s=0.5 + k * 0.01, pts=pts,
                      length_s=0.04, n=640 if kind == "audio" else 1, digest="0")
            )  # fmt: skip
    made = {"clock": clock, "chunk_s": 0.04, "chunks": tuple(chunks), "marks": (), "ended_s": 4.0, "busy_s": 0.75,
            "audible": ((begin + 0.2, begin + 1),), "lags_ms": (1.0, 2.0, 3.0)}  # fmt: skip
    return StreamLog(**made | more)


def test_the_first_audible_sample_is_heard_not_the_first_packet():
    one = measure(log(), speech_end_s=1.8, hardware="a desk")
    # The chunk that holds 2.2 s begins at 2.2 and came 0.3 s later.
    assert one.ttfa_s == pytest.approx(2.5 - 1.8) and one.ttfv_s == pytest.approx(0.7)
    assert one.ttfav_s == pytest.approx(0.7) and one.ttff_s == pytest.approx(2.3)
    assert one.n_stalls == 0 and one.stall_ratio == 0 and one.av_skew_ms == 0
    assert one.chunk_jitter_ms == pytest.approx(0, abs=1e-6) and one.lag_ms == 3.0
    assert one.rtf == pytest.approx(0.75) and one.media_s == pytest.approx(1)
    assert one.absent == {"stop_latency_s": one.absent["stop_latency_s"]}
    late = measure(log(video_late=0.1), speech_end_s=1.8)
    assert late.ttfa_s == one.ttfa_s and late.ttfav_s == late.ttfv_s == pytest.approx(0.8)


def test_a_chunk_that_comes_early_is_there_when_its_time_comes():
    one = measure(log(delay=-0.5), speech_end_s=1.8)
    assert one.ttfa_s == one.ttfav_s == pytest.approx(2.2 - 1.8)


def test_silence_is_no_answer():
    one = measure(log(audible=()), speech_end_s=1.8)
    assert one.ttfa_s is one.ttfv_s is one.ttfav_s is None and one.ttff_s is not None
    assert "only silence" in one.absent["ttfa_s"]
    assert "wants no speech" in measure(log(audible=()), speech_end_s=1.8, speaks=False).absent["ttfa_s"]
    assert "testset lock" in measure(log(), speech_end_s=None).absent["ttfa_s"]


def test_burst_has_no_latency():
    one = measure(log(clock="burst"), speech_end_s=1.8)
    assert one.ttfa_s is one.n_stalls is None and one.rtf == 0.75 and "throughput" in one.absent["ttfa_s"]


def test_stalls_and_how_far_sound_and_picture_come_apart():
    steady = log()
    hole = tuple(replace(c, at_s=c.at_s + 0.5) if c.pts > 2.5 else c for c in steady.chunks)
    one = measure(replace(steady, chunks=hole), speech_end_s=1.8)
    assert one.n_stalls == 1 and one.stalled_s == pytest.approx(0.3)  # half a second late, of which 0.2 s was in store
    assert one.stall_ratio == pytest.approx(0.3 / 1.3) and one.av_skew_ms == 0
    picture = tuple(replace(c, at_s=c.at_s + 0.5) if c.pts > 2.1 and c.kind == "video" else c for c in steady.chunks)
    apart = measure(replace(steady, chunks=picture), speech_end_s=1.8)
    assert apart.av_skew_ms == pytest.approx(300) and apart.n_stalls == 1


def test_when_the_initiator_speaks_into_the_answer():
    one = measure(log(), speech_end_s=1.8, speaks_again_s=[2.0, 2.8])
    # Heard from 2.5 to the end of the last chunk that is heard, which came at 2.96 + 0.3.
    assert one.stop_latency_s == pytest.approx(2.96 + 0.3 - 2.8, abs=0.05)
    assert measure(log(), speech_end_s=1.8, speaks_again_s=[2.0]).stop_latency_s is None


def test_windows_of_the_answer():
    one = measure(log(n=76), speech_end_s=1.8)  # 75 frames after the first: three full seconds, 0.01 s of work each
    assert one.rtf_1s == pytest.approx((0.25, 0.25, 0.25))
    assert measure(log(n=20), speech_end_s=1.8).rtf_1s == ()


def test_marks_split_the_latency():
    marks = (MarkedAt(name="end", at_s=2.0, input_s=2.0), MarkedAt(name="end", at_s=2.5, input_s=2.0))
    assert measure(log(marks=marks), speech_end_s=1.8).stages == {"end": pytest.approx(0.2)}


@given(st.lists(st.floats(0, 10), min_size=1, max_size=40), st.sampled_from([0.5, 0.9, 0.95, 0.99, 1.0]))
def test_without_censoring_it_is_the_plain_quantile(values, share):
    assert survival_quantile(values, [], share) == quantile(values, share)


@given(st.lists(st.floats(0, 10), max_size=30), st.integers(0, 30), st.sampled_from([0.5, 0.9, 0.99]))
def test_who_never_answers_stays_in_the_denominator(values, never, share):
    found = survival_quantile(values, [inf] * never, share)
    whole = sorted(values) + [inf] * never
    wanted = quantile(whole, share)
    assert found == (None if wanted is None or wanted == inf else wanted)


def test_kaplan_and_meier_by_hand():
    # Answers at 1, 2 and 4; one lost at 3. S = 3/4, 1/2, then 0 with one at risk.
    assert survival_quantile([1, 2, 4], [3], 0.5) == 2 and survival_quantile([1, 2, 4], [3], 0.9) == 4
    # One lost at 0.5 leaves three at risk: S(1) = 2/3, S(2) = 1/3.
    assert survival_quantile([1, 2, 4], [0.5], 0.5) == 2 and survival_quantile([1, 4], [0.5, 2], 0.5) == 4
    assert survival_quantile([1], [2, 2], 0.5) is None


def test_a_summary_says_what_was_not_reached():
    timings = [measure(log(delay=0.1 * k), speech_end_s=1.8, hardware="a") for k in range(8)]
    timings += [unanswered("paced", "timeout: no answer within 9 s", speech_end_s=1.8, limit_s=9.0, hardware="a")] * 2
    found = summarise(timings)
    assert found.n == 10 and found.failed == 2 and found.clocks == ("paced",) and found.hardware == ("a",)
    head = found.values["ttfav_s"]
    assert head.n == 10 and head.reached == 8 and head.p50 == pytest.approx(0.4 + 0.4)
    assert head.p90 is None and "8 of 10 samples reached it; most of the others: timeout" in head.reason
    assert timings[-1].censored_s == pytest.approx(7.2)
    assert found.values["rtf"].n == 8


def test_offline_answers_have_their_throughput_alone():
    found = summarise([offline(1.0, 2.0, batch=4, hardware="a"), unanswered(None, "crash: it died", hardware="a")])
    assert set(found.values) == {"rtf", "gen_s"} and found.values["rtf"].p50 == 0.5
    assert found.failed == 1 and found.stall_ratio is None and found.clocks == ("offline",)


def test_a_timing_comes_back_from_json_and_the_summary_is_the_same():
    timings = [measure(log(delay=0.1 * k), speech_end_s=1.8) for k in range(3)] + [unanswered("paced", "x")]
    read = TypeAdapter(Timing)
    again = [read.validate_json(json.dumps(asdict(one))) for one in timings]
    assert again == timings and summarise(again) == summarise(timings)
    for bad in ({"ttfa_s": "nan"}, {"ttfa_s": float("inf")}, {"clock": "mine"}, {"more": 1}):
        with pytest.raises(ValidationError):
            read.validate_python(asdict(timings[0]) | bad)


def test_what_is_audible():
    assert audible(tone((0.0, 0.5)), RATE) == ()
    assert audible(tone((0.003, 0.5)), RATE) == ()  # -53 dBFS
    ((start, end),) = audible(tone((0.0, 0.413), (0.3, 0.5), (0.0, 0.3)), RATE, 2.0)
    assert start == pytest.approx(2.413, abs=2e-3) and end == pytest.approx(2.913, abs=2e-3)
    click = tone((0.0, 0.3), (0.5, 0.02), (0.0, 0.5))
    assert audible(click, RATE) == ()
    assert len(audible(tone((0.3, 0.2), (0, 0.15), (0.3, 0.2), (0, 0.3), (0.3, 0.2)), RATE)) == 2
    stereo = np.stack([tone((0.3, 0.2)), np.zeros(3200)], axis=1)
    assert len(audible(stereo, RATE)) == 1
