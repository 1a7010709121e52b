"""Media cut from source videos: the right moments, the right box, the same bytes, and every loss told."""

from __future__ import annotations

import json
import os
import stat
from fractions import Fraction

import av
import numpy as np
import pytest
from helpers import tiny

from vidchatbench.cli import main
from vidchatbench.engine.fetch import fetch_media
from vidchatbench.engine.pool import Pool
from vidchatbench.errors import DataError, NotReady, UsageError, VidChatBenchError
from vidchatbench.media import Clip, Presentation
from vidchatbench.testset import load_testset
from vidchatbench.testset.cut import SpanError, cut
from vidchatbench.testset.sources import ClipSource

SECONDS, RATE = 8, 44100


def level(time):
    """How bright the source's right half is at a time: a staircase of 25 steps a second."""
    return 40 + 3 * (int(time * 25 + 1e-6) % 60)


def write_source(path, *, fps=25, form=None, key_every=48):
    """A source video: its right half tells the time by its level, its sound is a tone burst at every full second."""
    with av.open(str(path), "w", format=form) as out:
        video = out.add_stream("libx264", rate=fps, options={"crf": "10", "g": str(key_every), "threads": "1"})
        video.width, video.height, video.pix_fmt = 160, 96, "yuv420p"
        sound = out.add_stream("aac", rate=RATE, layout="stereo")
        for k in range(SECONDS * fps):
            image = np.full((96, 160, 3), 20, np.uint8)
            image[:, 80:] = level(k / fps)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = k, Fraction(1, fps)
            out.mux(video.encode(frame))
        out.mux(video.encode())
        t = np.arange(SECONDS * RATE) / RATE
        samples = np.where(t % 1 < 0.1, 0.4 * np.sin(2 * np.pi * 500 * t), 0).astype(np.float32)
        for start in range(0, len(samples), 1024):
            block = np.repeat(samples[None, start : start + 1024], 2, 0)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
            out.mux(sound.encode(frame))
        out.mux(sound.encode())
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("videos")
    (root / "deep").mkdir()
    write_source(root / "aaaaaaaaaaa.mp4")
    write_source(root / "deep" / "bbbbbbbbbbb.mkv", fps=50)
    return root


def clip(path="c.mp4", start=2.2, end=3.4, box=(0.5, 0, 1, 1), video="aaaaaaaaaaa"):
    return ClipSource(path=path, video=video, start_s=start, end_s=end, box=box)


def levels(path):
    shown = Clip(path).frames([Presentation(width=8, height=8, fps=Fraction(25))])
    return [float(frame.image[2:6, 2:6].mean()) for _, frame in shown]


@pytest.mark.parametrize("source", ["aaaaaaaaaaa.mp4", "deep/bbbbbbbbbbb.mkv"])
@pytest.mark.parametrize(("start", "end"), [(0.0, 1.0), (2.2, 3.4), (5.96, 8.0)])
def test_a_cut_shows_and_sounds_what_the_source_does_then(folder, tmp_path, source, start, end):
    made = tmp_path / "c.mp4"
    made.write_bytes(cut(folder / source, clip(start=start, end=end)))
    info = Clip(made).info
    assert (info.video.width, info.video.height, info.video.fps, info.video.codec) == (80, 96, 25, "h264")
    assert (info.audio.rate, info.audio.channels, info.audio.codec) == (16000, 1, "aac")
    found = levels(made)
    assert len(found) == round((end - start) * 25)
    for k, got in enumerate(found):
        assert got == pytest.approx(level(start + k / 25), abs=1.2), k
    sound = Clip(made).audio(16000)
    assert len(sound) / 16000 == pytest.approx(end - start, abs=0.07)
    loud = np.flatnonzero(np.abs(sound) > 0.1)
    first = np.ceil(start - 0.1 + 1e-9) if start % 1 >= 0.1 else start
    assert loud[0] / 16000 + start == pytest.approx(first, abs=0.005)


def test_the_same_cut_is_the_same_bytes(folder):
    assert cut(folder / "aaaaaaaaaaa.mp4", clip()) == cut(folder / "aaaaaaaaaaa.mp4", clip())


def test_a_portrait_is_one_frame_and_a_voice_is_sound_alone(folder, tmp_path):
    for suffix in (".jpg", ".png"):
        (tmp_path / f"p{suffix}").write_bytes(cut(folder / "aaaaaaaaaaa.mp4", clip(f"p{suffix}", 2.2, 2.2)))
        assert levels(tmp_path / f"p{suffix}") == [pytest.approx(level(2.2), abs=1.5)]
    for suffix, codec in ((".m4a", "aac"), (".wav", "pcm_s16le")):
        (tmp_path / f"v{suffix}").write_bytes(cut(folder / "aaaaaaaaaaa.mp4", clip(f"v{suffix}", 1.5, 4.5)))
        info = Clip(tmp_path / f"v{suffix}").info
        assert info.video is None and (info.audio.codec, info.audio.rate) == (codec, 16000)
        assert info.audio.duration_s == pytest.approx(3.0, abs=0.07)


@pytest.mark.parametrize(("start", "end"), [(7.0, 8.2), (9.0, 10.0)])
def test_a_span_behind_the_end_is_refused(folder, start, end):
    for path in ("c.mp4", "c.wav"):
        with pytest.raises(SpanError, match="exceeds the"):
            cut(folder / "aaaaaaaaaaa.mp4", clip(path, start, end))


def listed(root, lines):
    (root / "sources.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    for file in (root / "media").glob("*"):
        file.unlink()
    return root


@pytest.fixture
def own(tmp_path):
    """A test set of 3 items without its media."""
    root = tiny.write_testset(tmp_path / "tiny", seconds=0.2)
    return listed(root, [
        {"path": f"media/{role}{k}.mp4", "video": "aaaaaaaaaaa" if k else "bbbbbbbbbbb", "start_s": k + at,
         "end_s": k + at + 0.6, "box": [0.5, 0, 1, 1] if k == 2 else None}
        for k in range(3) for role, at in (("i", 0.0), ("r", 0.8))
    ])  # fmt: skip


def fetch(root, folder, **more):
    with Pool(0) as pool:
        return fetch_media(load_testset(root), folder, pool, **more)


def edit(root, change):
    lines = [json.loads(line) for line in (root / "sources.jsonl").read_text().splitlines()]
    change(lines)
    (root / "sources.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_a_test_set_is_fetched_once_and_only_what_changed_is_cut_again(own, folder):
    first = fetch(own, folder)
    assert (len(first.made), first.before, first.troubles, first.items_whole) == (6, [], [], 3)
    stamps = {file: file.stat().st_mtime_ns for file in (own / "media").iterdir()}
    assert len(fetch(own, folder).before) == 6
    edit(own, lambda lines: lines[0].update(end_s=0.5))
    (own / "media" / "r2.mp4").unlink()
    again = fetch(own, folder)
    assert sorted(again.made) == ["media/i0.mp4", "media/r2.mp4"]
    assert {f.name for f, at in stamps.items() if f.stat().st_mtime_ns != at} == {"i0.mp4", "r2.mp4"}


def test_a_killed_fetch_goes_on_where_it_was(own, folder):
    def stop(done, total, what):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(own, folder, progress=stop)
    with (own / "fetched.jsonl").open("a") as stream:
        stream.write('{"path": "media/i')
    found = fetch(own, folder)
    assert (len(found.before), len(found.made)) == (2, 4)
    assert not [file for file in (own / "media").iterdir() if file.name.startswith(".")]


def test_every_loss_is_told_and_the_rest_is_made(own, folder, tmp_path, capsys):
    videos = tmp_path / "videos"
    videos.mkdir()
    os.link(folder / "aaaaaaaaaaa.mp4", videos / "aaaaaaaaaaa.mp4")
    for suffix in ("mp4", "webm"):
        (videos / f"twotwotwo22.{suffix}").write_bytes(b"x")
    (videos / "brokenbroke.mp4").write_bytes((folder / "aaaaaaaaaaa.mp4").read_bytes()[:5000])
    edit(own, lambda lines: [lines[2].update(end_s=60), lines[3].update(video="brokenbroke"),
                             lines[4].update(video="twotwotwo22"), lines.pop()])  # fmt: skip
    code = main(["testset", "fetch", str(own), "--from", str(videos), "--workers", "0"])
    said = capsys.readouterr().out
    assert code == 2
    told = json.loads((own / "fetch_report.json").read_text())
    assert {one["path"]: one["problem"] for one in told["troubles"]} == {
        "media/i0.mp4": "no source", "media/r0.mp4": "no source", "media/i1.mp4": "not in the source",
        "media/r1.mp4": "no decode", "media/i2.mp4": "several sources",
    }  # fmt: skip
    assert told["videos_gone"] == ["bbbbbbbbbbb"] and told["unlisted"] == ["media/r2.mp4"]
    assert "exceeds the file, whose sound ends at 8." in said and "0 of 3 items have all their media" in said
    edit(own, lambda lines: lines[2].update(end_s=1.6))
    assert fetch(own, videos).made == ["media/i1.mp4"]


def test_a_file_that_fetch_did_not_make_is_kept(own, folder):
    tiny.write_clip(own / "media" / "i0.mp4", seconds=0.2)
    content = (own / "media" / "i0.mp4").read_bytes()
    (trouble,) = fetch(own, folder).troubles
    assert trouble.problem == "kept" and (own / "media" / "i0.mp4").read_bytes() == content
    assert fetch(own, folder, overwrite=True).made == ["media/i0.mp4"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"start_s": -1}, "is no span"),
        ({"end_s": 0}, "is no span"),
        ({"end_s": 4000}, "is no span"),
        ({"path": "media/i1.mp4"}, "is there twice"),
        ({"start_s": float("nan")}, "start_s"),
        ({"box": [0, 0, 1]}, "box"),
    ],
)
def test_a_line_that_cannot_be_followed_stops_before_anything_is_cut(own, folder, change, says):
    edit(own, lambda lines: lines[0].update(change))
    with pytest.raises(DataError, match=says):
        fetch(own, folder)
    assert not list((own / "media").iterdir())


def test_paths_that_no_item_names_are_never_written(own, folder):
    edit(own, lambda lines: lines.append(lines[0] | {"path": "../../outside.mp4"}))
    fetch(own, folder)
    assert not (own.parent.parent / "outside.mp4").exists()


def test_a_folder_that_cannot_be_written_is_named(own, folder):
    (own / "media").rmdir()
    (own / "media").write_text("a file")
    with pytest.raises(VidChatBenchError, match=r"media.*cannot be written"):
        fetch(own, folder)


def test_no_folder_or_no_list_is_said(own, tmp_path):
    with pytest.raises(UsageError, match="no such folder"):
        fetch(own, tmp_path / "nowhere")
    (own / "sources.jsonl").unlink()
    with pytest.raises(DataError, match=r"no sources\.jsonl"):
        fetch(own, tmp_path)


@pytest.fixture
def program(tmp_path, monkeypatch):
    """A program in yt-dlp's place: it notes its words and "gets" one video only."""
    file = tmp_path / "bin" / "yt-dlp"
    file.parent.mkdir()
    file.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" >> {tmp_path}/words\n'
        'case "$*" in *bbbbbbbbbbb) echo "ERROR: gone" >&2; exit 1;; esac\n'
    )
    file.chmod(file.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", f"{file.parent}:{os.environ['PATH']}")
    return tmp_path / "words"


def test_downloads_are_asked_for_by_a_list_of_words_and_only_for_ids(own, tmp_path, program, capsys):
    edit(own, lambda lines: lines[0].update(video="x; rm -rf ~"))
    main(["testset", "fetch", str(own), "--from", str(tmp_path / "new"), "--download", "--workers", "0"])
    said = capsys.readouterr().out
    assert "'x; rm -rf ~' is no video id" in said and "bbbbbbbbbbb: ERROR: gone" in said
    words = program.read_text().splitlines()
    assert [word for word in words if word.startswith("http")] == [
        "https://www.youtube.com/watch?v=aaaaaaaaaaa", "https://www.youtube.com/watch?v=bbbbbbbbbbb"
    ]  # fmt: skip
    assert words.count("--") == 2 and "--ignore-config" in words and "rm" not in words


def test_nothing_is_downloaded_unasked_or_offline(own, folder, program, monkeypatch, capsys):
    assert main(["testset", "fetch", str(own), "--from", str(folder), "--workers", "0"]) == 0
    assert not program.exists()
    monkeypatch.setenv("VIDCHATBENCH_OFFLINE", "1")
    assert main(["testset", "fetch", str(own), "--from", str(folder), "--download"]) == 2
    assert "VIDCHATBENCH_OFFLINE forbids it" in capsys.readouterr().err and not program.exists()


def test_without_the_program_it_says_what_to_type(own, folder, monkeypatch):
    from vidchatbench.testset.download import download_videos

    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("vidchatbench.testset.download.find_spec", lambda name: None)
    with pytest.raises(NotReady, match="yt-dlp") as caught:
        next(download_videos(load_testset(own), folder))
    assert "pip install 'vidchatbench[fetch]'" in str(caught.value)
