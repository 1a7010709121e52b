"""A model of several files that a person brings: known by what it holds, wherever it lies."""

from __future__ import annotations

import os
import pickle

import pytest

from vidchatbench.errors import NotReady
from vidchatbench.weights import WeightsFile, WeightsFolder

FILES = {"config.json": "{}", "model.bin": "numbers"}


@pytest.fixture
def model(tmp_path):
    def make(name="model", **changed):
        folder = tmp_path / name
        folder.mkdir()
        for file, text in (FILES | changed).items():
            (folder / file).write_text(text)
        return WeightsFolder(folder, tuple(FILES), "take another folder")

    return make


def test_equal_contents_have_one_label_and_no_path_in_it(model):
    one, two = model("one"), model("two")
    assert isinstance(one, WeightsFile) and one.verified() == one.path
    assert one.label == two.label and one.label.startswith("local-") and len(one.label) == 14
    assert one.expected().startswith(one.label.removeprefix("local-"))
    assert pickle.loads(pickle.dumps(one)) == one


def test_another_content_name_or_file_is_another_label(model):
    labels = {
        model("same").label,
        model("content", **{"model.bin": "Numbers"}).label,
        model("more", **{"tokenizer.json": "{}"}).label,
        model("moved", **{"config.json": "numbers", "model.bin": "{}"}).label,
    }
    assert len(labels) == 4


def test_a_change_is_seen_and_hidden_files_do_not_count(model):
    one = model()
    before = one.label
    (one.path / ".gitattributes").write_text("x")
    (one.path / "folder").mkdir()
    assert one.label == before
    (one.path / "model.bin").write_text("NUMBERS")
    os.utime(one.path / "model.bin", (1, 1))
    assert one.label != before


def test_what_is_absent_is_named_with_what_to_type(model, tmp_path):
    one = model()
    (one.path / "model.bin").unlink()
    with pytest.raises(NotReady, match=r"has no model\.bin(.|\n)*take another folder"):
        one.verified()
    nowhere = WeightsFolder(tmp_path / "nowhere", tuple(FILES), "take another folder")
    assert nowhere.label == "local-absent"
    with pytest.raises(NotReady, match="there is no such folder"):
        nowhere.locate()
