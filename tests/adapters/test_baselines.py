"""The baselines of `examples/adapters`. All of them scored: `benchmarks/baselines.py`, which takes minutes."""

from __future__ import annotations

import sys
import tomllib

import pytest

import vidchatbench
from vidchatbench.registry import entries

BASELINES = ("echo", "silence", "frozen_portrait", "constant_latency", "shuffled_reference", "retrieval",
             "espeak_puppet")  # fmt: skip
CHEAP = ["turn.response_rate", "turn.fto_w1", "turn.duration_w1", "turn.pause_w1", "check.silent", "check.frozen",
         "check.coverage", "audio.true_peak", "video.held"]  # fmt: skip


@pytest.fixture
def mini(bench, root):
    """A bench on `mini`, with the adapters of the examples beside the user."""
    bench.testset = root / "testsets" / "mini"
    bench.examples = root / "examples" / "adapters"
    return bench


@pytest.fixture(scope="module")
def controls(root):
    return tomllib.loads((root / "testsets" / "mini" / "controls.toml").read_text())


def test_every_line_names_a_metric_and_a_reason(controls, root):
    known = entries()
    for name in BASELINES:
        assert (root / "examples" / "adapters" / f"vcb_{name}.py").is_file()
        assert any(line["expect"] == "must_lose" for line in controls[name].values())
        for id, line in controls[name].items():
            assert id in known and line["expect"] in ("must_lose", "may_tie", "may_win") and len(line["because"]) >= 10


@pytest.mark.slow
def test_silence_loses_where_it_must(mini, controls, root):
    mini.generate(adapter=mini.examples / "vcb_silence.py")
    ours = vidchatbench.evaluate(root / "examples/outputs/faithful", metrics=CHEAP, workers=0).results.metrics
    theirs = vidchatbench.evaluate(mini.out, metrics=CHEAP, workers=0).results.metrics
    for id in CHEAP:
        gain = (theirs[id].value - ours[id].value) * (1 if ours[id].direction == "higher" else -1)
        assert gain < 0 if controls["silence"][id]["expect"] == "must_lose" else gain <= 0, id


@pytest.mark.parametrize("name", ["shuffled_reference", "retrieval"])
def test_real_answers_are_never_to_the_same_conversation(mini, name):
    pool = mini.testset / "media"
    adapter = mini.examples / f"vcb_{name}.py"
    told = mini.generate("--limit", 3, adapter=adapter, code=4)
    assert "name the folder of" in told and "-M pool=" in told
    mini.generate("-M", f"pool={pool}", "-k", "m02 or d01", adapter=adapter)
    for name in ("d01", "m02", "m02.t1", "m02.t2"):
        made = (mini.out / f"{name}.mp4").read_bytes()
        source = [path.name for path in pool.glob("*.responder.mp4") if path.read_bytes() == made]
        assert source and not source[0].startswith(name.partition(".")[0])


PROGRAM = """
import json, shutil, sys
if len(sys.argv) > 1:
    if "x1" in sys.argv[3]:
        sys.exit("cannot do x1")
    shutil.copy(sys.argv[1], sys.argv[2])
else:
    for line in sys.stdin:
        told = json.loads(line)
        if told["id"] == "x1":
            print(json.dumps({"error": "no words for x1"}), flush=True)
        else:
            print(json.dumps({"path": told["video"], "start_s": 0.5, "transcript": told["task"]}), flush=True)
"""


def test_any_program_is_a_model(bench, root):
    adapter = root / "examples" / "adapters" / "vcb_command.py"
    (bench.home / "model.py").write_text(PROGRAM)
    files = f"command={sys.executable} model.py {{video}} {{out}} {{id}}"
    told = bench.generate("-M", files, adapter=adapter, code=4)
    assert "2 of 3 samples answered" in told and "ended with 1: cannot do x1" in told
    told = bench.generate("-M", f"pipe={sys.executable} model.py", adapter=adapter, code=4)
    assert "2 of 3 samples answered (2 now)" in told and "RuntimeError: no words for x1" in told
    row = bench.rows()["x2"]
    assert row["start_s"] == 0.5 and row["transcript"] == "dialogue"
    assert "give either -M command=" in bench.generate(adapter=adapter, code=4)
