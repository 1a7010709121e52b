"""Outputs folders: what is an answer, what is not, and what is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidchatbench.errors import DataError, UsageError
from vidchatbench.testset import read_outputs
from vidchatbench.types import SampleKey


def listed(root, *lines):
    root.mkdir(exist_ok=True)
    (root / "manifest.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return root


@given(
    st.text(st.characters(whitelist_categories=("L", "N")), min_size=1, max_size=8),
    st.integers(0, 30),
    st.integers(0, 9),
)
def test_a_sample_names_its_file(tmp_path_factory, item, turn, seed):
    key = SampleKey(item_id=item, turn=turn, seed=seed)
    root = tmp_path_factory.mktemp("outputs")
    (root / f"{key}.mp4").touch()
    (root / f"{key}.wav").touch()
    found = read_outputs(root)
    assert list(found.responses) == [key] and found.loose == ()
    assert found.responses[key].audio == root / f"{key}.wav"


def test_names_with_spaces_and_unicode(tmp_path):
    for name in ("eine Frage.mp4", "答え.t1.mp4", "x.MKV", "notes.txt"):
        (tmp_path / name).touch()
    found = read_outputs(tmp_path)
    assert {str(key) for key in found.responses} == {"eine Frage", "答え.t1", "x"}
    assert [path.name for path in found.loose] == ["notes.txt"]


def test_a_transcript_of_the_models_own_is_kept(tmp_path):
    found = read_outputs(listed(tmp_path, {"item_id": "a", "file": "a.mp4", "transcript": "Good morning."}))
    assert found.responses[SampleKey(item_id="a")].transcript == "Good morning."


def test_the_manifest_decides(tmp_path):
    root = listed(tmp_path, {"item_id": "a", "file": "one.mp4", "start_s": 1.5, "testset": "mini"},
                  {"item_id": "a", "turn": 1, "seed": 2, "file": "deep/two.mp4", "audio": "two.wav"})  # fmt: skip
    (root / "one.mp4").touch()
    (root / "a.mp4").touch()
    found = read_outputs(root)
    assert found.testset == "mini" and found.seeds == (0, 2)
    assert found.responses[SampleKey(item_id="a")].start_s == 1.5
    assert [path.name for path in found.loose] == ["a.mp4"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ({"item_id": "a"}, "a needs either a file, or why it failed"),
        ({"item_id": "a", "file": "a.mp4", "failed": {"code": "crash", "detail": "x"}}, "either a file, or why"),
        ({"item_id": "a", "failed": {"code": "lazy", "detail": "x"}}, "failed.code"),
        ({"item_id": "a", "file": "a.mp4", "fps": 25}, "fps"),
        ({"item_id": "a", "file": "a.mp4", "start_s": "soon"}, "start_s"),
        ({"item_id": "a", "file": "../secret.mp4"}, "leads out of the outputs folder"),
        ({"item_id": "a", "file": "/etc/passwd"}, "leads out of the outputs folder"),
        ({"item_id": "a", "file": "a.mp4", "audio": "../../x.wav"}, "leads out of the outputs folder"),
    ],
)
def test_a_wrong_manifest_is_refused_with_line_and_field(tmp_path, line, says):
    with pytest.raises(DataError, match=r"manifest\.jsonl") as caught:
        read_outputs(listed(tmp_path, line))
    assert says in str(caught.value)


def test_a_failure_keeps_its_reason_and_its_seed_counts(tmp_path):
    failed = {"code": "timeout", "detail": "no answer within 2 s"}
    root = listed(tmp_path, {"item_id": "a", "file": "a.mp4"}, {"item_id": "a", "seed": 1, "failed": failed})
    (root / "generation").mkdir()
    (root / "generation" / "run.json").touch()
    found = read_outputs(root)
    assert found.seeds == (0, 1) and found.loose == ()
    why = found.failed[SampleKey(item_id="a", seed=1)]
    assert why.code == "timeout" and "no answer within 2 s" in why.detail


def test_nan_in_a_manifest_is_refused(tmp_path):
    (tmp_path / "manifest.jsonl").write_text('{"item_id": "a", "file": "a.mp4", "start_s": NaN}\n')
    with pytest.raises(DataError, match=r"manifest\.jsonl:1"):
        read_outputs(tmp_path)


def test_a_sample_listed_or_named_twice_is_refused(tmp_path):
    line = {"item_id": "a", "file": "a.mp4"}
    with pytest.raises(DataError, match="a is listed twice"):
        read_outputs(listed(tmp_path / "one", line, line))
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "a.mp4").touch()
    (tmp_path / "two" / "a.mkv").touch()
    with pytest.raises(DataError, match=r"both a\.mkv and a\.mp4 answer a"):
        read_outputs(tmp_path / "two")


def test_links_that_lead_out_are_refused(tmp_path):
    (tmp_path / "secret.mp4").touch()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.mp4").symlink_to(tmp_path / "secret.mp4")
    with pytest.raises(DataError, match="leads out"):
        read_outputs(tmp_path / "out")
    with pytest.raises(DataError, match="leads out"):
        read_outputs(listed(tmp_path / "out", {"item_id": "a", "file": "a.mp4"}))


def test_what_is_no_folder(tmp_path):
    with pytest.raises(UsageError, match="there is no such folder"):
        read_outputs(tmp_path / "absent")
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="is not a folder"):
        read_outputs(tmp_path / "file")
