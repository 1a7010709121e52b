"""Compare after two real, small runs: one folder of answers louder or missing, the other as it should be."""

from helpers import tiny
from helpers.plain import Brightness

import vidchatbench
from vidchatbench.comparison import compare


def test_two_runs_on_one_test_set(tmp_path, monkeypatch):
    monkeypatch.setenv("VIDCHATBENCH_CACHE", str(tmp_path / "cache"))
    testset = tiny.write_testset(tmp_path / "set", 7)
    runs = []
    for name, level in (("dark", 60), ("bright", 120)):
        pred = tiny.write_outputs(tmp_path / name, 7, level=level)
        out = tmp_path / f"run-{name}"
        vidchatbench.evaluate(
            pred, testset=testset, metrics=["check"], extra_metrics=[Brightness()], out=out, workers=0
        )
        runs.append(out)
    (pair,) = compare(runs[0], [runs[1]], extra_metrics=[Brightness()]).pairs
    found = pair.differences[Brightness.card.id]
    assert not pair.obstacles and found.n == 7
    assert found.difference is not None and found.difference > 0 and found.p == 2**-7
    assert pair.differences["check.coverage"].difference == 0
    (alone,) = compare(runs[0], [runs[1]]).pairs
    obstacle = alone.differences[Brightness.card.id].obstacle
    assert obstacle is not None and obstacle.what == "not installed"
