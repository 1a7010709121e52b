"""The whole bundled profile on `mini`: equal bytes for any number of workers, any order, and after any interruption."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
FILES = ("results.json", "items.jsonl.gz", "stats.npz", "report.html")


def start(root, out, *words, cache=None, testset=None):
    env = os.environ | ({"VIDCHATBENCH_CACHE": str(cache)} if cache else {})
    named = ("--testset", testset) if testset else ()
    command = [sys.executable, "-m", "vidchatbench", "eval", "--pred", root / "examples/outputs/faithful", "--out", out]
    return subprocess.Popen(
        [*map(str, command), *map(str, (*named, *words))], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def finish(process):
    out, err = process.communicate()
    assert process.returncode == 0, out + err
    return out


@pytest.fixture(scope="module")
def whole(root, tmp_path_factory):
    """An undisturbed run with two workers, on the cache of all tests: whoever has put into it, the bytes are equal."""
    folder = tmp_path_factory.mktemp("whole")
    finish(start(root, folder / "run", "--workers", 2))
    return folder


def bytes_of(run: Path):
    return {name: (run / name).read_bytes() for name in FILES}


def test_no_worker_and_one_and_two(root, tmp_path):
    """Of the first items, to save time: all in the parent's process, in one worker, and in two."""
    for workers in (0, 1, 2):
        home = tmp_path / str(workers)
        # The last may find what others have left in the cache of all tests; the first two compute everything.
        own = home / "cache" if workers < 2 else None
        finish(start(root, home / "run", "--limit", 3, "--workers", workers, cache=own))
    assert bytes_of(tmp_path / "0/run") == bytes_of(tmp_path / "1/run") == bytes_of(tmp_path / "2/run")


def test_a_finished_command_computes_nothing_again(root, whole):
    before = bytes_of(whole / "run")
    finish(start(root, whole / "run"))
    assert bytes_of(whole / "run") == before
    assert json.loads((whole / "run" / "run.json").read_text())["features_computed"] == 0


def test_killed_five_times_with_other_workers_in_another_order_and_given_again(root, whole, tmp_path):
    """kill -9 at five random moments, one to five workers, another order of the items, and a cache that was empty.

    Nothing is lost but what was in flight; the bytes are those of a quiet run.
    """
    rng = random.Random(20261120)
    testset = shutil.copytree(root / "testsets" / "mini", tmp_path / "mini", ignore=shutil.ignore_patterns("source"))
    lines = (testset / "items.jsonl").read_text().splitlines(keepends=True)
    random.Random(5).shuffle(lines)
    (testset / "items.jsonl").write_text("".join(lines))
    cache, out = tmp_path / "cache", tmp_path / "run"
    entries: set[str] = set()
    for workers in (1, 2, 3, 4, 5):
        process = start(root, out, "--workers", workers, cache=cache, testset=testset)
        deadline = time.monotonic() + rng.uniform(2.0, 7.0)
        while time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        time.sleep(1.0)  # the workers see the closed pipe and end
        now = {
            path.name: path.stat().st_mtime_ns
            for path in cache.rglob("*")
            if path.is_file() and not path.name.startswith(".")
        }
        assert entries <= set(now)
        entries = set(now)
    kept = {path: path.stat().st_mtime_ns for path in cache.rglob("*") if path.name in entries}
    finish(start(root, out, "--workers", 5, cache=cache, testset=testset))
    assert bytes_of(out) == bytes_of(whole / "run")
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in kept.items())  # nothing was computed twice
