"""Times: what is on screen and in the air at t, whatever the container says about it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from vidchatbench.media import Clip, Presentation

H264 = ("-c:v", "libx264", "-bf", "3", "-pix_fmt", "yuv420p")
KINDS = {
    "aac.mp4": (*H264, "-c:a", "aac"),
    "aac.ts": (*H264, "-c:a", "aac"),
    "fragments.mp4": (*H264, "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"),
    "no_edit_list.mp4": (*H264, "-c:a", "aac", "-use_editlist", "0"),
    "aac.flv": (*H264, "-c:a", "aac"),
    "opus.mp4": (*H264, "-c:a", "libopus"),
    "flac.mkv": (*H264, "-c:a", "flac"),
    "pcm.mov": (*H264, "-c:a", "pcm_s16le"),
    "mp3.mp4": (*H264, "-c:a", "libmp3lame"),
    "vp9.webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-c:a", "libvorbis"),
    "mp2.mpg": ("-c:v", "mpeg2video", "-bf", "2", "-c:a", "mp2"),
}
SMALL = Presentation(width=16, height=12)


def ticks(clip, **fields):
    return [frame for _, frame in clip.frames([Presentation(width=16, height=12, **fields)])]


def onsets(path):
    """When the burst and the flash begin, in seconds from the clip's start."""
    clip = Clip(path)
    sound = np.flatnonzero(np.abs(clip.audio(16000)) > 0.2)[0] / 16000
    picture = next(frame.time_s for frame in ticks(clip) if frame.image.mean() > 128)
    return sound, picture


def probed(ffprobe, path):
    """Start and end of every frame by ffprobe, from the earliest start of any track."""
    told = ffprobe(path, "-show_entries", "stream=codec_type,start_time")["streams"]
    origin = max(0.0, min(float(s["start_time"]) for s in told if s["codec_type"] in ("audio", "video")))
    entries = "frame=best_effort_timestamp_time,pkt_duration_time,duration_time"
    frames = ffprobe(path, "-select_streams", "v:0", "-show_entries", entries)["frames"]
    starts = [float(f["best_effort_timestamp_time"]) - origin for f in frames]
    last = float(frames[-1].get("duration_time") or frames[-1].get("pkt_duration_time"))
    return starts, starts[-1] + last


def shown_at(starts, end, rate):
    """The rule of `Presentation`, written the slow way: index of the frame on screen at every tick."""
    late = 0.001
    count = 0
    while count / rate < end - late - 1e-9:
        count += 1
    return [max([i for i, s in enumerate(starts) if s <= k / rate + late + 1e-9], default=0) for k in range(count)]


@pytest.mark.parametrize("name", KINDS)
def test_sound_and_picture_stay_together(name, flash):
    sound, picture = onsets(flash(name, *KINDS[name]))
    assert sound == pytest.approx(picture, abs=0.002)


@pytest.mark.parametrize("name", ["aac.mp4", "opus.mp4", "flac.mkv", "pcm.mov", "mp3.mp4"])
def test_priming_is_removed_where_the_container_tells_it(name, flash):
    sound, picture = onsets(flash(name, *KINDS[name]))
    assert (sound, picture) == pytest.approx((1, 1), abs=0.001)


@pytest.mark.parametrize("name", [name for name in KINDS if name != "mp2.mpg"])  # ffprobe tells no times of the last
def test_ticks_show_what_ffprobe_says_is_on_screen(name, flash, ffprobe):
    path = flash(name, *KINDS[name])
    starts, end = probed(ffprobe, path)
    own = ticks(Clip(path))
    assert [f.time_s for f in own] == pytest.approx(starts, abs=1e-5)
    assert [f.tick for f in own] == list(range(len(own)))
    for rate in (25, 8, Fraction(30000, 1001), 60):
        expected = shown_at(starts, end, float(rate))
        fixed = ticks(Clip(path), fps=Fraction(rate))
        assert [f.tick for f in fixed] == list(range(len(expected)))
        assert all(np.array_equal(f.image, own[i].image) for f, i in zip(fixed, expected, strict=True))
        assert [f.repeat for f in fixed] == [k > 0 and expected[k - 1] == i for k, i in enumerate(expected)]


def test_a_sound_track_that_starts_late_begins_with_silence(flash, remux):
    path = flash("aac.mp4", *KINDS["aac.mp4"])
    late = remux("late.mp4", "-i", path, "-itsoffset", "0.3", "-i", path, "-map", "0:v", "-map", "1:a")
    sound, picture = onsets(late)
    assert picture == pytest.approx(1)
    assert sound == pytest.approx(1.3, abs=0.002)
    assert not Clip(late).audio(16000)[: int(0.27 * 16000)].any()


def test_a_picture_that_starts_late_is_shown_from_the_start(flash, remux):
    path = flash("aac.mp4", *KINDS["aac.mp4"])
    late = remux("late_picture.mp4", "-itsoffset", "0.3", "-i", path, "-i", path, "-map", "0:v", "-map", "1:a")
    sound, picture = onsets(late)
    assert (sound, picture) == pytest.approx((1, 1.3), abs=0.001)
    fixed = ticks(Clip(late), fps=Fraction(25))
    assert len(fixed) == 58  # 2.3 s
    assert [f.repeat for f in fixed[:9]] == [False] + [True] * 8


@pytest.mark.parametrize("kind", ["mp4", "ts", "mkv"])
def test_an_offset_that_all_tracks_share_goes_away(kind, flash, remux):
    path = flash("aac.mp4", *KINDS["aac.mp4"])
    near = remux(f"near.{kind}", "-i", path)
    far = remux(f"far.{kind}", "-i", path, "-output_ts_offset", "100")
    assert onsets(far) == pytest.approx(onsets(near), abs=0.023)
    assert len(ticks(Clip(far), fps=Fraction(25))) in (50, 51)  # 51 where AAC priming is not marked


def test_an_edit_list_is_honoured(flash, remux, ffprobe):
    path = flash("pcm.mov", *KINDS["pcm.mov"])
    cut = remux("cut.mov", "-ss", "0.4", "-i", path)
    sound, picture = onsets(cut)
    assert (sound, picture) == pytest.approx((0.6, 0.6), abs=0.001)
    assert [f.time_s for f in ticks(Clip(cut))] == pytest.approx(probed(ffprobe, cut)[0], abs=1e-5)


def test_variable_frame_rate(ffmpeg, ffprobe, tmp_path):
    path = tmp_path / "vfr.mp4"
    pick = "select='not(mod(n,7))+not(mod(n,3))+lt(n,6)',setpts=PTS+0.01*random(1)/TB"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=160x120:r=30:d=3", "-vf", pick, "-vsync", "vfr", *H264, path)
    starts, end = probed(ffprobe, path)
    own = ticks(Clip(path))
    assert len(set(np.diff(starts).round(3))) > 2
    assert [f.time_s for f in own] == pytest.approx(starts, abs=1e-5)
    fixed = ticks(Clip(path), fps=Fraction(25))
    assert [np.flatnonzero([np.array_equal(f.image, o.image) for o in own])[0] for f in fixed] == shown_at(
        starts, end, 25
    )
    info = Clip(path).info.video
    assert info.duration_s == pytest.approx(end, abs=1e-3)
    assert float(info.fps) == pytest.approx(len(starts) / end, rel=0.02)


def test_the_last_frame_is_shown_for_its_duration(ffmpeg, tmp_path):
    path = tmp_path / "slow.mkv"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x48:r=2:d=2", *H264, path)
    assert [len(ticks(Clip(path), fps=Fraction(rate))) for rate in (1, 2, 10)] == [2, 4, 20]


def test_time_stamps_rounded_to_milliseconds_lose_no_frame(ffmpeg, tmp_path):
    path = tmp_path / "rounded.mkv"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x48:r=30:d=2", *H264, path)
    fixed = ticks(Clip(path), fps=Fraction(30))
    assert len(fixed) == 60
    assert not any(f.repeat for f in fixed)
    assert Clip(path).info.video.fps == 30


def test_presentations_come_in_order_of_time(flash):
    clip = Clip(flash("aac.mp4", *KINDS["aac.mp4"]))
    wanted = [
        SMALL,
        Presentation(width=8, height=8, fps=Fraction(10)),
        Presentation(width=9, height=9, fps=Fraction(60)),
    ]
    together = [(i, f.tick, f.time_s) for i, f in clip.frames(wanted)]
    assert [time for *_, time in together] == sorted(time for *_, time in together)
    for i, presentation in enumerate(wanted):
        alone = [(f.tick, f.time_s) for _, f in clip.frames([presentation])]
        assert [entry[1:] for entry in together if entry[0] == i] == alone


@pytest.mark.slow
def test_real_clips_agree_with_ffprobe(clips, ffprobe):
    for path in sorted(clips.rglob("*.mp4"))[::5]:
        starts, end = probed(ffprobe, path)
        assert [f.time_s for f in ticks(Clip(path))] == pytest.approx(starts, abs=1e-5)
        assert Clip(path).info.video.duration_s == pytest.approx(end, abs=1e-3)
        assert len(ticks(Clip(path), fps=Fraction(25))) == len(shown_at(starts, end, 25))


@pytest.mark.parametrize("name", KINDS)
def test_named_ticks_are_those_of_the_whole_and_their_number_is_known_beforehand(name, flash):
    clip = Clip(flash(name, *KINDS[name]))
    every = ticks(clip, fps=Fraction(25))
    assert clip.info.video.ticks(25) == len(every)
    some = ticks(clip, fps=Fraction(25), ticks=frozenset({0, 3, 4, len(every) - 1, len(every) + 10}))
    assert [frame.tick for frame in some] == [0, 3, 4, len(every) - 1]
    for frame in some:
        assert np.array_equal(frame.image, every[frame.tick].image)
        assert frame.time_s == every[frame.tick].time_s


def test_a_repeat_is_of_the_tick_that_was_asked_for_before(flash):
    clip = Clip(flash("aac.mp4", *KINDS["aac.mp4"]))  # 25 frames per second: each is on screen for five ticks of 125
    shown = ticks(clip, fps=Fraction(125), ticks=frozenset(range(3, 12, 2)))
    assert [frame.repeat for frame in shown] == [False, False, True, True, False]
