"""`check-adapter`: who behaves passes; who peeks, remembers, ignores or leaves something behind is named."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from vidchatbench.adapters.watch import Watch

GOOD = """
@vcb.responder(id="me/good", revision="1", license="MIT", training_data=[])
def respond(item):
    level = np.random.randint(0, 100)
    frames = (item.video.frames(fps=25, size=(96, 96)) // 2 + level).astype(np.uint8)
    sound = item.audio.wave(16000)[: len(frames) * 640]
    return vcb.Response(frames=frames[: len(sound) // 640], fps=25, audio=sound, sample_rate=16000)
"""

PEEK = """
    import glob, os
    words = open(f"/proc/{os.getppid()}/cmdline").read().split("\\0")
    root = words[words.index("--testset") + 1]
    import cv2  # native code opens the file, and Python sees nothing of it
    cv2.VideoCapture(glob.glob(root + "/media/*.responder.mp4")[0]).read()
"""

SLY = """
import subprocess, threading, socket
CALLS, HOARD = [], []

@vcb.responder(id="me/sly", deterministic=True)
def respond(item):
    CALLS.append(item.id)
    try:
        socket.create_connection(("127.0.0.1", 9), timeout=0.1)
    except OSError:
        pass
    if len(CALLS) == 1:
        subprocess.Popen(["sleep", "60"])
    HOARD.append(np.ones((40 * len(CALLS), 2**20), np.uint8))
    if item.duration_s < 1:
        raise ValueError("too short for me")
    frames = np.repeat(item.portrait.image()[None] // 2 + len(CALLS) * 10, 25, axis=0)
    return vcb.Response(frames=frames, fps=25, audio=np.full(20000, 0.1), sample_rate=16000)
"""


def check(bench, code):
    told = bench.run("check-adapter", "vcb_a.py", code=code)
    lines = {}
    for line in told.splitlines():
        if line.startswith("C"):
            id, verdict, text = line.split(maxsplit=2)
            lines.setdefault(id, []).append((verdict, text))
    return lines, told


@pytest.mark.slow
def test_who_behaves_passes(bench):
    bench.adapter(GOOD)
    lines, told = check(bench, 0)
    assert list(lines) == [f"C{k}" for k in range(1, 13)], told
    for id, found in lines.items():
        allowed = {"C3": {"passed", "skipped"}, "C9": {"skipped"}}.get(id, {"passed"})
        assert {verdict for verdict, _ in found} <= allowed, told
    assert (bench.home / "check/check.html").is_file()
    assert "is not empty" in bench.run("check-adapter", "vcb_a.py", code=2)


@pytest.mark.slow
def test_whoever_looks_for_the_answers_is_caught(bench):
    bench.adapter(GOOD.replace("    level =", PEEK + "    level ="))
    lines, told = check(bench, 4)
    assert lines["C7"][0][0] == "FAILED" and ".responder.mp4" in lines["C7"][0][1], told
    assert lines["C2"][0][0] == "passed", told


def test_every_opening_of_a_watched_file_is_seen_whoever_it_is(tmp_path):
    for name in ("read", "let alone"):
        (tmp_path / name).write_text("text")
    with Watch([tmp_path / "read", tmp_path / "let alone"]) as watch:
        subprocess.run(["cat", tmp_path / "read"], check=True, capture_output=True)
        assert (tmp_path / "let alone").stat().st_size
    assert watch.opened == [tmp_path / "read"]


def test_the_worker_sees_what_it_opens(tmp_path):
    script = """
import os, socket, sys, pathlib
from vidchatbench.adapters.seen import Seen
seen = Seen(pathlib.Path(sys.argv[1]))
open(f"/proc/{os.getppid()}/environ", "rb").close()
open("/proc/self/environ", "rb").close()
from vidchatbench.testset import load_testset
load_testset("mini")
try:
    socket.create_connection(("127.0.0.1", 9), timeout=0.1)
except OSError:
    pass
seen.memory()
"""
    subprocess.run([sys.executable, "-c", script, tmp_path / "seen"], check=True)
    notes = [json.loads(line) for line in (tmp_path / "seen").read_text().splitlines()]
    found = {
        kind: [note["what"] for note in notes if note["kind"] == kind] for kind in ("process", "testset", "network")
    }
    assert found["process"] == [f"/proc/{os.getpid()}/environ"]
    assert any(path.endswith("mini/items.jsonl") for path in found["testset"])
    assert any("127.0.0.1" in address for address in found["network"])
    assert json.loads(notes[-1]["what"])[0] > 5


@pytest.mark.slow
def test_every_fault_is_named(bench):
    bench.adapter(SLY)
    lines, told = check(bench, 4)
    failed = {id for id, found in lines.items() if any(verdict == "FAILED" for verdict, _ in found)}
    assert {"C2", "C4", "C5", "C6", "C10", "C11", "C12"} <= failed and "C7" not in failed, told
    assert "its sound is +0.250 s longer" in told and "sleep 60" in told and "too short for me" in told
    page = (bench.home / "check/check.html").read_text()
    assert "<video controls src='forwards/base.mp4'>" in page and "backwards/base.mp4" in page


def test_an_adapter_that_cannot_be_loaded(bench):
    bench.adapter("import nothing_like_it")
    lines, told = check(bench, 4)
    assert list(lines) == ["C1"] and "No module named" in told
