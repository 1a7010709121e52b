"""Tasks and protocols are data: what a model is given, what is scored, and that no code names one."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from typing import get_args

import pytest
from helpers import plain, tiny

from vidchatbench.cli.testset.describe import scope
from vidchatbench.errors import DataError, UsageError
from vidchatbench.metric import SPOKEN
from vidchatbench.registry import entries, validate
from vidchatbench.tasks import INPUTS, PROTOCOLS, TASKS, Given, given, has
from vidchatbench.testset import load_testset
from vidchatbench.testset.timeline import default_start

FAMILIES = {entry.metric.card.family for entry in entries().values() if entry.metric}


def test_the_four_tasks_and_two_protocols_are_there():
    assert set(TASKS) == {"dialogue", "single", "listening", "multi_turn"}
    assert set(PROTOCOLS) == {"dyadic", "conditioned"}
    assert {"dialogue", "single", "multi_turn"} == SPOKEN
    assert tuple(INPUTS) == get_args(Given)


def test_the_words_are_given_only_where_they_are_to_be_said():
    assert "text" not in given("dialogue", "dyadic") and "text" in given("dialogue", "conditioned")
    assert "text" in given("single", "dyadic")
    assert not any(name.startswith("initiator") for name in given("single", "conditioned"))
    assert given("listening", "dyadic")[:3] == ("initiator_video", "initiator_audio", "portrait")


def test_an_input_that_the_item_lacks_is_not_given():
    items = {item.item_id: item for item in load_testset("mini").items}
    assert has(items["m01"], 0, "history") and not has(items["d01"], 0, "history") and has(items["d01"], 0, "text")
    assert not has(items["d01"], 0, "description")


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_family_is_computed_or_says_why_not(task, protocol):
    for profile in ("bundled", "paper", "turn", "duplex"):
        for family in FAMILIES:
            mine = [entry.metric for entry in entries().values() if entry.metric and entry.metric.card.family == family]
            computed, reasons = scope(mine, task, protocol, profile)
            in_profile = {metric.card.id for metric in mine if profile in metric.card.profiles}
            assert computed or reasons, (family, profile)
            assert bool(set(computed) < in_profile or not in_profile) == bool(reasons), (family, profile)


def test_reasons_say_what_is_so():
    def reasons(family, task, protocol="dyadic", profile="paper"):
        mine = [entry.metric for entry in entries().values() if entry.metric and entry.metric.card.family == family]
        return scope(mine, task, protocol, profile)[1]

    assert reasons("text", "dialogue") == ["text.cer: only under conditioned", "text.wer: only under conditioned"]
    assert reasons("text", "dialogue", "conditioned") == []
    assert reasons("text", "listening") == ["a listener says no words that could be judged"]
    assert reasons("voice", "dialogue", profile="bundled") == ["not in the profile bundled; see paper"]
    assert reasons("check", "listening") == ["check.av_length: for other tasks"]


def test_reasons_are_about_families_that_there_are():
    """A family without a reason in the data is computed for the task by some profile."""
    for name, task in TASKS.items():
        assert set(task.without) <= FAMILIES, name
        for family in FAMILIES - set(task.without):
            cards = [entry.metric.card for entry in entries().values() if entry.metric]
            assert any(name in card.tasks for card in cards if card.family == family), (name, family)


def test_no_code_of_the_core_names_a_task_or_a_protocol(root):
    names = {*TASKS, *PROTOCOLS}
    found = [
        f"{file.relative_to(root)}:{node.lineno}: {node.value!r}"
        for file in (root / "vidchatbench").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Constant) and node.value in names
    ]
    assert found == []


def test_an_unknown_task_or_protocol_is_answered_with_those_there_are(tmp_path):
    made = tiny.write_testset(tmp_path / "tiny")
    head = made / "testset.toml"
    good = head.read_text()
    head.write_text(good.replace('tasks = ["dialogue"]', 'tasks = ["dialog"]'))
    with pytest.raises(DataError, match=r"testset.toml: there is no task 'dialog'\n  -> tasks: dialogue, listening"):
        load_testset(made)
    head.write_text(good.replace('"dyadic"', '"free"'))
    with pytest.raises(DataError, match=r"no protocol 'free'\n  -> protocols: conditioned, dyadic"):
        load_testset(made)


def test_a_card_with_an_unknown_task_is_refused():
    class Wrong(plain.Brightness):
        card = replace(plain.Brightness.card, tasks=frozenset({"dialog"}))

    with pytest.raises(UsageError, match=r"card.tasks names dialog, tasks are dialogue, listening"):
        validate(Wrong())


def test_an_answer_beside_the_question_begins_with_it(tmp_path):
    made = tiny.write_testset(tmp_path / "tiny", 1)
    testset = load_testset(made)
    assert default_start(testset, testset.items[0], testset.items[0].turns[0]) == pytest.approx(0.6, abs=0.1)
    (made / "items.jsonl").write_text((made / "items.jsonl").read_text().replace('"dialogue"', '"listening"'))
    testset = load_testset(made)
    assert default_start(testset, testset.items[0], testset.items[0].turns[0]) == 0.0


def test_describe_tells_it(root, tmp_path):
    made = shutil.copytree(root / "testsets/mini", tmp_path / "mini")
    command = [sys.executable, "-m", "vidchatbench", "testset", "describe", str(made)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert re.search(r"dialogue: Answer one question\n  given    initiator_video: ", printed)
    assert "text: the words" not in printed
    toml = made / "testset.toml"
    toml.write_text(toml.read_text().replace('"dyadic"', '"conditioned"'))
    assert "text: the words" in subprocess.run(command, capture_output=True, text=True, check=True).stdout
