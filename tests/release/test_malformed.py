"""Releases that are broken are reported: with file, cause and remedy where they cannot be used, by counts elsewhere."""

from __future__ import annotations

import gzip
import json
import shutil

import pytest

from vidchatbench.errors import DataError
from vidchatbench.release.importer import read_release

MAPPING = """
schema = "vidchatbench.release/1"
release = "By hand"
confirmed = true
licence = "none"
name_suffix = ".json"
[list]
file = "list.json"
form = "object"
name = "*"
video = "@key"
[sft]
file = "sft.json"
form = "array"
[tables]
main = { at = ["main"] }
asr = { at = ["asr"] }
[quantity]
speaker = { of = "main", path = "who" }
start = { of = "main", path = "span.0", unit = "s" }
end = { of = "main", path = "span.1", unit = "s" }
box = { of = "main", path = "box", form = "xyxy", unit = "share" }
talking = { of = "main", path = "talks" }
dover = { of = "main", path = "dover" }
text = { of = "asr", path = "text" }
"""
GOOD = {"span": [1.0, 6.0], "box": [0.1, 0.1, 0.9, 0.9], "who": "A", "talks": True, "dover": 0.7}


@pytest.fixture
def by_hand(tmp_path):
    """A release of ten clips, one file each, and a function that reads it."""
    from vidchatbench.release import load_mapping

    root = tmp_path / "release"
    for folder in ("main", "asr"):
        (root / folder).mkdir(parents=True)
    for number in range(10):
        (root / "main" / f"c{number}.json").write_text(json.dumps(GOOD))
        (root / "asr" / f"c{number}.json").write_text('{"text": "Words."}')
    (root / "list.json").write_text(json.dumps({"v": [f"c{number}.json" for number in range(10)]}))
    (root / "sft.json").write_text('["c1.json"]')
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(MAPPING)

    def read():
        found = read_release(root, load_mapping(mapping))
        clips = sorted(clip.name for video in found.videos.values() for clip in video)
        return clips, dict(found.skipped.counts), found

    return root, read


ALL = [f"c{number}" for number in range(10)]


def test_all_is_well(by_hand):
    _, read = by_hand
    clips, skipped, found = read()
    assert (clips, skipped, found.entries) == (ALL, {}, 10)
    assert [clip.sft for clip in found.videos["v"]].count(True) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"span": [1.0', "main: is not whole JSON"),
        ("", "main: is empty"),
        ("[" * 100_000, "main: is nested too deeply"),
        ("[1, 2]", "speaker: is not there"),
        (json.dumps(GOOD | {"dover": float("nan")}), "main: dover is not finite"),
        (json.dumps(GOOD | {"dover": "high"}), "main: dover is text, not a number"),
        (json.dumps(GOOD | {"span": [-3, 5]}), "main: start is negative"),
        (json.dumps(GOOD | {"span": [5, 3]}), "time span: ends before it begins"),
        (json.dumps(GOOD | {"span": [5, 1e9]}), "time span: ends after more than 24 hours"),
        (json.dumps(GOOD | {"span": 5}), "start: is not there"),
        (json.dumps(GOOD | {"box": [0.5, 0.5, 0.4, 0.9]}), "box: is empty or inside out"),
        (json.dumps(GOOD | {"box": [0, 0, 640, 480]}), "box: stands out of the picture"),
        (json.dumps(GOOD | {"who": "x" * 10_000_000}), "main: speaker is no printable id"),
        (json.dumps(GOOD | {"who": "\ud800"}), "main: speaker is no printable id"),
    ],
)
def test_one_bad_entry_costs_one_clip(by_hand, content, reason):
    root, read = by_hand
    (root / "main" / "c3.json").write_text(content)
    clips, skipped, found = read()
    if reason.startswith("speaker"):
        # A clip of nobody knows whom is kept, but a clip without a time is none.
        reason = "start: is not there"
    assert clips == [name for name in ALL if name != "c3"]
    assert skipped == {reason: 1}
    assert found.skipped.examples[reason] == ["c3"]


def test_a_long_text_and_a_binary_file(by_hand):
    root, read = by_hand
    (root / "asr" / "c1.json").write_text(json.dumps({"text": "x" * 10_000_000}))
    (root / "asr" / "c2.json").write_bytes(b"\xff\xfe\x00binary")
    with (root / "asr" / "c3.json").open("wb") as file:
        file.truncate(40 << 20)
    clips, skipped, _ = read()
    assert clips == [name for name in ALL if name not in ("c1", "c2", "c3")]
    assert skipped == {
        "asr: text has more than 20,000 characters": 1,
        "asr: is not whole JSON": 1,
        "asr: is larger than 32 MB": 1,
    }


def test_ids_that_are_there_twice(by_hand):
    """The same twice is one; two that differ are none, in whatever order they come."""
    root, read = by_hand
    (root / "main" / "more").mkdir()
    shutil.copy(root / "main" / "c1.json", root / "main" / "more" / "c1.json")
    (root / "main" / "more" / "c2.json").write_text(json.dumps(GOOD | {"dover": 0.8}))
    (root / "list.json").write_text(json.dumps({"v": [*(f"{name}.json" for name in ALL), "c4.json"], "w": ["c5.json"]}))
    clips, skipped, _ = read()
    assert clips == [name for name in ALL if name not in ("c2", "c5")]
    assert skipped == {
        "main: two entries of one clip differ": 1,
        "list: a clip is there twice": 1,
        "list: one clip under two videos": 1,
    }


def test_missing_folders_are_done_without_but_the_one_with_the_times(by_hand):
    root, read = by_hand
    shutil.rmtree(root / "asr")
    (root / "sft.json").unlink()
    clips, skipped, found = read()
    assert (clips, skipped) == (ALL, {})
    assert {clip.text for clip in found.videos["v"]} == {""}
    assert {clip.sft for clip in found.videos["v"]} == {None}
    shutil.rmtree(root / "main")
    with pytest.raises(DataError, match="there is no main, where the time spans stand"):
        read()


def test_without_the_list_of_the_tier_its_thresholds_stand_in(release, built):
    root, mapping = release()
    found, _ = built(root, mapping, count=4)
    assert not any("dover" in reason for reason in found.refused)
    (root / mapping.sft.file).unlink()
    found, out = built(root, mapping, count=4)
    assert any("dover is not 0.6 or more" in reason for reason in found.refused)
    assert all(clip.numbers["dover"] >= 0.6 for one in found.chosen for clip in one.clips)
    assert "its thresholds stand in for it" in (out / "CARD.md").read_text()


def test_a_test_set_without_transcripts_says_so(release, built):
    root, mapping = release()
    shutil.rmtree(root / mapping.tables["asr"].at[0])
    found, out = built(root, mapping, count=4)
    assert "transcripts" in found.unused
    assert "does not tell it: transcripts" in (out / "CARD.md").read_text()
    assert {clip.text for one in found.chosen for clip in one.clips} == {""}


@pytest.mark.parametrize("name", ["list.json", "sft.json"])
def test_half_a_list_is_refused(by_hand, name):
    """Which half there is depends on the download, and a test set must not."""
    root, read = by_hand
    (root / name).write_bytes((root / name).read_bytes()[:-4])
    with pytest.raises(DataError, match=f"{name}: breaks off after .* entries.*\n.*fetch this file again"):
        read()


def test_half_an_archive_is_refused(by_hand):
    root, read = by_hand
    shutil.make_archive(root / "archive", "gztar", root / "main")
    shutil.rmtree(root / "main")
    (root / "main").mkdir()
    archive = (root / "archive.tar.gz").read_bytes()
    (root / "main" / "batch.tar.gz").write_bytes(archive)
    assert read()[0] == ALL
    (root / "main" / "batch.tar.gz").write_bytes(archive[: len(archive) // 2])
    with pytest.raises(DataError, match="breaks off after"):
        read()
    (root / "main" / "batch.tar.gz").write_bytes(gzip.compress(b"no archive"))
    with pytest.raises(DataError, match="breaks off after"):
        read()


def test_an_archive_cannot_lead_out_of_the_release(by_hand):
    """Members are read, never unpacked, and links in them are nothing."""
    import io
    import tarfile

    root, read = by_hand
    with tarfile.open(root / "main" / "evil.tar", "w") as archive:
        link = tarfile.TarInfo("c1.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        member = tarfile.TarInfo("../../../c9x.json")
        member.size = 2
        archive.addfile(member, io.BytesIO(b"{}"))
    assert read()[:2] == (ALL, {})


def test_names_that_are_none(by_hand):
    root, read = by_hand
    (root / "list.json").write_text(json.dumps({"v": [*(f"{name}.json" for name in ALL), 5.5, None, {"a": 1}, "a\nb"]}))
    clips, skipped, _ = read()
    assert clips == ALL
    assert sum(skipped.values()) == 4


@pytest.mark.parametrize("layout", range(12))
def test_damage_in_any_layout_is_an_error_in_words(release, built, layout):
    """Every file of a release cut in half, one after the other: a test set or a DataError, never another exception."""
    root, mapping = release(120, layout=layout)
    files = [path for path in sorted(root.rglob("*")) if path.is_file()]
    for file in files[:3] + files[-3:]:
        whole = file.read_bytes()
        file.write_bytes(whole[: len(whole) // 2])
        try:
            built(root, mapping, count=1, private=0)
        except DataError as error:
            assert str(error)
        file.write_bytes(whole)
