"""Every broken input gives its own clear row or error, without a traceback, and the rest is scored."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow
CHECKS = [f"check.{name}" for name in ("av_length", "coverage", "fps", "frozen", "silent")]
QUICK = [*CHECKS, "audio.loudness", "audio.clipping", "turn.response_rate", "turn.fto_w1",
         "turn.duration_w1", "turn.pause_w1"]  # fmt: skip


def _ffmpeg(*words):
    if shutil.which("ffmpeg") is None:
        pytest.skip("needs the ffmpeg program to make broken files (apt-get install ffmpeg)")
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, words)], check=True, stdin=subprocess.DEVNULL)


def _variable_rate(file):
    source = file.with_suffix(".src.mp4")
    shutil.move(file, source)
    _ffmpeg("-i", source, "-vf", "select='not(mod(n,5))+lt(mod(n,3),2)'", "-fps_mode", "vfr", "-c:a", "copy", file)
    source.unlink()


def _recode(*words):
    def change(file):
        source = file.with_suffix(".src.mp4")
        shutil.move(file, source)
        _ffmpeg(*[word if word != "IN" else source for word in words], file)
        source.unlink()

    return change


BREAK = {
    "zero bytes": (lambda f: f.write_bytes(b""), "unreadable"),
    "truncated head": (lambda f: f.write_bytes(f.read_bytes()[: f.stat().st_size // 3]), "unreadable"),
    "text": (lambda f: f.write_text("this is no video\n" * 50), "unreadable"),
    "no audio": (_recode("-i", "IN", "-an", "-c:v", "copy"), "no_audio"),
    "no video": (_recode("-i", "IN", "-vn", "-c:a", "copy"), "no_video"),
    "missing": (lambda f: f.unlink(), "missing"),
    "variable rate": (_variable_rate, None),
    "8 fps": (_recode("-i", "IN", "-r", "8", "-c:a", "copy"), None),
    "rotated": (_recode("-i", "IN", "-metadata:s:v:0", "rotate=90", "-c", "copy"), None),
    "one frame": (_recode("-i", "IN", "-frames:v", "1", "-c:a", "copy"), None),
}


@pytest.fixture(scope="module")
def faithful(root, tmp_path_factory):
    """The example system, as it is."""
    return root / "examples" / "outputs" / "faithful"


@pytest.fixture(scope="module")
def broken(faithful, tmp_path_factory):
    """One file of the example broken in each way, an extra file, and one run over all of it."""
    folder = tmp_path_factory.mktemp("broken") / "broken outputs – 壊れた"
    shutil.copytree(faithful, folder)
    samples = [path.stem for path in sorted(folder.glob("*.mp4"))]
    assert len(samples) >= len(BREAK)
    which = dict(zip(BREAK, samples, strict=False))
    for name, sample in which.items():
        BREAK[name][0](folder / f"{sample}.mp4")
    (folder / "what is this ü.mp4").write_bytes(b"extra")
    done = subprocess.run(
        [sys.executable, "-m", "vidchatbench", "eval", "--pred", folder, "--out", folder.parent / "run",
         "--metrics", ",".join(QUICK)],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return done, which, folder


def test_the_run_ends_with_a_table(broken):
    done, _, folder = broken
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stdout + done.stderr and done.stderr == ""
    assert (folder.parent / "run" / "report.html").stat().st_size > 10_000


@pytest.mark.parametrize("how", BREAK)
def test_each_broken_file_has_its_row(broken, how):
    from vidchatbench.results import read_items

    _, which, folder = broken
    code = BREAK[how][1]
    item_id, _, turn = which[how].partition(".t")
    record = next(r for r in read_items(folder.parent / "run") if (r.item_id, r.turn) == (item_id, int(turn or 0)))
    if code is None:
        assert record.status == "ok", record.reason
        assert record.metrics["check.coverage"].value == 1.0
    else:
        assert record.status == "failed" and record.reason.startswith(code), record.reason
        assert len(record.reason) > len(code) + 10
        if code != "no_audio":
            assert record.metrics["check.coverage"].value == 0.0
    if how in ("8 fps", "one frame"):
        assert record.metrics["check.fps"].value == 0.0


def test_the_rest_is_scored_as_ever(broken):
    from vidchatbench.results import read_items

    _, which, folder = broken
    for record in read_items(folder.parent / "run"):
        stem = record.item_id + (f".t{record.turn}" if record.turn else "")
        if stem not in which.values():
            assert record.status == "ok"
            assert record.metrics["check.coverage"].value == 1.0


def test_every_metric_still_has_its_value_and_counts_all_samples(broken):
    from vidchatbench.results import read_results

    results = read_results(broken[2].parent / "run")
    assert results.complete
    assert results.coverage.by_reason == {"missing": 1, "no_audio": 1, "no_video": 1, "unreadable": 3}
    for name, result in results.metrics.items():
        assert result.value is not None and result.n == result.expected, name


def test_a_full_disk_ends_the_run_in_words(faithful, tmp_path):
    """A limit on the size of files stands for the full disk: the same error of the operating system."""
    script = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "from vidchatbench.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    env = {**os.environ, "VIDCHATBENCH_CACHE": str(tmp_path / "cache")}
    words = ["eval", "--pred", faithful, "--out", tmp_path / "run", "--metrics", "check.frozen", "--workers", "1"]
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, words)], capture_output=True, text=True, env=env, check=False
    )
    assert done.returncode == 1 and "cannot be written" in done.stderr and "give the same command again" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_read(tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o000)
    drop = "os.seteuid(65534)" if os.geteuid() == 0 else "pass"  # root may read everything
    script = (
        "import os, sys, vidchatbench.api, vidchatbench.testset.check\n"
        f"from vidchatbench.cli import main\n{drop}\nsys.exit(main(sys.argv[1:]))"
    )
    words = ["check-outputs", "--pred", str(folder), "--testset", "mini"]
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=False)
    folder.chmod(0o755)
    assert done.returncode == 2 and "cannot be read: Permission denied" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
