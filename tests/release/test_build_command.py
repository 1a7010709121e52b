"""The command: what it writes, and what it refuses."""

from __future__ import annotations

import json

import pytest

from vidchatbench.cli import main
from vidchatbench.errors import DataError, UsageError
from vidchatbench.release import load_recipe, recipes
from vidchatbench.testset import available, load_testset

SMALL = """
schema = "vidchatbench.recipe/1"
base = "speakervid-500"
id = "small"
salt = "small"
count = 6
private = 2
[reserve]
share = 1.0
"""


@pytest.fixture
def command(release, tmp_path):
    """A function that runs the command on a small release, into `tmp_path/out`."""
    root, _ = release()
    (tmp_path / "small.toml").write_text(SMALL)

    def run(*more):
        mapping = root.with_name("release.toml")
        return main(["testset", "build", str(tmp_path / "small.toml"), "--from", str(root), "--mapping", str(mapping),
                     "--out", str(tmp_path / "out"), *more])  # fmt: skip

    return run


def test_it_writes_a_test_set_and_tells_its_checksum(command, tmp_path, capsys):
    assert command() == 0
    said = capsys.readouterr().out
    facts = json.loads((tmp_path / "out" / "build.json").read_text())
    assert f"6 items, sha256 {facts['sha256']}" in said
    card = (tmp_path / "out" / "CARD.md").read_text()
    assert facts["sha256"] in card
    assert "CC BY-NC 4.0" in card
    assert all((tmp_path / "out" / line.split("(")[1].rstrip(")\n")).is_file()
               for line in card.splitlines() if line.startswith("!["))  # fmt: skip


def test_again_is_the_same_and_leaves_media_alone(command, tmp_path):
    assert command() == 0
    (tmp_path / "out" / "media").mkdir()
    (tmp_path / "out" / "media" / "clip.mp4").write_bytes(b"cut already")
    before = {file: file.read_bytes() for file in (tmp_path / "out").rglob("*") if file.is_file()}
    assert command() == 0
    assert {file: file.read_bytes() for file in (tmp_path / "out").rglob("*") if file.is_file()} == before


def test_another_count_is_another_test_set(command, tmp_path):
    assert command("--count", "4") == 0
    assert 'id = "small-count4"' in (tmp_path / "out" / "testset.toml").read_text()
    assert "4 items instead of 6" in (tmp_path / "out" / "CARD.md").read_text()


def test_what_is_held_back_is_a_test_set_of_its_own(command, tmp_path):
    (tmp_path / "key").write_text("a key that nobody can guess\n")
    assert command("--hold-back", str(tmp_path / "key")) == 0
    private = tmp_path / "out-private"
    assert 'id = "small-private"' in (private / "testset.toml").read_text()
    assert "a key that nobody" not in "".join(file.read_text() for file in private.rglob("*") if file.is_file())
    assert len((private / "items.jsonl").read_text().splitlines()) == 2


def test_what_it_refuses(command, tmp_path, capsys):
    (tmp_path / "key").write_text("short")
    assert command("--hold-back", str(tmp_path / "key")) == 2
    assert "a key has at least 16 bytes" in capsys.readouterr().err
    assert command("--hold-back", str(tmp_path / "absent")) == 2
    assert "cannot be read: No such file" in capsys.readouterr().err
    (tmp_path / "good").write_text("a key that nobody can guess")
    (tmp_path / "small.toml").write_text(SMALL.replace("private = 2", "private = 0"))
    assert command("--hold-back", str(tmp_path / "good")) == 2
    assert "holds nothing back" in capsys.readouterr().err
    assert command("--count", "100000") == 2
    assert "or lower" in capsys.readouterr().err
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("mine")
    assert command() == 2
    assert "holds no test set" in capsys.readouterr().err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["thesis.tex"]
    assert main(["testset", "build", "speakervid-500", "--from", str(tmp_path / "nowhere")]) == 2
    assert "there is no such folder" in capsys.readouterr().err


def test_recipes_are_no_test_sets(capsys):
    """Without items a recipe is in no list of test sets, but whoever asks for one is told how to make it."""
    assert len(recipes()) == 4
    assert not recipes().keys() & available().keys()
    assert main(["testset", "ls"]) == 0
    said = capsys.readouterr().out
    assert "recipe  SpeakerVid-5M, 500 dialogue pairs (a rebuild, not the paper's list)" in said
    with pytest.raises(UsageError, match="testset build speakervid-500 --from PATH"):
        load_testset("speakervid-500")


def test_the_recipes_differ_where_they_must_and_share_one_reserve():
    found = [load_recipe(name) for name in recipes()]
    assert {one.task for one in found} == {"dialogue", "listening", "single", "multi_turn"}
    assert len({one.salt for one in found}) == len(found)
    assert len({(one.reserve.salt, one.reserve.share) for one in found}) == 1
    assert all("rebuild" in one.title for one in found)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"count": 0}, "count must be at least 1"),
        ({"bounds": {"beauty": {"least": 1}}}, "there is no such score"),
        ({"pairing": {"kind": "consecutive", "turns": (3, 2)}}, "pairing.turns"),
        ({"pairing": {"kind": "telepathy"}}, "pairing.kind"),
        ({"reserve": {"salt": "", "share": 0.0}}, "reserve.share"),
    ],
)
def test_a_recipe_that_is_none_is_refused_by_key(change, told):
    with pytest.raises(DataError, match=told):
        load_recipe("speakervid-500", **change)


def test_an_unknown_recipe_is_told_the_known():
    with pytest.raises(UsageError, match="built-in: speakervid-500, "):
        load_recipe("speakervid-5000")
