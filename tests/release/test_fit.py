"""A mapping that does not fit is refused, with one that would."""

from __future__ import annotations

import json
import shutil

import pytest
from helpers.synthetic_release import world

from vidchatbench.cli import main
from vidchatbench.errors import DataError
from vidchatbench.release import build, load_mapping, load_recipe
from vidchatbench.release.fit import fit
from vidchatbench.release.mapping import SHIPPED

NAMED = """
schema = "vidchatbench.release/1"
release = "Named"
confirmed = true
licence = "none"
[list]
file = "all_data_list.json"
form = "object"
name = "*"
video = "@key"
[tables]
merge_anno = { at = ["merge_anno"] }
asr = { at = ["asr"] }
l_score = { at = ["l_score"] }
[quantity]
speaker = { of = "merge_anno", path = "speaker" }
start = { of = "merge_anno", path = "start_seconds", unit = "s" }
end = { of = "merge_anno", path = "end_seconds", unit = "s" }
box = { of = "merge_anno", path = "bbox", form = "xyxy", unit = "share" }
talking = { of = "merge_anno", path = "is_talking" }
dover = { of = "merge_anno", path = "dover" }
text = { of = "asr", path = "text" }
face_sharpness = { of = "l_score", path = "face_score" }
"""


def write(root, *, span=("start_seconds", "end_seconds"), box="bbox", dover="dover", text="text", folder="merge_anno",
          scale=1):  # fmt: skip
    """A release with plain names, of which some may be others."""
    videos = {}
    for name in (folder, "asr", "l_score"):
        (root / name).mkdir(parents=True)
    for clip in world(300, 1):
        videos.setdefault(clip["video"], []).append(clip["name"])
        times = [round(clip["start"] * scale, 3), round(clip["end"] * scale, 3)]
        if scale > 1:
            times = [int(value) for value in times]
        entry = {span[0]: times[0], span[1]: times[1], box: clip["box"], dover: clip["dover"],
                 "is_talking": int(clip["talking"]), "speaker": clip["speaker"]}  # fmt: skip
        (root / folder / f"{clip['name']}.json").write_text(json.dumps(entry))
        (root / "asr" / f"{clip['name']}.json").write_text(json.dumps({text: clip["text"] or "Mm."}))
        (root / "l_score" / f"{clip['name']}.json").write_text(json.dumps({"face_score": clip["face_sharpness"]}))
    (root / "all_data_list.json").write_text(json.dumps(videos))


@pytest.fixture
def recipe():
    return load_recipe("speakervid-500", count=8, reserve={"salt": "t", "share": 1.0})


@pytest.fixture
def named(tmp_path):
    (tmp_path / "named.toml").write_text(NAMED)
    write(tmp_path / "right")
    return load_mapping(tmp_path / "named.toml")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"span": ("clip_start_time", "clip_end_time")}, "WRONG  start: 0 of 200 in merge_anno at 'start_seconds'"),
        ({"box": "bbox_xyxy"}, "WRONG  box: 0 of 200"),
        ({"dover": "dover_score"}, "WRONG  dover: 0 of 200"),
        ({"text": "transcript"}, "WRONG  text: 0 of 200 in asr at 'text'"),
        ({"folder": "merged_annotations"}, "WRONG  merge_anno: merge_anno is not there; nothing can be built"),
        ({"scale": 1000}, "WRONG  clips"),
        ({"span": ("a", "b")}, "WRONG  start"),
    ],
    ids=["names", "box", "score", "text", "folder", "unit", "nonsense names"],
)
def test_a_release_that_does_not_fit_is_refused_with_a_mapping_that_does(tmp_path, named, recipe, change, told):
    """And the proposal, taken as it is, gives the test set that the right names give."""
    right = build(tmp_path / "right", recipe, named)
    write(tmp_path / "other", **change)
    with pytest.raises(DataError) as refused:
        build(tmp_path / "other", recipe, named)
    assert told in str(refused.value)
    assert "a proposal, to be looked at" in str(refused.value)
    proposal = str(refused.value).partition("to be looked at):\n\n")[2].partition("\n  -> ")[0]
    (tmp_path / "proposed.toml").write_text(proposal)
    proposed = load_mapping(tmp_path / "proposed.toml")
    assert proposed.confirmed is False
    found = build(tmp_path / "other", recipe, proposed)
    assert [one.item_id for one in found.chosen] == [one.item_id for one in right.chosen]


@pytest.mark.parametrize("layout", range(8))
def test_names_that_say_nothing(release, layout):
    """The shipped mapping never fits an invented layout, and nothing that is proposed for it is wrong in silence."""
    root, _ = release(300, layout=layout)
    with pytest.raises(DataError, match="does not fit this release") as refused:
        build(root, load_recipe("speakervid-500"), load_mapping())
    assert "[quantity]" in str(refused.value)
    assert "check it" in str(refused.value) or "Not found, and needed" in str(refused.value)


def test_inspect_says_what_is_there_and_writes_the_proposal(tmp_path, named, capsys):
    assert main(["testset", "inspect", str(tmp_path / "right"), "--mapping", str(tmp_path / "named.toml")]) == 0
    said = capsys.readouterr().out
    assert "start_seconds                    number" in said
    assert said.endswith("The mapping fits.\n")
    write(tmp_path / "other", span=("clip_start_time", "clip_end_time"))
    ask = ["testset", "inspect", str(tmp_path / "other"), "--mapping", str(tmp_path / "named.toml")]
    assert main([*ask, "--write", str(tmp_path / "new.toml")]) == 2
    assert "The mapping does not fit." in capsys.readouterr().out
    assert main(["testset", "inspect", str(tmp_path / "other"), "--mapping", str(tmp_path / "new.toml")]) == 0
    assert main([*ask, "--write", str(tmp_path / "new.toml")]) == 2, "it does not overwrite"
    assert "File exists" in capsys.readouterr().err


def test_a_release_of_the_shipped_mapping_fits(tmp_path):
    """As public code describes the release: archives, names that tell video and speaker, sound files of two tracks."""
    root, names = tmp_path / "release", {}
    for folder in ("merged_anno", "raw_labels/asr", "raw_labels/anno", "raw_labels/l_score"):
        (root / folder).mkdir(parents=True)
    for number, clip in enumerate(world(200, 1)):
        video = clip["video"][:11].ljust(11, "-")
        speaker = "AB"[clip["speaker"].startswith("guest")] if clip["talking"] else "None"
        sound = f"{video}_1920x1080_full_video_{number:03d}_{speaker}"
        name = f"{sound}_0{number % 2}"
        names.setdefault(video, []).append(f"{name}.json")
        entry = {"start_seconds": clip["start"], "end_seconds": clip["end"], "bbox": clip["box"], "conf": 3.5,
                 "is_talking": int(clip["talking"]), "dover": clip["dover"], "clear": clip["clarity"]}  # fmt: skip
        (root / "merged_anno" / f"{name}.json").write_text(json.dumps(entry))
        (root / "raw_labels/asr" / f"{sound}.json").write_text(json.dumps({"text": "Words.", "confidence": -0.3}))
        (root / "raw_labels/anno" / f"{name}.json").write_text(
            json.dumps({"body_view": "half-body", "caption": "A man."})
        )
        scores = {"face_score": [0.9, 0.8], "hand_score": [0.7]}
        (root / "raw_labels/l_score" / f"{name}.json").write_text(json.dumps(scores))
    (root / "all_data_list.json").write_text(json.dumps(names))
    (root / "SFT_set.json").write_text(json.dumps([name for clips in names.values() for name in clips]))
    shutil.make_archive(root / "merged_anno" / "tar_batch_0", "gztar", root / "merged_anno")
    for file in (root / "merged_anno").glob("*.json"):
        file.unlink()
    assert all(finding.fits for finding in fit(root, load_mapping(SHIPPED)))
    recipe = load_recipe("speakervid-500", count=3, reserve={"salt": "t", "share": 1.0})
    found = build(root, recipe, load_mapping())
    assert len(found.chosen) == 3
    assert all("/" in speaker for one in found.chosen for speaker in one.speakers), "A and B are people of one video"
    assert str(found.release.skipped) == ""


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("nonsense = 1", "nonsense"),
        ("[quantity.colour]\nof = 'merge_anno'", "there is no such quantity"),
        ("[quantity.motion]\nof = 'nowhere'", "there is no table 'nowhere'"),
        ("[quantity.video]\nof = 'name'\npath = 'x'", "name_pattern has no group 'x'"),
        ("[quantity.video]\nof = 'merge_anno'\npattern = '('", "no regular expression"),
        ("[quantity.motion]\nof = 'name'\npath = 'x'", "only video and speaker"),
        ("[quantity.motion]\ndefault = 1.0", "only fps has a default"),
        ("[quantity.width]\nof = 'merge_anno'\nunit = 'miles'", "unit"),
    ],
)
def test_a_mapping_that_is_none_is_refused_by_key(tmp_path, line, told):
    (tmp_path / "m.toml").write_text((line + NAMED) if "nonsense" in line else NAMED + line)
    with pytest.raises(DataError, match=told):
        load_mapping(tmp_path / "m.toml")


def test_the_size_of_the_picture_may_stand_in_another_table(tmp_path, named, recipe):
    """Pixels are shares of a size that only another table tells; the same clips all the same."""
    right = build(tmp_path / "right", recipe, named)
    write(tmp_path / "other")
    for file in (tmp_path / "other" / "merge_anno").glob("*.json"):
        entry = json.loads(file.read_text())
        left, top, right_edge, bottom = entry["bbox"]
        entry["bbox"] = [left * 1920, top * 1080, right_edge * 1920, bottom * 1080]
        file.write_text(json.dumps(entry))
        scores = tmp_path / "other" / "l_score" / file.name
        scores.write_text(json.dumps(json.loads(scores.read_text()) | {"w": 1920, "h": 1080}))
    pixels = NAMED.replace('unit = "share"', 'unit = "px"')
    pixels += 'width = { of = "l_score", path = "w" }\nheight = { of = "l_score", path = "h" }\n'
    (tmp_path / "pixels.toml").write_text(pixels)
    found = build(tmp_path / "other", recipe, load_mapping(tmp_path / "pixels.toml"))
    assert [one.clips for one in found.chosen] == [one.clips for one in right.chosen]
