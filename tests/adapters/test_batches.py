"""Several items in one call; and whatever goes wrong with a batch costs one sample."""

from __future__ import annotations

import pytest
from helpers.tiny import write_testset

ADAPTER = """
import os, pathlib
CALLS = pathlib.Path(__file__).with_name("calls")

@vcb.responder(id="me/many", batch_size=4)
def respond_batch(items):
    with CALLS.open("a") as out:
        print(*[item.id for item in items], file=out)
    made = [vcb.Response(path=item.video.path, transcript=item.id) for item in items]
    ids = {item.id for item in items}
    if MODE == "memory" and len(items) > 1:
        raise MemoryError("too many")
    if MODE == "bad" and "x1" in ids:
        raise ValueError("not x1")
    if MODE == "dies" and "x1" in ids:
        os.kill(os.getpid(), 9)
    if MODE == "short" and len(items) > 1:
        return made[1:]
    return made
"""


def calls(bench):
    return [line.split() for line in (bench.home / "calls").read_text().splitlines()]


@pytest.fixture
def many(bench, tmp_path):
    bench.testset = write_testset(tmp_path / "five", 5, seconds=0.2)
    return bench


def test_a_batch_is_one_call_and_every_sample_is_its_own(many):
    many.adapter('MODE = ""\n' + ADAPTER)
    assert "batch_size=4 is for one worker" in many.generate("-n", 2, code=2)
    many.generate()
    assert calls(many) == [["x0", "x1", "x2", "x3"], ["x4"]]
    rows = many.rows()
    assert {name: row["transcript"] for name, row in rows.items()} == {name: name for name in rows} and len(rows) == 5
    assert [rows[name]["batch"] for name in sorted(rows)] == [4, 4, 4, 4, 1]
    assert rows["x0"]["timing"]["clock"] == "offline" and rows["x0"]["timing"]["batch"] == 4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "failed"),
    [("memory", {}), ("bad", {"x1": "error: ValueError: not x1"}), ("dies", {"x1": "crash: the worker process died"})],
)
def test_what_goes_wrong_costs_one_sample(many, mode, failed):
    many.adapter(f'MODE = "{mode}"\n' + ADAPTER)
    many.generate(code=4 if failed else 0)
    found = many.failed()
    assert set(found) == set(failed) and all(found[name].startswith(why) for name, why in failed.items())
    assert sum(row["file"] is not None for row in many.rows().values()) == 5 - len(failed)
    assert [call for call in calls(many) if len(call) > 1] == [["x0", "x1", "x2", "x3"]]
