"""Sound: aligned, unscaled, exactly long, free of aliases."""

from __future__ import annotations

import wave

import numpy as np
import pytest

from vidchatbench.errors import MediaError
from vidchatbench.media import Clip


def write_wav(path, samples, rate):
    """16-bit wav of samples (n x channels) in -1 to 1."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.rint(samples * 32767).astype("<i2").tobytes())
    return path


@pytest.mark.parametrize(
    ("name", "codec", "channels"),
    [
        ("a.wav", ("-c:a", "pcm_s16le"), 1),
        ("a.wav", ("-c:a", "pcm_s24le"), 2),
        ("a.wav", ("-c:a", "pcm_u8"), 1),
        ("a.wav", ("-c:a", "pcm_f32le"), 6),
        ("a.flac", ("-c:a", "flac"), 2),
        ("a.mp3", ("-c:a", "libmp3lame"), 2),
        ("a.m4a", ("-c:a", "aac"), 6),
        ("a.opus", ("-c:a", "libopus"), 2),
        ("a.mkv", ("-c:a", "pcm_s16be"), 2),
    ],
)
def test_blocks_are_what_ffmpeg_decodes(name, codec, channels, ffmpeg, pcm, tmp_path):
    path = tmp_path / name
    tones = "|".join(f"0.3*sin({300 + 100 * c}*2*PI*t)" for c in range(channels))
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[channels]
    ffmpeg("-f", "lavfi", "-i", f"aevalsrc='{tones}':c={layout}:s=48000:d=1.3", *codec, path)
    blocks = list(Clip(path).audio_blocks())
    assert {rate for _, rate in blocks} == {48000}
    ours = np.concatenate([block for block, _ in blocks])
    theirs = pcm(path, channels)
    assert ours.dtype == np.float32
    if name == "a.m4a":
        # The coder fills its last block of 1024. The FFmpeg of PyAV 19 cuts the filling off, as the file asks; that of
        # PyAV 18 and Debian's program leave it.
        assert len(ours) in (62400, 62464)
        theirs = theirs[: len(ours)]
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, atol=2e-4)
    mono = Clip(path).audio(48000)
    np.testing.assert_allclose(mono, theirs.mean(axis=1), atol=2e-4)
    assert Clip(path).info.audio.channels == channels
    assert Clip(path).info.audio.duration_s == pytest.approx(len(ours) / 48000, abs=0.03)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 24000, 44100, 48000, 96000])
@pytest.mark.parametrize("wanted", [8000, 16000, 44100])
def test_length_level_and_phase_survive_resampling(rate, wanted, tmp_path):
    n = rate + 137
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(n) / rate)
    sound = Clip(write_wav(tmp_path / "a.wav", tone[:, None], rate)).audio(wanted)
    assert sound.dtype == np.float32
    assert len(sound) == round(n * wanted / rate)
    inside = slice(wanted // 10, -wanted // 10)
    ideal = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(len(sound)) / wanted)
    assert np.abs(sound - ideal)[inside].max() < 2e-4


def test_what_the_new_rate_cannot_hold_is_gone(tmp_path):
    times = np.arange(2 * 48000) / 48000
    for frequency, least in ((7000, -0.1), (7600, -1.0)):
        kept = Clip(write_wav(tmp_path / "a.wav", 0.5 * np.sin(2 * np.pi * frequency * times)[:, None], 48000)).audio()
        assert 20 * np.log10(kept[1600:-1600].std() / (0.5 / 2**0.5)) > least
    for frequency in (8200, 9000, 15000, 23000):
        alias = Clip(write_wav(tmp_path / "a.wav", 0.5 * np.sin(2 * np.pi * frequency * times)[:, None], 48000)).audio()
        assert 20 * np.log10(alias[1600:-1600].std() / (0.5 / 2**0.5)) < -90


def test_the_mix_is_the_plain_mean(tmp_path):
    loud = np.full((4800, 2), 0.9)
    assert Clip(write_wav(tmp_path / "a.wav", loud, 48000)).audio(48000).max() == pytest.approx(0.9, abs=1e-4)
    opposed = loud * [1, -1]
    assert not Clip(write_wav(tmp_path / "b.wav", opposed, 48000)).audio(48000).any()


def test_silence_is_silence(tmp_path):
    sound = Clip(write_wav(tmp_path / "a.wav", np.zeros((44100, 1)), 44100)).audio()
    assert len(sound) == 16000
    assert not sound.any()


def test_an_empty_sound_track_is_no_sound(tmp_path):
    path = write_wav(tmp_path / "a.wav", np.zeros((0, 1)), 44100)
    with pytest.raises(MediaError) as caught:
        Clip(path).audio()
    assert caught.value.code in ("no_audio", "unreadable")
    assert "a.wav" in str(caught.value)


@pytest.mark.parametrize("n", [1, 2, 100])
def test_very_short_sound(n, tmp_path):
    assert len(Clip(write_wav(tmp_path / "a.wav", np.full((n, 1), 0.1), 16000)).audio(48000)) == 3 * n


def test_a_sound_file_of_its_own(ffmpeg, tmp_path):
    video = tmp_path / "a.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x48:d=1", "-c:v", "libx264", video)
    with pytest.raises(MediaError) as caught:
        Clip(video).audio()
    assert caught.value.code == "no_audio"
    sound = write_wav(tmp_path / "b.wav", np.full((8000, 1), 0.25), 16000)
    both = Clip(video, sound)
    assert len(both.audio()) == 8000
    assert both.info.audio.rate == 16000
    assert both.info.video.width == 64
    assert len({both.digest, Clip(video).digest, Clip(sound).digest, Clip(sound, video).digest}) == 4


def test_a_gap_in_the_time_stamps_is_silence(ffmpeg, tmp_path):
    path = tmp_path / "gap.mkv"
    hole = "aselect='lt(t,0.5)+gte(t,0.8)'"
    ffmpeg("-f", "lavfi", "-i", "aevalsrc='0.5':s=48000:d=1.5", "-af", hole, "-c:a", "pcm_s16le", path)
    sound = Clip(path).audio(16000)
    assert len(sound) == pytest.approx(24000, abs=32)
    assert np.abs(sound[int(0.55 * 16000) : int(0.75 * 16000)]).max() < 1e-3
    assert sound[int(0.9 * 16000)] == pytest.approx(0.5, abs=1e-3)


def test_the_same_bits_every_time(clips):
    path = clips / "generated/dialogue/finetune/case1/responder.mp4"
    assert Clip(path).audio().tobytes() == Clip(path).audio().tobytes()
