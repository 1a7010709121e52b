"""Copies, made from mini's clips, are told with what they are copies of; other takes of the same people are not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers.opened import answers_of, fingerprint, opened

from vidchatbench.submission.context import Context
from vidchatbench.submission.screen.alike import LOOK, PICTURE, SOUND, alike
from vidchatbench.submission.screen.copies import copies
from vidchatbench.submission.screen.screen import screen

X264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf")
EDITS = {
    "other size and bitrate": ("-vf", "scale=160:160", *X264, "32", "-b:a", "32k"),
    "cut by 3 frames": ("-ss", "0.12", *X264, "24"),
    "cut at the end by a second": ("-t", "3", *X264, "24"),
    "mirrored": ("-vf", "hflip", *X264, "26"),
    "30 fps, stereo": ("-r", "30", *X264, "26", "-ar", "44100", "-ac", "2"),
    "9 dB quieter": ("-af", "volume=-9dB", *X264, "24"),
    "noise in the picture": ("-vf", "noise=alls=8:allf=t", *X264, "20"),
    "a logo": ("-vf", "drawbox=x=4:y=4:w=40:h=16:color=white:t=fill", *X264, "22"),
}


def one(found, code):
    """The only finding, which is of this code."""
    assert [finding.code for finding in found] == [code]
    return found[0]


def test_other_takes_of_the_same_people_are_no_copies(faithful, alone, root):
    degraded = opened(answers_of(root / "examples" / "outputs" / "degraded"), model="lab/degraded")
    for others in ((), (degraded,)):
        assert copies(opened(faithful), replace(alone, others=others)) == []


@pytest.mark.parametrize("edit", EDITS)
def test_the_real_responder_edited(edit, faithful, made, mini, alone):
    copied = made(mini.file("media/d01.responder.mp4"), *EDITS[edit])
    found = one(copies(opened(faithful | {"d01": copied}), alone), "copy-of-reference")
    assert found.severity == "error"
    assert "d01 is media/d01.responder.mp4" in found.detail
    assert found.where == "fingerprints.jsonl.gz: d01"


def test_another_items_reference_is_a_copy_too(faithful, made, mini, alone):
    copied = made(mini.file("media/d06.responder.mp4"), *EDITS["other size and bitrate"])
    assert "d06.responder" in one(copies(opened(faithful | {"d03": copied}), alone), "copy-of-reference").detail


def test_the_same_file_is_told_by_its_digest(faithful, mini, alone):
    path = "media/d02.responder.mp4"
    given = opened(faithful | {"d02": fingerprint(mini.file(path))}, digests={"d02": mini.lock.media[path].sha256})
    assert "d02 is media/d02.responder.mp4, byte for byte" in one(copies(given, alone), "copy-of-reference").detail


def test_an_echo_of_the_initiator(faithful, made, mini, alone):
    echo = {key: made(mini.file(f"media/{key}.initiator.mp4"), *EDITS["mirrored"]) for key in ("d03", "d04")}
    found = one(copies(opened(faithful | echo), alone), "copy-of-initiator")
    assert found.severity == "error"
    assert found.detail.startswith("2 of 15 answers are the initiator's own clips: d03 is media/d03.initiator.mp4")


def test_the_real_sound_under_another_picture(faithful, mini, alone):
    dubbed = {
        key: replace(faithful[key], sounds=fingerprint(mini.file(f"media/{key}.responder.mp4")).sounds)
        for key in ("d01", "d03", "d04")
    }
    found = one(copies(opened(faithful | dubbed), alone), "copy-of-reference")
    assert (found.severity, "3 of 15 answers are the sound of" in found.detail) == ("error", True)
    few = copies(opened(faithful | {"d01": dubbed["d01"]}), alone)
    assert one(few, "copy-of-reference").severity == "warning"


def test_another_models_answers_encoded_again(faithful, made, root, alone):
    folder = root / "examples" / "outputs" / "faithful"
    again = {key: made(folder / f"{key}.mp4", *EDITS["other size and bitrate"]) for key in ("d01", "d08")}
    mine = opened({**answers_of(root / "examples" / "outputs" / "degraded"), **again}, model="lab/new")
    before = opened(faithful, model="other/old")
    found = one(copies(mine, replace(alone, others=(before,))), "copy-of-run")
    assert found.severity == "error"
    assert "2 of 15 answers are answers of other/old (run " in found.detail
    same_model = replace(before, submission=replace(before.submission, model=mine.submission.model))
    assert copies(mine, replace(alone, others=(same_model,))) == []


def test_a_shared_voice_is_only_a_warning(faithful, root, alone):
    other = answers_of(root / "examples" / "outputs" / "degraded")
    voice = {key: replace(print, sounds=faithful[key].sounds) for key, print in other.items()}
    found = one(copies(opened(voice, model="lab/new"), replace(alone, others=(opened(faithful),))), "copy-of-run")
    assert found.severity == "warning"
    assert "components" in found.remedy


def test_a_test_set_without_fingerprints_is_said(faithful, mini):
    (unseen,) = copies(opened(faithful), Context(testset=replace(mini, lock=None)))
    assert unseen.why == "the test set has no media.lock.jsonl with fingerprints"


def test_a_baseline_may_be_a_copy(mini, alone):
    echo = {key: fingerprint(mini.file(f"media/{key}.initiator.mp4")) for key in map(str, mini.keys())}
    refused, _ = screen(opened(echo), alone)
    assert "copy-of-initiator" in {finding.code for finding in refused if finding.severity == "error"}
    noted, _ = screen(opened(echo), alone, baseline=True)
    assert {finding.severity for finding in noted} == {"note"}
    assert {finding.code for finding in noted} == {finding.code for finding in refused}


@pytest.mark.slow
def test_real_clips_and_their_halves(clips, made):
    """The limits hold with room on people: two halves of one shot are two takes, whatever they share."""
    files = [clips / name for name in ("branch/dialogue/case1/2.mp4", "range/head/4.mp4", "range/half_body/5.mp4")]
    small = ("-vf", "scale=-2:240", *X264, "30")
    whole = [fingerprint(file) for file in files]
    copied = alike(whole, [made(file, "-ss", "0.12", "-vf", "scale=-2:240,hflip", *X264, "30") for file in files])
    assert copied.same_picture.diagonal().all()
    assert copied.same_sound.diagonal().all()
    halves = [
        [made(file, "-t", f"{length / 2}", *small, before=before) for file, length, before in cut]
        for cut in zip(
            *[
                [(file, print.picture_s, ()), (file, print.picture_s, ("-ss", f"{print.picture_s / 2}"))]
                for file, print in zip(files, whole, strict=True)
            ],
            strict=True,
        )
    ]
    apart = alike(*halves)
    assert apart.picture.max() < PICTURE - 0.05
    assert apart.sound.max() < SOUND - 0.2
    assert LOOK < 0.1
