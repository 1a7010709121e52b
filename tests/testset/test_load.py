"""Test sets: what is wrong is said with file, line and field; the digest knows content, not order or place."""

from __future__ import annotations

import json
import shutil

import pytest
from helpers import tiny

from vidchatbench.errors import DataError, UsageError
from vidchatbench.testset import available, load_testset
from vidchatbench.testset.verify import wrong_files


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return tiny.write_testset(tmp_path_factory.mktemp("sets") / "tiny")


@pytest.fixture
def own(made, tmp_path):
    return shutil.copytree(made, tmp_path / "tiny")


def edit(root, change):
    lines = [json.loads(line) for line in (root / "items.jsonl").read_text().splitlines()]
    change(lines)
    (root / "items.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_an_unknown_test_set_is_answered_with_those_there_are():
    with pytest.raises(UsageError, match="no test set 'nope'") as caught:
        load_testset("nope")
    assert all(name in str(caught.value) for name in available())


def test_the_digest_does_not_know_order_or_place(own, made):
    edit(own, lambda lines: lines.reverse())
    assert load_testset(own).sha256 == load_testset(made).sha256


def test_the_digest_knows_content(own, made):
    edit(own, lambda lines: lines[0]["turns"][0].update(reference_start_s=0.61))
    assert load_testset(own).sha256 != load_testset(made).sha256


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda lines: lines[1].pop("portrait"), "items.jsonl:2: portrait: Field required"),
        (lambda lines: lines[0].update(task="singing"), "items.jsonl:1: task"),
        (lambda lines: lines[0].update(colour="red"), "colour"),
        (lambda lines: lines[0]["turns"][0].update(reference_start_s="x"), "turns.0.reference_start_s"),
        (lambda lines: lines[0]["turns"].append(lines[0]["turns"][0]), "a dialogue item cannot have 2 turns"),
        (lambda lines: lines[0].update(turns=[]), "cannot have 0 turns"),
        (lambda lines: lines[0].update(item_id="x1"), "'x1' is there twice"),
        (lambda lines: lines[0].update(portrait="../../etc/passwd"), "leads out of the test set"),
        (lambda lines: lines.clear(), "it has no items"),
    ],
)
def test_a_wrong_manifest_is_refused_with_its_place(own, change, says):
    edit(own, change)
    with pytest.raises(DataError) as caught:
        load_testset(own)
    assert says in str(caught.value)


def test_a_wrong_head_is_refused(own):
    (own / "testset.toml").write_text("id = [")
    with pytest.raises(DataError, match="cannot be read as TOML"):
        load_testset(own)


def test_media_are_held_to_the_lock(own):
    from vidchatbench.engine.lock import lock_testset

    lines = lock_testset(load_testset(own), workers=0)
    found = load_testset(own)
    assert found.lock is not None and len(found.lock.media) == 6 == sum(line.kind == "media" for line in lines)
    assert wrong_files(found) == []
    file = own / "media" / "r1.mp4"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    (own / "media" / "i0.mp4").unlink()
    assert [str(one) for one in wrong_files(found)] == [
        "missing     media/i0.mp4 (x0 initiator)",
        "changed     media/r1.mp4 (x1 portrait)",
    ]
