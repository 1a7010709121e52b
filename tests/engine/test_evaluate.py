"""The engine on small real media: each clip decoded once, failures in their rows, the same bytes however it is run."""

from __future__ import annotations

import json
import pickle
import shutil
import threading
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from helpers import plain, tiny

import vidchatbench
from vidchatbench.engine.run import _set_up
from vidchatbench.errors import DataError, UsageError
from vidchatbench.media import Clip

PLAIN = str(Path(plain.__file__).resolve()) + ":Brightness"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    root = tmp_path_factory.mktemp("world")
    return tiny.write_testset(root / "tiny"), tiny.write_outputs(root / "outputs")


@pytest.fixture(autouse=True)
def fresh_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("VIDCHATBENCH_CACHE", str(tmp_path / "cache"))


def score(world, out=None, **options):
    testset, outputs = world
    options = {"metrics": ["plain"], "extra_metrics": [PLAIN], "workers": 0, **options}
    return vidchatbench.evaluate(options.pop("pred", outputs), testset=testset, out=out, **options)


def test_the_value_is_the_mean_of_the_items(world):
    run = score(world)
    values = [item.metrics["plain.brightness"].value for item in run.items]
    result = run.results.metrics["plain.brightness"]
    assert len(values) == 3 and values == sorted(values)
    assert result.value == pytest.approx(np.mean(values))
    assert result.n == result.expected == 3 and result.failed == 0 and run.results.complete
    assert result.real == pytest.approx(result.value - 5, abs=2)  # the references are 5 levels darker


def test_each_clip_is_decoded_once_and_a_second_run_decodes_nothing(world, tmp_path, monkeypatch):
    decodes = Counter()
    frames = Clip.frames

    def counted(self, presentations):
        decodes[self.video.name] += 1
        return frames(self, presentations)

    monkeypatch.setattr(Clip, "frames", counted)
    score(world, tmp_path / "run")
    assert set(decodes.values()) == {1}
    assert len(decodes) == 6  # three responses, three references; metrics and film strips watch the same decode
    decodes.clear()
    score(world, tmp_path / "run")
    assert not decodes


def test_workers_and_order_do_not_matter_to_a_byte(world, tmp_path):
    testset, outputs = world
    score(world, tmp_path / "a", workers=0)
    for name, workers in (("b", 1), ("c", 3)):
        shutil.rmtree(tmp_path / "cache")
        score(world, tmp_path / name, workers=workers)
    shutil.rmtree(tmp_path / "cache")
    turned = tmp_path / "turned"
    shutil.copytree(testset, turned)
    lines = (turned / "items.jsonl").read_text().splitlines(keepends=True)
    (turned / "items.jsonl").write_text("".join(reversed(lines)))
    score((turned, outputs), tmp_path / "d", workers=2)
    for file in ("results.json", "items.jsonl.gz", "stats.npz", "report.html"):
        contents = {(tmp_path / name / file).read_bytes() for name in "abcd"}
        assert len(contents) == 1, file


def test_a_missing_response_counts_as_the_worst_value(world, tmp_path):
    outputs = tmp_path / "outputs"
    shutil.copytree(world[1], outputs)
    (outputs / "x1.mp4").unlink()
    run = score(world, pred=outputs)
    result = run.results.metrics["plain.brightness"]
    values = [item.metrics["plain.brightness"].value for item in run.items]
    assert values[1] == 0.0
    assert result.value == pytest.approx(sum(values) / 3) and result.value_valid_only == pytest.approx(sum(values) / 2)
    assert (result.n, result.failed, result.by_reason, result.valid_fraction) == (3, 1, {"missing": 1}, 2 / 3)
    assert run.results.coverage.failed == 1 and "x1" in run.items[1].remedy


def test_a_reference_that_cannot_be_used_is_never_charged_to_the_model(world, tmp_path):
    testset = tmp_path / "tiny"
    shutil.copytree(world[0], testset)
    (testset / "media" / "r2.mp4").write_bytes(b"")
    result = score((testset, world[1])).results.metrics["plain.brightness"]
    assert (result.expected, result.excluded, result.failed, result.valid_fraction) == (2, 1, 0, 1.0)


def test_an_exception_in_a_feature_is_one_row_and_the_profile_is_incomplete(world, tmp_path):
    file = tmp_path / "bad.py"
    file.write_text(
        Path(plain.__file__)
        .read_text()
        .replace("self.levels.append(", "1 / (len(self.levels) < 3)\n        self.levels.append(")
    )
    run = score(world, extra_metrics=[f"{file}:Brightness"])
    assert not run.results.complete
    result = run.results.metrics["plain.brightness"]
    assert result.value is None and "ZeroDivisionError" in json.dumps(
        [i.metrics["plain.brightness"].reason for i in run.items]
    )


def test_a_changed_plugin_file_is_computed_again(world, tmp_path):
    first, second = tmp_path / "one.py", tmp_path / "two.py"
    first.write_text(Path(plain.__file__).read_text())
    second.write_text(first.read_text().replace("float(frame.image.mean())", "float(frame.image.mean()) / 2"))
    a, b = (
        score(world, extra_metrics=[f"{file}:Brightness"]).results.metrics["plain.brightness"].value
        for file in (first, second)
    )
    assert b == pytest.approx(a / 2)


def test_limit_is_marked_as_a_rehearsal(world):
    results = score(world, limit=2).results
    assert results.benchmark.limited and not results.complete and results.benchmark.n_items == 2


def test_results_of_another_run_are_not_overwritten_unasked(world, tmp_path):
    score(world, tmp_path / "run")
    other = tmp_path / "other"
    shutil.copytree(world[1], other)
    with pytest.raises(UsageError, match="holds the results of outputs"):
        score(world, tmp_path / "run", pred=other)
    score(world, tmp_path / "run", pred=other, overwrite=True)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("x")
    with pytest.raises(UsageError, match="is not empty"):
        score(world, tmp_path / "full")


def test_absent_media_of_the_test_set_stop_the_run(world, tmp_path):
    testset = tmp_path / "tiny"
    shutil.copytree(world[0], testset)
    (testset / "media" / "i0.mp4").unlink()
    with pytest.raises(DataError, match=r"i0\.mp4 is not there \(x0 initiator\)"):
        score((testset, world[1]))


def test_seeds_must_all_answer(world, tmp_path):
    outputs = tmp_path / "outputs"
    shutil.copytree(world[1], outputs)
    for k in range(3):
        shutil.copy(outputs / f"x{k}.mp4", outputs / f"x{k}.s1.mp4")
    (outputs / "x2.s1.mp4").unlink()
    run = score(world, pred=outputs)
    result = run.results.metrics["plain.brightness"]
    assert run.results.benchmark.n_seeds == 2 and (result.n, result.failed) == (6, 1)
    assert [(item.item_id, item.seed, item.status) for item in run.items][-1] == ("x2", 1, "failed")


class _Holding(plain.Grey):
    id = "test.holding"

    def setup(self):
        self._model = threading.Lock()  # as models often: cannot be pickled


def test_a_run_in_this_process_leaves_metrics_that_can_go_to_workers():
    feature = _Holding()
    assert _set_up(feature)._model is not None
    pickle.dumps(vars(feature))
