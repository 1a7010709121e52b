"""A model is given what its task and protocol name, and nothing else of an item."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from vidchatbench.adapters.question import Question
from vidchatbench.testset import load_testset
from vidchatbench.types import SampleKey

MINI = load_testset("mini")
SPOKEN = next(item for item in MINI.items if item.turns[0].text and item.voice)


def posed(folder: Path, task: str, protocol: str) -> tuple[set[str], dict]:
    """The files of a question, and what it says."""
    testset = replace(MINI, info=replace(MINI.info, protocol=protocol))
    Question(testset, replace(SPOKEN, task=task), SampleKey(item_id=SPOKEN.item_id)).pose(folder)
    return {path.stem for path in folder.iterdir()} - {"question"}, json.loads((folder / "question.json").read_bytes())


@pytest.mark.parametrize(
    ("task", "protocol", "files", "text"),
    [
        ("dialogue", "dyadic", {"initiator", "portrait", "voice"}, None),
        ("dialogue", "conditioned", {"initiator", "portrait", "voice"}, SPOKEN.turns[0].text),
        ("listening", "dyadic", {"initiator", "portrait", "voice"}, None),
        ("single", "dyadic", {"portrait", "voice"}, SPOKEN.turns[0].text),
    ],
)
def test_what_is_given(tmp_path, task, protocol, files, text) -> None:
    found, told = posed(tmp_path / "q", task, protocol)
    assert found == files and told["text"] == text
    assert (told["duration_s"] > 0) == ("initiator" in files)
    reference = MINI.file(SPOKEN.turns[0].reference).read_bytes()
    assert all(path.read_bytes() != reference for path in (tmp_path / "q").iterdir())
