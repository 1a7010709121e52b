"""A folder of somebody's own clips becomes a test set; what was guessed is told, what is wrong is left out with why."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from helpers import tiny

import vidchatbench
from vidchatbench.errors import DataError, UsageError
from vidchatbench.testset import load_testset
from vidchatbench.testset.init import init_testset
from vidchatbench.testset.verify import wrong_files

KIND = {"task": "dialogue", "protocol": "dyadic", "profile": "bundled"}


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return tiny.write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4")


@pytest.fixture
def folder(tmp_path, clip):
    def lay(*names):
        for name in names:
            (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "in" / name).write_bytes(clip.read_bytes())
        return tmp_path / "in"

    return lay


def test_a_test_set_of_two_pairs(folder, tmp_path):
    where = folder("a b/1.mp4", "a b/2.mp4", "é_user.MP4", "é_agent.mp4")
    (where / "a b/2.txt").write_text("Yes,\n every day. ")
    made = init_testset(where, tmp_path / "out", **KIND)
    found = load_testset(tmp_path / "out")
    assert [item.item_id for item in found.items] == ["a-b", "é"] and not made.left_out
    assert [item.turns[0].text for item in found.items] == ["Yes, every day.", ""]
    assert [item.source_video for item in found.items] == ["a-b", "é"]
    assert wrong_files(found) == []
    assert sum(path.is_symlink() for path in (tmp_path / "out").rglob("*")) == 0
    told = "\n".join((*made.pairs, *made.guesses))
    assert "a-b: a b/1.mp4 asks, a b/2.mp4 answers (told by order)" in told and "in 1 of 2 pairs" in told
    assert all(line in (tmp_path / "out/CARD.md").read_text() for line in (*made.pairs, *made.guesses))


def test_the_portrait_is_the_first_frame_of_the_reply_or_the_one_given(folder, tmp_path):
    import cv2

    where = folder("x_user.mp4", "x_agent.mp4", "y_user.mp4", "y_agent.mp4")
    cv2.imwrite(str(where / "y_portrait.png"), np.zeros((8, 8, 3), "uint8"))
    init_testset(where, tmp_path / "out", **KIND)
    items = load_testset(tmp_path / "out").items
    assert [item.portrait for item in items] == ["media/x.portrait.jpg", "media/y.portrait.png"]
    picture = cv2.imread(str(tmp_path / "out" / items[0].portrait))
    assert picture.shape == (64, 96, 3)
    assert (
        abs(int(picture[5, 90].mean()) - 90) <= 6 and abs(int(picture[20, 8].mean()) - 230) <= 6
    )  # its grey, its square


def test_media_are_linked_or_copied(folder, tmp_path):
    where = folder("1.mp4", "2.mp4")
    (where / "2.mp4").unlink()
    (where / "2.mp4").symlink_to(where / "1.mp4")
    init_testset(where, tmp_path / "linked", **KIND)
    init_testset(where, tmp_path / "copied", **KIND, copy=True)
    for name, same in (("linked", True), ("copied", False)):
        for role in ("initiator", "responder"):
            file = tmp_path / name / f"media/in.{role}.mp4"
            assert not file.is_symlink() and os.path.samefile(file, where / "1.mp4") is same


def test_a_clip_that_cannot_be_used_leaves_its_pair_out(folder, tmp_path):
    where = folder(
        "good_user.mp4", "good_agent.mp4", "bad_user.mp4", "bad_agent.mp4", "mute_user.mp4", "mute_agent.mp4"
    )
    (where / "bad_agent.mp4").write_bytes(b"\0" * 999)
    tiny.write_clip(where / "mute_user.mp4", tone_hz=None)
    made = init_testset(where, tmp_path / "out", **KIND)
    assert [item.item_id for item in load_testset(tmp_path / "out").items] == ["good"]
    assert set(made.left_out) == {"bad_agent.mp4", "bad_user.mp4", "mute_user.mp4", "mute_agent.mp4"}
    assert made.left_out["bad_user.mp4"].startswith("bad_agent.mp4: ")
    assert "no sound" in made.left_out["mute_user.mp4"]
    assert {file.name for file in (tmp_path / "out/media").iterdir()} == {
        "good.initiator.mp4", "good.responder.mp4", "good.portrait.jpg",
    }  # fmt: skip


def test_what_cannot_be_made_is_not_made(folder, tmp_path):
    where = folder("1.mp4", "2.mp4", "3.mp4")
    with pytest.raises(DataError, match=r"no pair of clips is found \(1.mp4: nothing says(.|\n)*-> call the two"):
        init_testset(where, tmp_path / "out", **KIND)
    (where / "3.mp4").unlink()
    with pytest.raises(UsageError, match="built-in"):
        init_testset(where, tmp_path / "mini", **KIND)
    (tmp_path / "full").mkdir()
    (tmp_path / "full/x").touch()
    with pytest.raises(UsageError, match="not empty"):
        init_testset(where, tmp_path / "full", **KIND)
    assert {path.name for path in tmp_path.iterdir()} == {"in", "full"}


def test_the_test_set_may_stand_in_the_folder_itself(folder):
    where = folder("x_user.mp4", "x_agent.mp4")
    init_testset(where, where / "testset", **KIND)
    with pytest.raises(UsageError, match="not empty"):
        init_testset(where, where / "testset", **KIND)
    assert len(init_testset(where, where / "again", **KIND).pairs) == 1  # a test set is no folder of pairs


def test_a_task_gives_the_items_theirs(folder, tmp_path):
    made = init_testset(folder("1.mp4", "2.mp4"), tmp_path / "out", **{**KIND, "task": "listening"})
    assert load_testset(tmp_path / "out").items[0].task == "listening"
    assert any("the real reply begins with it" in guess for guess in made.guesses)


def command(*words, code=0):
    done = subprocess.run(
        [sys.executable, "-m", "vidchatbench", "testset", *map(str, words)], capture_output=True, text=True
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


def test_where_nobody_speaks_the_command_says_what_to_do(folder, tmp_path):
    done = command("init", folder("1.mp4", "2.mp4"), "--out", tmp_path / "out", "--workers", 0, code=2)
    assert "is written, but not locked" in done.stdout and "give initiator_speech_end_s" in done.stderr
    assert json.loads((tmp_path / "out/items.jsonl").read_text())["item_id"] == "in"


def test_an_unknown_profile_is_named_before_anything_is_made(folder, tmp_path):
    done = command("init", folder("1.mp4", "2.mp4"), "--out", tmp_path / "out", "--profile", "nope", code=2)
    assert "no profile 'nope'" in done.stderr and not (tmp_path / "out").exists()


def test_words_that_are_to_be_given_are_missed(folder, tmp_path):
    where = folder("1.mp4", "2.mp4")
    assert not [one for one in init_testset(where, tmp_path / "a", **KIND).guesses if "Words to say" in one]
    made = init_testset(where, tmp_path / "b", **{**KIND, "protocol": "conditioned"})
    assert [one for one in made.guesses if one.startswith("Words to say: 1 of 1 items lack them")]


@pytest.mark.slow
def test_real_clips_become_a_test_set_that_is_verified_and_scored(clips, tmp_path):
    out = tmp_path / "mine"
    done = command("init", clips / "branch/dialogue", "--out", out)
    assert "case1: case1/1.mp4 asks, case1/2.mp4 answers (told by order)" in done.stdout
    assert "3 media files are there and are those of the lock" in command("verify", out).stdout
    (turn,) = load_testset(out).items[0].turns
    assert turn.initiator_speech_end_s == pytest.approx(7.85, abs=0.05)  # measured once, by hand
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy/case1.mp4").write_bytes((out / turn.reference).read_bytes())
    run = vidchatbench.evaluate(tmp_path / "copy", testset=out, out=tmp_path / "run")
    metrics = run.results.metrics
    assert metrics["video.psnr"].value == pytest.approx(100) and metrics["video.ssim"].value == pytest.approx(1)
    assert metrics["turn.response_rate"].value == metrics["turn.response_rate"].real
    assert metrics["check.coverage"].value == metrics["check.silent"].value == 1
    assert not [id for id, metric in metrics.items() if metric.failed]
