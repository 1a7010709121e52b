"""Media held against a lock: absent, the same, copied in another encoding, cut, mirrored, swapped, another content."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest
from helpers import tiny

from vidchatbench.cli import main
from vidchatbench.engine.pool import Pool
from vidchatbench.engine.verify import measure_media, verify_media
from vidchatbench.errors import DataError
from vidchatbench.testset import load_testset
from vidchatbench.testset.lock import plain


def lock(root):
    with Pool(0) as pool:
        testset = load_testset(root, with_lock=False)
        lines = measure_media(testset, sorted(testset.media()), pool).values()
    (root / "media.lock.jsonl").write_text("".join(json.dumps(plain(line)) + "\n" for line in lines))
    return root


def found(root):
    with Pool(0) as pool:
        return {one.path: (one.status, one.detail) for one in verify_media(load_testset(root), pool)}


def ffmpeg(*words):
    if shutil.which("ffmpeg") is None:
        pytest.skip("needs the program ffmpeg, which makes the variants")
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, words)], check=True)


@pytest.fixture
def own(tmp_path):
    return lock(tiny.write_testset(tmp_path / "tiny"))


def test_media_as_locked_are_found_right(own):
    assert found(own) == {}


def test_absent_swapped_changed_unreadable_and_unlocked_files_are_told_apart(own):
    media = own / "media"
    (media / "i0.mp4").unlink()
    (
        (media / "i1.mp4").rename(media / "x"),
        (media / "i2.mp4").rename(media / "i1.mp4"),
        (media / "x").rename(media / "i2.mp4"),
    )
    (media / "r0.mp4").write_bytes(b"none")
    tiny.write_clip(media / "r1.mp4", level=200, tone_hz=1500)
    lines = (own / "media.lock.jsonl").read_text().splitlines()
    (own / "media.lock.jsonl").write_text("\n".join(line for line in lines if "r2.mp4" not in line))
    result = found(own)
    assert result["media/i0.mp4"] == ("missing", "")
    assert result["media/i1.mp4"] == ("swapped", "it is media/i2.mp4")
    assert result["media/r0.mp4"][0] == "unreadable"
    assert result["media/r1.mp4"][0] == "changed" and "sound is another" in result["media/r1.mp4"][1]
    assert result["media/r2.mp4"] == ("unlocked", "")


def test_an_older_lock_without_fingerprints_tells_change_only(own):
    tiny.write_lock(own)
    tiny.write_clip(own / "media" / "r1.mp4", level=71)
    assert found(own) == {"media/r1.mp4": ("changed", "the lock has no fingerprint of it, which could tell how")}


def test_a_damaged_fingerprint_is_refused_by_name(own):
    text = (own / "media.lock.jsonl").read_text()
    (own / "media.lock.jsonl").write_text(text.replace('"fingerprint": "1:', '"fingerprint": "7:', 1))
    tiny.write_clip(own / "media" / "r1.mp4", level=71)
    with pytest.raises(DataError, match=r"media/i0\.mp4: the fingerprint is damaged"):
        found(own)


def test_the_verb_names_every_file_and_counts(own, capsys):
    (own / "media" / "i0.mp4").unlink()
    assert main(["testset", "verify", str(own), "--workers", "0"]) == 2
    said = capsys.readouterr().out
    assert "missing     media/i0.mp4 (x0 initiator)\n" in said
    assert "of 6 media files 5 are those of the lock, 1 missing" in said


CODE = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "30", "-c:a", "aac")
VARIANTS = {
    "mp3, small": (("-vf", "scale=-2:160", *CODE[:-1], "libmp3lame"), ("re-encoded", "the same content")),
    "head 1": (("-ss", "0.04", *CODE), ("re-cut", "starts 1 frame later")),
    "head 2": (("-ss", "0.08", *CODE), ("re-cut", "starts 2 frames later")),
    "tail 1": (("-t", "3.96", *CODE), ("re-cut", "ends 1 frame earlier")),
    "tail 2": (("-t", "3.92", *CODE), ("re-cut", "ends 2 frames earlier")),
    "both": (("-ss", "0.04", "-t", "3.88", *CODE), ("re-cut", "starts 1 frame later, ends 2 frames earlier")),
    "mirrored": (("-vf", "hflip", *CODE), ("mirrored", "left and right are exchanged")),
    "late sound": (("-af", "adelay=80:all=1,atrim=end=4", *CODE),
                   ("re-cut", "its sound runs 2 frames late against its picture")),
}  # fmt: skip
DIALOGUE = "branch/dialogue/case1"
PEOPLE = (f"{DIALOGUE}/1", f"{DIALOGUE}/2", "range/full_body/1", "range/half_body/5", "range/head/4", "range/side/1")


@pytest.fixture(scope="module")
def people(clips, tmp_path_factory):
    """A locked test set of real people of all framings: the first 4 s, small, so that the test is quick."""
    root = tiny.write_testset(tmp_path_factory.mktemp("real") / "clips")
    for name, file in zip(PEOPLE, sorted((root / "media").iterdir()), strict=True):
        ffmpeg(
            "-t", "4", "-i", clips / f"{name}.mp4", "-vf", "scale=-2:240", *CODE[:4], "-crf", "15", "-c:a", "aac", file
        )
    return lock(root)


@pytest.mark.parametrize("kind", VARIANTS)
def test_what_was_done_to_a_real_clip_is_told(people, tmp_path, kind):
    words, expected = VARIANTS[kind]
    own = shutil.copytree(people, tmp_path / "own")
    for file in (own / "media").iterdir():
        ffmpeg("-i", people / "media" / file.name, *words, file)
    result = found(own)
    assert len(result) == 6 and set(result.values()) == {expected}, result


def test_a_swapped_copy_of_a_real_clip_is_told(people, tmp_path):
    own = shutil.copytree(people, tmp_path / "own")
    for one, other in (("i0", "r2"), ("r2", "i0")):
        ffmpeg("-i", people / "media" / f"{one}.mp4", *CODE, own / "media" / f"{other}.mp4")
    told = {f"media/{a}.mp4": ("swapped", f"it shows media/{b}.mp4, in another encoding")
            for a, b in (("i0", "r2"), ("r2", "i0"))}  # fmt: skip
    assert found(own) == told
