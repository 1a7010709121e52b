"""C9: who knows what comes later is caught, whatever way it found; who does not is not."""

from __future__ import annotations

import pytest

from vidchatbench.adapters.check_set import write_check_set, write_fork
from vidchatbench.adapters.checks.causality import causality
from vidchatbench.adapters.checks.run import run_on
from vidchatbench.media import Clip, Presentation

HONEST = """
@vcb.responder(id="me/live", mode="streaming")
def live(item):
    tint = int(np.random.randint(0, 50))  # differs by seed, and not by future
    stream = item.stream(24000, fps=25, size=(96, 96))
    for tick in stream:
        FUTURE
        pts = max(0.0, round(tick.t - stream.chunk_s, 6))
        yield vcb.AudioChunk(tick.audio, 24000, pts)
        for frame in tick.frames:
            yield vcb.VideoChunk(np.full((32, 32, 3), int(frame.mean()) // 2 + tint, np.uint8), 25, pts)
"""

DRAIN = """
        if tick.t < 0.05:  # asks for the rest of the question by itself, past the harness
            from vidchatbench.adapters import wire
            ahead, pipes = [], (item.session._up, item.session._down)
            for _ in range(40):
                wire.say(pipes[0], {"next": None})
                kind, t, n, k = item.session._head()
                sound = np.empty(n, np.float32)
                wire.fill(pipes[1], memoryview(sound).cast("B"))
                wire.fill(pipes[1], memoryview(bytearray(k * 96 * 96 * 3)))
                ahead.append(sound)
            tint = int(1e4 * np.abs(np.concatenate(ahead)[24000 * 14 // 10:]).mean()) % 97
"""


@pytest.fixture(scope="module")
def questions(tmp_path_factory):
    """The check set, and `base` with another end."""
    root = tmp_path_factory.mktemp("sets")
    whole = write_check_set(root / "whole", "dialogue")
    return whole, root / "fork", write_fork(root / "fork", whole, "dialogue")


def test_both_begin_with_the_same_bits(questions):
    whole, fork, split_s = questions
    base, other = (Clip(root / "media/base.mp4") for root in (whole, fork))
    shown = [[f.image for _, f in clip.frames([Presentation(width=96, height=96)])] for clip in (base, other)]
    n, samples = round(split_s * 25), round(split_s * 16000)
    same = [bool((a == b).all()) for a, b in zip(*shown, strict=False)]
    assert all(same[:n]) and not any(same[n + 1 :])
    sounds = [clip.audio(16000) for clip in (base, other)]
    assert (sounds[0][:samples] == sounds[1][:samples]).all() and (
        sounds[0][samples:][:8000] != sounds[1][samples:][:8000]
    ).any()


@pytest.mark.slow
@pytest.mark.parametrize(("future", "verdict"), [("pass", "passed"), (DRAIN, "FAILED")], ids=["honest", "drain"])
def test_who_knows_what_comes_later_is_caught(bench, questions, monkeypatch, future, verdict):
    whole, fork, split_s = questions
    monkeypatch.chdir(bench.home)
    bench.adapter(HONEST.replace("FUTURE", future.strip()))
    words = ["--clock", "virtual", "--warm-ups", "0", "-k", "base"]
    runs = [run_on("vcb_a.py", root, bench.home / f"out{k}", words) for k, root in enumerate((whole, whole, fork))]
    assert all(run.code == 0 for run in runs), runs[0].told
    found = causality(runs, split_s)
    assert found.verdict == verdict, found.text
    if verdict == "FAILED":
        assert "knows what comes later" in found.text and len(found.clips) == 2


def test_an_adapter_that_is_given_everything_at_once_has_no_causality():
    found = causality([None, None], 0.0)
    assert found.verdict == "skipped" and found.text == "not streaming: does not apply"
