"""Append-only: nothing that was merged changes, and one thing comes at a time."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from vidchatbench.cli import main
from vidchatbench.submission.schema import FILES
from vidchatbench.submission.tree import appended

RUN = "a__m/0191d5c2-7a1b-7c3d-8e9f-001122334455"
NEW = "b__n/0191d5c2-7a1b-7c3d-8e9f-001122334466"


def put(root: Path, run: str, text: str = "x", names=FILES) -> None:
    (root / run).mkdir(parents=True, exist_ok=True)
    for name in names:
        (root / run / name).write_text(text)


@pytest.fixture
def trees(tmp_path):
    base, head = tmp_path / "base", tmp_path / "head"
    put(base, RUN)
    (base / "README.md").write_text("how")
    shutil.copytree(base, head)
    return base, head


FINE = {
    "nothing": lambda head: None,
    "a run": lambda head: put(head, NEW),
    "another run of a model": lambda head: put(head, RUN[:-2] + "99"),
    "a withdrawal": lambda head: put(head, RUN, names=["withdrawal.json"]),
}
WRONG = {
    "an edited file": lambda head: (head / RUN / "results.json").write_text("y"),
    "a file that is gone": lambda head: (head / RUN / "results.json").unlink(),
    "a run that is gone": lambda head: shutil.rmtree(head / RUN),
    "a file that became a link": lambda head: link(head / RUN / "results.json"),
    "a page that is edited": lambda head: (head / "README.md").write_text("other"),
    "a file more in a merged run": lambda head: put(head, RUN, names=["run.json"]),
    "a run from before": lambda head: put(head, RUN[:-2] + "33"),
    "two runs": lambda head: (put(head, NEW), put(head, NEW[:-2] + "77")),
    "a run and a withdrawal": lambda head: (put(head, NEW), put(head, RUN, names=["withdrawal.json"])),
    "a withdrawal of a new run": lambda head: put(head, NEW, names=[*FILES, "withdrawal.json"]),
    "a file beside the runs": lambda head: put(head, ".", names=["conftest.py"]),
    "a file beside a run": lambda head: put(head, "b__n", names=["x.json"]),
    "a deeper folder": lambda head: put(head, NEW + "/deep"),
    "the same name in capitals": lambda head: put(head, NEW.replace("b__n", "A__M")),
}


def link(path: Path) -> None:
    path.rename(path.with_name("kept"))
    path.symlink_to("kept")


@pytest.mark.parametrize("what", FINE)
def test_what_may_be_merged(what, trees):
    base, head = trees
    FINE[what](head)
    assert appended(base, head) == []


@pytest.mark.parametrize("what", WRONG)
def test_what_may_not(what, trees):
    base, head = trees
    WRONG[what](head)
    found = appended(base, head)
    assert {one.code for one in found} == {"append-only"} and all(one.remedy for one in found)


def test_the_command_checks_only_what_is_new(good, tmp_path, capsys):
    base = tmp_path / "submissions"
    base.mkdir()
    report = tmp_path / "report.json"
    words = ["check-submission", str(good.submissions), "--testset", str(good.testset), "--json", str(report)]
    assert main([*words, "--base-tree", str(base)]) == 0
    said = json.loads(report.read_text())["submissions"]
    assert [one["verdict"] for one in said] == ["accepted", "accepted"] and said[1]["level"] >= 1
    put(base, RUN)
    assert main([*words, "--base-tree", str(base)]) == 4
    assert "was merged, and is gone" in capsys.readouterr().out
    assert main([*words, "--base-tree", str(good.submissions)]) == 0
    assert len(json.loads(report.read_text())["submissions"]) == 1
