"""A result on some of the items, or on copies: only when asked for, named in the results, and never ranked."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest
from helpers import plain, tiny

from vidchatbench import evaluate
from vidchatbench.engine.pool import Pool
from vidchatbench.engine.verify import measure_media
from vidchatbench.errors import DataError
from vidchatbench.report.export import export
from vidchatbench.testset import load_testset
from vidchatbench.testset.lock import plain as plain_line


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A locked test set of 4 items with their outputs."""
    root = tmp_path_factory.mktemp("media")
    testset = load_testset(tiny.write_testset(root / "tiny", n=4))
    with Pool(0) as pool:
        lines = measure_media(testset, sorted(testset.media()), pool).values()
    (testset.root / "media.lock.jsonl").write_text("".join(json.dumps(plain_line(line)) + "\n" for line in lines))
    return testset.root, tiny.write_outputs(root / "outputs", n=4)


@pytest.fixture
def own(whole, tmp_path):
    return shutil.copytree(whole[0], tmp_path / "tiny")


def score(testset, outputs, out=None, **more):
    return evaluate(
        outputs, testset=testset, metrics=[], extra_metrics=[plain.Brightness()], workers=0, out=out, **more
    )


def encode_again(file):
    copy = file.with_name("copy.mp4")
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", file, "-c:v", "libx264", "-crf", "30", "-c:a", "aac", copy]
    if shutil.which("ffmpeg") is None:
        pytest.skip("needs the program ffmpeg")
    subprocess.run(command, check=True)
    copy.replace(file)


def test_a_whole_test_set_is_ranked_and_asking_for_less_changes_nothing(whole):
    results = score(*whole).results
    assert results.ranked and results.benchmark.items_total == results.benchmark.n_items == 4
    assert score(*whole, allow_missing_media=True).results == results


def test_without_the_word_nothing_is_left_out(own, whole):
    (own / "media" / "r1.mp4").unlink()
    with pytest.raises(DataError, match=r"r1\.mp4 is not there") as caught:
        score(own, whole[1])
    assert "--allow-missing-media" in str(caught.value)


def test_items_without_their_media_are_left_out_named_and_the_result_is_not_ranked(own, whole, tmp_path):
    (own / "media" / "r1.mp4").unlink()
    tiny.write_clip(own / "media" / "i3.mp4", level=220, tone_hz=2000)
    run = score(own, whole[1], tmp_path / "run", allow_missing_media=True)
    b = run.results.benchmark
    assert (b.n_items, b.items_total, run.results.ranked, run.results.complete) == (2, 4, False, False)
    assert list(b.left_out) == ["x1", "x3"]
    assert b.left_out["x1"] == "media/r1.mp4 is missing" and "media/i3.mp4 is changed: " in b.left_out["x3"]
    assert [item.item_id for item in run.items] == ["x0", "x2"]
    assert b.testset_sha256 == load_testset(own).sha256
    (metric,) = run.results.metrics.values()
    assert metric.expected == metric.n == 2
    page = (tmp_path / "run" / "report.html").read_text()
    assert "Not ranked:" in page and "scored on 2 of 4 items" in page and "media/r1.mp4 is missing" in page
    table = export([("ours", run.results)], "md")
    assert "ours (not ranked)" in table and "scored on 2 of 4 items" in table


def test_copies_are_scored_as_what_they_are_and_named(own, whole):
    before = score(*whole).results
    encode_again(own / "media" / "r2.mp4")
    with pytest.raises(DataError, match=r"r2\.mp4 has another content"):
        score(own, whole[1])
    results = score(own, whole[1], allow_missing_media=True).results
    assert results.benchmark.reencoded == ("media/r2.mp4",) and results.benchmark.left_out == {}
    assert results.complete and not results.ranked
    assert results.benchmark.testset_sha256 == before.benchmark.testset_sha256
    (then,), (now,) = before.metrics.values(), results.metrics.values()
    assert now.real != then.real and now.real == pytest.approx(then.real, abs=2)
    assert now.value == then.value


def test_where_nothing_is_left_nothing_is_scored(own, whole):
    shutil.rmtree(own / "media")
    with pytest.raises(DataError, match="of none of its 4 items the media are here and right"):
        score(own, whole[1], allow_missing_media=True)
