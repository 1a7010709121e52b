"""Streaming adapters: the question comes as time goes on, the answer is put together, and its times are kept."""

from __future__ import annotations

import json
import time
from dataclasses import asdict

import numpy as np
import pytest
from helpers.tiny import write_clip, write_testset
from pydantic import TypeAdapter

import vidchatbench as vcb
from vidchatbench.adapters import wire
from vidchatbench.adapters.feed import Feed, Source
from vidchatbench.adapters.gather import Gathered
from vidchatbench.adapters.live import run_live
from vidchatbench.adapters.live_item import Stream
from vidchatbench.adapters.responder import responder_of
from vidchatbench.adapters.response import InvalidResponse
from vidchatbench.adapters.session import Session
from vidchatbench.errors import UsageError
from vidchatbench.latency import Timing, summarise
from vidchatbench.media import Clip
from vidchatbench.testset import read_outputs

GREY = np.full((32, 32, 3), 128, np.uint8)
TONE = np.full(640, 0.3, np.float32)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: vcb.AudioChunk(TONE, 16000, float("nan")), "pts=nan"),
        (lambda: vcb.AudioChunk(TONE, 16000, -1), "pts=-1"),
        (lambda: vcb.AudioChunk(TONE, 16000.5, 0), "sample_rate=16000.5"),
        (lambda: vcb.AudioChunk(TONE.astype(np.int32), 16000, 0), "int32"),
        (lambda: vcb.AudioChunk(TONE[:0], 16000, 0), r"shape \(0,\)"),
        (lambda: vcb.AudioChunk(list(TONE), 16000, 0), "audio is list"),
        (lambda: vcb.VideoChunk(GREY.astype(np.float32), 25, 0), "float32, not uint8"),
        (lambda: vcb.VideoChunk(GREY[None, :0], 25, 0), r"shape \(0, 32, 3\)"),
        (lambda: vcb.VideoChunk([GREY], 25, 0), "frames is list"),
        (lambda: vcb.VideoChunk(GREY, 0, 0), "fps=0"),
        (lambda: vcb.VideoChunk(GREY, 25, "1"), "pts='1'"),
        (lambda: vcb.Mark(""), "printable"),
        (lambda: vcb.Mark(3), "printable"),
    ],
)
def test_a_chunk_that_is_none_says_why(make, told):
    with pytest.raises(InvalidResponse, match=told):
        make()


def test_registration_of_a_streaming_adapter():
    @vcb.responder(id="a", mode="streaming", chunk_s=0.1)
    def live(model, item):
        """Say something."""
        yield vcb.Mark("x")

    spec = responder_of(live)
    assert spec.mode == "streaming" and spec.chunk_s == 0.1 and live.__doc__ == "Say something."
    for argument, value in [
        ("mode", "live"),
        ("chunk_s", 0),
        ("chunk_s", True),
        ("batch_size", 0),
        ("batch_size", 2.5),
    ]:
        with pytest.raises(UsageError, match=rf"{argument}=.* is not right"):
            vcb.responder(**{"id": "a", argument: value})
    with pytest.raises(UsageError, match="one question after the other"):
        vcb.responder(id="a", mode="streaming", batch_size=2)
    with pytest.raises(UsageError, match="say mode='streaming'"):
        vcb.responder(id="a")(live.__wrapped__)
    with pytest.raises(UsageError, match="no argument `items`"):
        vcb.responder(id="a", batch_size=2)(lambda item: None)


def gathered(*chunks, max_s=9.0):
    found = Gathered(max_s)
    session = Session(None, "virtual", 0.04)
    for chunk in chunks:
        found.add(chunk, session)
    return found, session


def test_gaps_are_silence_and_held_frames():
    light = np.full_like(GREY, 200)
    found, session = gathered(
        vcb.AudioChunk(TONE, 16000, 1.0),
        vcb.VideoChunk(GREY, 25, 1.08),
        vcb.AudioChunk(TONE, 16000, 1.0401),  # 0.1 ms late: rounding, not a gap
        vcb.VideoChunk(np.stack([light, light]), 25, 1.2),
        vcb.AudioChunk(TONE, 16000, 1.2),
    )
    response = found.response()
    assert response.start_s == 1.0 and response.fps == 25 and response.sample_rate == 16000
    frames = [int(image[0, 0, 0]) for image in response.frames]
    assert frames == [128, 128, 128, 128, 128, 200, 200]  # held before its first, and between 1.12 and 1.2
    sound = response.audio[:, 0]
    assert len(sound) == round(0.28 * 16000)
    assert (sound[:1280] > 0.2).all() and not sound[1280:3200].any() and (sound[3200:3840] > 0.2).all()
    assert not sound[3840:].any()
    log = found.log(session)
    assert [chunk.kind for chunk in log.chunks] == ["audio", "video", "audio", "video", "audio"]
    assert log.audible == ((1.0, pytest.approx(1.24)),)  # 0.12 s of silence do not part it


@pytest.mark.parametrize(
    ("chunks", "told"),
    [
        (
            [vcb.AudioChunk(TONE, 16000, 1), vcb.AudioChunk(TONE, 16000, 1.02)],
            "audio at pts=1.020 overlaps .* at 1.040",
        ),
        ([vcb.VideoChunk(GREY, 25, 1), vcb.VideoChunk(GREY, 25, 0)], "video at pts=0.000 overlaps"),
        ([vcb.AudioChunk(TONE, 16000, 1), vcb.AudioChunk(TONE, 24000, 2)], "sample_rate=24000, and 16000"),
        ([vcb.VideoChunk(GREY, 25, 1), vcb.VideoChunk(GREY, 30, 2)], "fps=30, and 25"),
        ([vcb.VideoChunk(GREY, 25, 1), vcb.VideoChunk(GREY[:16], 25, 2)], "changes its shape"),
        ([vcb.VideoChunk(GREY, 25, 1), vcb.VideoChunk(GREY, 25, 11)], "go on after 9 s"),
        ([vcb.VideoChunk(GREY, 25, 1), vcb.AudioChunk(TONE, 16000, 30)], "go on after 9 s"),
        ([GREY], "yielded ndarray, not a vcb.AudioChunk"),
        ([vcb.Mark("a")] * 1001, "more than 1000 marks"),
    ],
)
def test_chunks_that_do_not_fit_together(chunks, told):
    with pytest.raises(InvalidResponse, match=told):
        gathered(*chunks)


def test_an_answer_wants_a_picture():
    with pytest.raises(InvalidResponse, match="no VideoChunk came"):
        gathered(vcb.AudioChunk(TONE, 16000, 1))[0].response()


@pytest.fixture
def feed(tmp_path):
    """A feed of a tiny clip on a clock, and the session that reads it."""
    clip = write_clip(tmp_path / "q.mp4", seconds=0.6)
    made = []

    def start(clock, **more):
        one = Feed(tmp_path, f"x{len(made)}", lambda: Source(clip, 0.6, clip, None), clock)
        one.start()
        made.append(one)
        return Session(wire.pipes(tmp_path, f"x{len(made) - 1}"), clock, 0.04, **more), clip

    yield start
    for one in made:
        one.stop()
    assert not [path for path in tmp_path.iterdir() if path.suffix in (".up", ".down")]


def test_the_ticks_are_the_question(feed):
    session, clip = feed("virtual")
    stream = Stream(session, 16000, None, None)
    ticks = list(stream)
    assert (stream.fps, stream.width, stream.height) == (25, 96, 64) and len(ticks) == 15
    assert np.allclose([tick.t for tick in ticks], np.arange(1, 16) * 0.04)
    sound = np.concatenate([tick.audio for tick in ticks])
    assert len(sound) == 9600 and np.array_equal(sound, Clip(clip).audio(16000)[:9600])
    assert [len(tick.frames) for tick in ticks] == [1] * 15 and ticks[3].frames.shape == (1, 64, 96, 3)
    assert 0.6 - 1e-9 <= session.now() < 5  # the clock is at the end of the question, and nobody waited


def test_nothing_comes_before_it_is_due_and_what_is_unread_waits(feed):
    session, _ = feed("paced")
    session.resume()
    stream = Stream(session, 16000, None, (32, 32))
    begin = time.monotonic() - session.now()
    for _, tick in zip(range(5), stream, strict=False):
        assert time.monotonic() - begin >= tick.t - 1e-4
    time.sleep(0.3)  # the model thinks
    rest = [tick for tick in stream if tick.t <= 0.48]
    assert len(rest) == 7 and session.input_s == pytest.approx(0.6)


def test_a_warm_up_tells_nothing_of_the_question(feed):
    session, _ = feed("burst", warm_up=True)
    ticks = list(Stream(session, 16000, None, None))
    assert len(ticks) == 50 and ticks[0].frames.shape == (1, 64, 96, 3)
    assert all(np.array_equal(tick.frames, ticks[0].frames) for tick in ticks)


def test_on_the_simulated_clock_the_time_of_the_adapter_counts(feed):
    session, _ = feed("virtual")

    def live(item):
        for tick in Stream(session, 16000, 25, None):
            if tick.t > 0.3:
                time.sleep(0.2)
                yield vcb.VideoChunk(GREY, 25, 0.4)
                return

    item = type("Item", (), {"session": session})()
    _, log = run_live(live, {"item": item}, item, 9.0)
    assert 0.52 - 1e-3 <= log.chunks[0].at_s < 5 and log.chunks[0].input_s == pytest.approx(0.32)
    assert 0.2 - 1e-3 <= log.busy_s < 5


def test_the_clock_begins_when_the_question_is_ready(feed):
    session, _ = feed("virtual")

    def live(item):
        yield vcb.VideoChunk(GREY, 25, 0)
        time.sleep(0.2)  # before the question is opened: no time of the conversation
        for tick in Stream(session, 16000, 25, None):
            yield vcb.VideoChunk(GREY, 25, tick.t)

    item = type("Item", (), {"session": session})()
    _, log = run_live(live, {"item": item}, item, 9.0)
    assert log.chunks[0].at_s == 0 and log.chunks[1].at_s < log.busy_s and log.busy_s > 0.2
    assert log.chunks[1].input_s == pytest.approx(0.04) and len(log.chunks) == 16


LIVE = """
import time

@vcb.responder(id="me/live", mode="streaming", deterministic=True)
def live(item):
    assert type(item).__name__ == "LiveItem" and not hasattr(item, "path")
    for tick in item.stream(16000, fps=25):
        pass
    yield vcb.Mark("decided")
    time.sleep(0.05)
    for k in range(5):
        pts = round(0.7 + 0.04 * k, 6)
        yield vcb.VideoChunk(tick.frames[-1] if len(tick.frames) else np.zeros((64, 96, 3), np.uint8), 25, pts)
        yield vcb.AudioChunk(np.full(640, 0.3 * (k > 0), np.float32) * (-1) ** np.arange(640), 16000, pts)
"""


@pytest.mark.slow
def test_a_streamed_answer_is_like_any_other_and_its_times_are_kept(bench):
    bench.adapter(LIVE)
    assert "is measured with one worker: leave -n out, or say --clock burst" in bench.generate("-n", 2, code=2)
    told = bench.generate("--warm-ups", 1)
    assert "3 of 3 samples answered (3 now)" in told and "latency  clock paced, 3 samples" in told
    outputs = read_outputs(bench.out)
    assert [one.start_s for one in outputs.responses.values()] == [0.7] * 3
    lines = [json.loads(line) for line in (bench.out / "manifest.jsonl").read_text().splitlines()]
    for line in lines:
        timing = line["timing"]
        # The clip ends at 0.6 s, the initiator at 0.5; what is heard first comes at 0.65 and belongs to 0.74.
        assert timing["clock"] == "paced" and timing["speech_end_s"] == 0.5 and timing["batch"] == 1
        assert 0.24 - 1e-3 <= timing["ttfa_s"] < 5 and timing["ttfav_s"] >= timing["ttfa_s"]
        assert timing["ttff_s"] >= 0.65 and timing["stages"]["decided"] >= 0.1 and timing["lag_ms"] >= 0
        assert timing["rtf_1s"] == []  # it lasts less than a second
        assert bench.rows()[line["item_id"]]["timing"] == timing
    latency = json.loads((bench.out / "generation/latency.json").read_text())
    assert latency["summary"]["values"]["ttfav_s"]["reached"] == 3
    again = summarise([TypeAdapter(Timing).validate_python(line["timing"]) for line in lines])
    assert json.loads(json.dumps(asdict(again))) == latency["summary"]
    assert latency["measured"]["warm_ups"] == ["done"] and latency["measured"]["cold_start_s"] > 0
    assert latency["measured"]["hardware"]["cores"] >= 1
    assert "(0 now, 3 before)" in bench.generate()
    bench.generate("--clock", "burst", "--warm-ups", 0, "-k", "x1")  # another clock is another measurement
    assert bench.rows()["x1"]["timing"]["ttfa_s"] is None


WILD = """
import os, pathlib, resource, signal, time

def good(item):
    for tick in item.stream():
        yield vcb.VideoChunk(np.zeros((32, 32, 3), np.uint8), 25, tick.t)

@vcb.responder(id="me/wild", mode="streaming", timeout_s=2)
def live(item):
    match item.id:
        case "x0":
            print("noise " * 500_000)
            assert not list(item.portrait.path.parent.glob("initiator*"))
            assert '"duration_s":null' in (item.portrait.path.parent / "question.json").read_text()
        case "x1":
            next(iter(item.stream()))
            time.sleep(600)
        case "x2":
            next(iter(item.stream()))
            os.kill(os.getpid(), signal.SIGKILL)
        case "x3":
            resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
            np.ones(2**32)
        case "x4":
            yield vcb.VideoChunk(np.zeros((5, 32, 32, 3), np.float32), 25, 0)
        case "x5":
            k = 0
            while True:
                yield vcb.VideoChunk(np.zeros((16, 16, 3), np.uint8), 1, k := k + 1)
        case "x6":
            item.portrait.path.write_bytes(b"mine now")
        case "x7":
            item.video.frames()
    yield from good(item)
"""


def test_misbehaviour_fails_one_item_with_its_reason_and_the_rest_goes_on(bench, tmp_path):
    bench.testset = write_testset(tmp_path / "eight", 8, seconds=0.2)
    bench.adapter(WILD)
    told = bench.generate("--clock", "virtual", "--warm-ups", 0, code=4)
    found = bench.failed()
    reasons = {
        "x1": "timeout: no answer within 2 s",
        "x2": "crash: the worker process died",
        "x3": "out_of_memory: ",
        "x4": "invalid: frames are float32, not uint8",
        "x5": "invalid: chunks go on after 120 s",
        "x6": "invalid: the adapter changed its input portrait.mp4",
        "x7": "invalid: item.video is not there for mode='streaming'",
    }
    assert set(found) == set(reasons), told
    for name, reason in reasons.items():
        assert found[name].startswith(reason), name
    assert "1 of 8 samples answered" in told and len(told) < 100_000
    assert "0 of 8 samples reached it" in told and "not reached" in told
    assert "simulated: not what a user would have felt" in told
    lines = {line["item_id"]: line for line in map(json.loads, (bench.out / "manifest.jsonl").read_text().splitlines())}
    assert lines["x2"]["timing"]["absent"]["ttfav_s"].startswith("crash: ") and lines["x2"]["timing"]["gen_s"] is None
    assert len(read_outputs(bench.out).responses) == 1
    assert not {"feeds", "questions"} & {path.name for path in (bench.out / "generation").iterdir()}
