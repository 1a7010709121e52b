"""Bad input is normal: each gets an error that names the file, the cause and the remedy, and reaches nothing else."""

from __future__ import annotations

import os
import struct
import zlib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vidchatbench.errors import MediaError
from vidchatbench.media import Clip, Presentation, ffmpeg_version

SMALL = Presentation(width=16, height=12, fps=Fraction(25))
TESTCLIP = ("-f", "lavfi", "-i", "testsrc2=s=320x240:d=3", "-f", "lavfi", "-i", "sine=d=3", "-shortest")


@pytest.fixture(scope="module")
def good(ffmpeg, tmp_path_factory):
    """A sound mp4 with its index in front."""
    path = tmp_path_factory.mktemp("good") / "good.mp4"
    ffmpeg(*TESTCLIP, "-c:v", "libx264", "-g", "25", "-c:a", "aac", "-movflags", "+faststart", path)
    return path


def uses(path):
    """Every way to use a clip."""
    return {
        "frames": lambda: list(Clip(path).frames([SMALL])),
        "audio": lambda: Clip(path).audio(),
        "info": lambda: Clip(path).info,
    }


def refused(path, code="unreadable", ways=("frames", "audio", "info")):
    causes = set()
    for way in ways:
        with pytest.raises(MediaError) as caught:
            uses(path)[way]()
        assert caught.value.code == code, (way, str(caught.value))
        assert caught.value.where == str(path)
        assert caught.value.remedy
        causes.add(caught.value.cause)
    return causes


def test_missing(tmp_path):
    refused(tmp_path / "none.mp4", "missing")
    with pytest.raises(MediaError) as caught:
        _ = Clip(tmp_path / "none.mp4").digest
    assert caught.value.code == "missing"


def test_empty_folder_and_pipe(tmp_path):
    (tmp_path / "empty.mp4").touch()
    assert refused(tmp_path / "empty.mp4") == {"the file is empty (0 bytes)"}
    (tmp_path / "folder.mp4").mkdir()
    refused(tmp_path / "folder.mp4")
    os.mkfifo(tmp_path / "pipe.mp4")
    refused(tmp_path / "pipe.mp4")
    refused(tmp_path / "a\0b.mp4")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_no_permission(tmp_path):
    path = tmp_path / "secret.mp4"
    path.write_bytes(b"x")
    path.chmod(0)
    refused(path)


@pytest.mark.parametrize("content", [b"hello, this is text\n" * 50, bytes(5000), bytes(range(256)) * 40])
def test_not_media_at_all(content, tmp_path):
    path = tmp_path / "text.mp4"
    path.write_bytes(content)
    refused(path)


def test_index_cut_off(ffmpeg, tmp_path):
    whole = tmp_path / "whole.mp4"
    ffmpeg(*TESTCLIP, "-c:v", "libx264", "-c:a", "aac", whole)
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole.read_bytes()[:-20000])
    refused(path)


@pytest.mark.parametrize("share", [0.5, 0.8, 0.97])
def test_cut_short_is_never_a_shorter_clip(share, good, tmp_path):
    path = tmp_path / "cut.mp4"
    path.write_bytes(good.read_bytes()[: int(good.stat().st_size * share)])
    missing = good.stat().st_size - path.stat().st_size
    assert refused(path) == {f"it is cut short: the last {missing} bytes are missing"}


@pytest.mark.parametrize("kind", ["mkv", "webm", "avi", "png", "jpg", "wav", "webp"])
def test_other_kinds_cut_short(kind, good, ffmpeg, tmp_path):
    whole = tmp_path / f"whole.{kind}"
    ffmpeg("-i", good, *(("-frames:v", "1") if kind in ("png", "jpg", "webp") else ()), whole)
    path = tmp_path / f"cut.{kind}"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    refused(path, ways=("audio",) if kind == "wav" else ("frames",))


def test_damage_in_the_middle_is_told_with_its_time(good, tmp_path):
    data = bytearray(good.read_bytes())
    start = data.index(b"mdat") + (len(data) - data.index(b"mdat")) // 2
    data[start : start + 6000] = np.random.default_rng(0).bytes(6000)
    path = tmp_path / "damaged.mp4"
    path.write_bytes(data)
    (cause,) = refused(path, ways=("frames",))
    assert 0.5 < float(cause.split(" at ")[-1].removesuffix(" s")) < 2.9


def test_no_picture_and_no_sound(good, ffmpeg, tmp_path):
    ffmpeg("-i", good, "-vn", "-c", "copy", tmp_path / "sound.mp4")
    refused(tmp_path / "sound.mp4", "no_video", ways=("frames",))
    assert Clip(tmp_path / "sound.mp4").info.video is None
    ffmpeg("-i", good, "-an", "-c", "copy", tmp_path / "mute.mp4")
    refused(tmp_path / "mute.mp4", "no_audio", ways=("audio",))
    assert Clip(tmp_path / "mute.mp4").info.audio is None


def test_a_cover_picture_is_no_video(good, ffmpeg, tmp_path):
    Image.new("RGB", (30, 30)).save(tmp_path / "cover.png")
    path = tmp_path / "song.m4a"
    ffmpeg("-i", good, "-i", tmp_path / "cover.png", "-map", "0:a", "-map", "1", "-c:a", "copy", "-c:v", "png",
           "-disposition:v:0", "attached_pic", path)  # fmt: skip
    refused(path, "no_video", ways=("frames",))
    assert Clip(path).info.video is None
    assert len(Clip(path).audio())


@pytest.mark.parametrize("text", [
    "#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n{other}\n#EXT-X-ENDLIST\n",
    "ffconcat version 1.0\nfile '{other}'\n",
    "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    "<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'><BaseURL>{other}</BaseURL></MPD>",
])  # fmt: skip
@pytest.mark.parametrize("name", ["list.mp4", "list.m3u8", "list.ffconcat", "list.sdp", "list.mpd"])
def test_files_that_name_other_files_are_refused(text, name, good, tmp_path):
    path = tmp_path / name
    path.write_text(text.format(other=good))
    refused(path)


@pytest.mark.parametrize("name", [
    "with space.mp4", "%d.mp4", "clip%03d.png", "*.png", "[a-b]{1,2}.mp4", "ünï-日本-😀.mp4", "-i.mp4", "concat:a.mp4",
    "http:__x.mp4", "a|b.mp4", "no_suffix", "wrong.txt", "'quote\".mp4", "line\nbreak.mp4",
])  # fmt: skip
def test_no_character_of_a_name_has_a_meaning(name, good, tmp_path):
    path = tmp_path / name
    if name.endswith(".png"):
        Image.new("RGB", (20, 20), (9, 9, 9)).save(tmp_path / "x.png")
        (tmp_path / "x.png").rename(path)
        Image.new("RGB", (20, 20), (99, 99, 99)).save(tmp_path / "clip001.png")
        assert next(Clip(path).frames([SMALL]))[1].image[0, 0, 0] == 9
    else:
        path.write_bytes(good.read_bytes())
        assert Clip(path).info.video.width == 320
        assert len(list(Clip(path).frames([SMALL]))) == 75


def test_a_path_is_no_address(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for address in ("http://127.0.0.1:9/a.mp4", "concat:a|b", "pipe:0", "data:video/mp4;base64,AAAA", "file:a.mp4"):
        refused(Path(address), "missing")


def png_of_size(width, height):
    """A few bytes that claim to be a picture of any size."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(60000, 60000), (9000, 100), (100, 9000), (2**31 - 1, 1)])
def test_a_bomb_is_not_unpacked(size, tmp_path):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_of_size(*size))
    refused(path, ways=("frames", "info"))


def test_a_time_stamp_years_away_is_refused(good, ffmpeg, tmp_path):
    path = tmp_path / "years.mkv"
    ffmpeg("-i", good, "-vf", "setpts='if(gt(N,40),PTS+90000000/TB,PTS)'", "-vsync", "vfr", "-c:a", "copy", path)
    refused(path, ways=("frames", "info"))


def test_one_frame(ffmpeg, tmp_path):
    path = tmp_path / "one.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x48:r=25", "-frames:v", "1", "-c:v", "libx264", path)
    assert [f.tick for _, f in Clip(path).frames([SMALL])] == [0]
    assert Clip(path).info.video.duration_s == pytest.approx(0.04)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc to count open files")
def test_frames_can_be_left_early(good):
    def leave():
        stream = Clip(good).frames([SMALL])
        next(stream)
        stream.close()
        return len(list(Path("/proc/self/fd").iterdir()))

    assert len({leave() for _ in range(4)}) == 1


def test_the_version_names_the_decoder():
    assert ffmpeg_version().startswith("PyAV ")
    assert "libavcodec" in ffmpeg_version()
    assert "\n" not in ffmpeg_version()


@pytest.mark.parametrize("seed", range(12))
def test_any_damage_is_a_media_error_or_nothing(seed, good, tmp_path):
    random = np.random.default_rng(seed)
    data = bytearray(good.read_bytes())
    for _ in range(random.integers(1, 12)):
        data[random.integers(0, len(data) if seed % 2 else 4000)] = random.integers(0, 256)
    path = tmp_path / "fuzzed.mp4"
    path.write_bytes(data)
    for use in uses(path).values():
        try:
            use()
        except MediaError as error:
            assert error.where == str(path)
            assert error.remedy


def test_a_title_of_any_bytes_is_no_damage(ffmpeg, tmp_path):
    """PyAV 18 refuses a title that is not UTF-8 unless told not to; PyAV 19 takes it and no such option."""
    ffmpeg(*TESTCLIP, "-metadata", "title=abcdefgh", tmp_path / "a.mkv")
    (tmp_path / "b.mkv").write_bytes((tmp_path / "a.mkv").read_bytes().replace(b"abcdefgh", b"abc\xff\xfe\x80gh"))
    assert b"\xff\xfe\x80gh" in (tmp_path / "b.mkv").read_bytes()
    assert len(uses(tmp_path / "b.mkv")["frames"]()) == len(uses(tmp_path / "a.mkv")["frames"]())
    np.testing.assert_array_equal(Clip(tmp_path / "b.mkv").audio(), Clip(tmp_path / "a.mkv").audio())
