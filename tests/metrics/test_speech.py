"""Speech segments against constructed conversations whose edges are known to the sample."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from helpers.score import features, sample
from helpers.spoken import PHRASES, RATE, VOICES, Conversation, conversation, say, write_wav
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vidchatbench.errors import MediaError
from vidchatbench.media import Clip
from vidchatbench_metrics.perception.speech import Speech, merge
from vidchatbench_metrics.perception.vad import hysteresis


@pytest.fixture(scope="module")
def speech() -> Speech:
    feature = Speech()
    feature.setup()
    return feature


def draw(seed: int, *, voices: tuple[str, ...] = VOICES, n: int = 6) -> Conversation:
    rng = np.random.default_rng(seed)
    picks = [
        (voices[rng.integers(len(voices))], PHRASES[rng.integers(len(PHRASES))], rng.uniform(0.3, 1.5))
        for _ in range(n)
    ]
    return conversation(picks, lead_s=rng.uniform(0.2, 1.0))


def errors(speech: Speech, talks: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray, float]:
    """Errors of all onsets and of all ends, in s, and the share of conversations whose count is right."""
    onsets, ends, right = [], [], 0
    for samples, events in talks:
        found = speech.find(samples)["segments"]
        if len(found) == len(events):
            right += 1
            onsets.append(found[:, 0] - events[:, 0])
            ends.append(found[:, 1] - events[:, 1])
    return np.concatenate(onsets), np.concatenate(ends), right / len(talks)


def within(values: np.ndarray, limit: float = 0.032) -> float:
    return float((np.abs(values) <= limit).mean())


def noisy(talk: Conversation, seed: int, snr_db: float, colour: str) -> np.ndarray:
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=len(talk.samples))
    if colour == "pink":
        spectrum = np.fft.rfft(noise)
        noise = np.fft.irfft(spectrum / np.sqrt(np.arange(1, len(spectrum) + 1)), len(noise))
    power = np.mean(talk.samples[talk.samples != 0] ** 2) * 10 ** (-snr_db / 10)
    return (talk.samples + noise * np.sqrt(power / np.mean(noise**2))).astype(np.float32)


@pytest.mark.parametrize("program", ["flite", "espeak"])
def test_clean_edges(speech: Speech, program: str) -> None:
    voices = tuple(voice for voice in VOICES if voice.startswith(program))
    talks = [draw(seed, voices=voices) for seed in range(8)]
    onsets, ends, right = errors(speech, [(talk.samples, talk.events) for talk in talks])
    assert right == 1.0
    assert within(onsets) >= 0.95
    assert within(ends) >= 0.90


@pytest.mark.slow
@pytest.mark.parametrize("colour", ["white", "pink"])
def test_edges_at_20_db(speech: Speech, colour: str) -> None:
    talks = [draw(seed) for seed in range(2000, 2030)]
    onsets, ends, right = errors(speech, [(noisy(talk, i, 20, colour), talk.events) for i, talk in enumerate(talks)])
    print(f"{colour} 20 dB: onsets {within(onsets):.3f}, ends {within(ends):.3f}, counts {right:.3f}")
    assert abs(np.median(onsets)) <= 0.010
    assert np.percentile(np.abs(onsets), 90) <= 0.100
    assert right >= 0.9


ESPEAK = [voice for voice in VOICES if voice.startswith("espeak")]
UTTERANCE = st.tuples(st.sampled_from(ESPEAK), st.sampled_from(PHRASES), st.floats(0.25, 2.0))


@pytest.mark.slow
@given(st.lists(UTTERANCE, min_size=1, max_size=6), st.floats(0, 1))
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_clean_timeline(speech: Speech, utterances: list[tuple[str, str, float]], lead_s: float) -> None:
    talk = conversation(utterances, lead_s=lead_s)
    found = speech.find(talk.samples)["segments"]
    assert len(found) == len(talk.events)
    assert np.abs(found - talk.events).max() <= 0.064


def test_breath_before_speech_is_not_its_onset(speech: Speech) -> None:
    word = say("espeak:en-us", "that sounds good to me")
    breath = np.random.default_rng(0).normal(size=6400).astype(np.float32) * np.hanning(6400).astype(np.float32)
    breath *= 0.01 / np.sqrt(np.mean(breath**2))
    quiet = np.zeros(RATE // 2, np.float32)
    samples = np.concatenate([quiet, breath, np.zeros(800, np.float32), word, quiet])
    found = speech.find(samples)["segments"]
    assert len(found) == 1
    assert found[0, 0] == pytest.approx(0.95, abs=0.032)


@given(st.integers(0, 4000))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_delay_moves_all_edges_by_the_delay(speech: Speech, delay: int) -> None:
    talk = draw(3, voices=("espeak:en-us",), n=3)
    late = np.concatenate([np.zeros(delay, np.float32), talk.samples])
    before, after = speech.find(talk.samples)["segments"], speech.find(late)["segments"]
    assert after - before == pytest.approx(delay / RATE, abs=0.010)


@pytest.mark.parametrize("gain_db", [-30, -6, 6])
def test_gain_changes_nothing(speech: Speech, gain_db: float) -> None:
    talk = draw(4)
    louder = (talk.samples * 10 ** (gain_db / 20)).astype(np.float32)
    assert speech.find(louder)["segments"] == pytest.approx(speech.find(talk.samples)["segments"], abs=0.0026)


def test_silence_and_nothing_have_no_speech(speech: Speech) -> None:
    for samples in (np.zeros(2 * RATE, np.float32), np.zeros(0, np.float32), np.full(100, 0.1, np.float32)):
        found = speech.find(samples)
        assert found["segments"].shape == found["raw"].shape == (0, 2)
        assert found["speech_s"] == 0.0
        assert found["duration_s"] == len(samples) / RATE
        assert np.isfinite(found["rms_dbfs"])


def test_noise_is_not_speech(speech: Speech) -> None:
    noise = np.random.default_rng(1).normal(size=5 * RATE).astype(np.float32) * 0.1
    assert speech.find(noise)["speech_s"] < 0.3


def test_speech_from_the_first_sample_starts_at_zero(speech: Speech) -> None:
    word = say("espeak:en-us", "where did you find it")
    found = speech.find(np.concatenate([word[4000:], np.zeros(RATE, np.float32)]))["segments"]
    assert found[0, 0] == 0.0


def test_container_rate_and_channels_change_little(speech: Speech, tmp_path) -> None:
    from scipy.signal import resample_poly

    talk = draw(5, n=4)
    high = resample_poly(talk.samples, 441, 160)
    files = [
        write_wav(tmp_path / "mono16.wav", talk.samples),
        write_wav(tmp_path / "mono44.wav", high, 44100),
        write_wav(tmp_path / "stereo44.wav", np.stack([high, high], axis=1), 44100),
    ]
    found = [features({"s": Speech().on("response")}, {"response": Clip(f)}, sample().turn)["s"] for f in files]
    for other in found[1:]:
        assert other["segments"] == pytest.approx(found[0]["segments"], abs=0.016)


def test_no_sound_track_is_said(tmp_path) -> None:
    import av

    file = tmp_path / "mute.mp4"
    with av.open(str(file), "w") as out:
        stream = out.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 64
        for _ in range(5):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
        out.mux(stream.encode(None))
    with pytest.raises(MediaError) as caught:
        features({"s": Speech().on("response")}, {"response": Clip(file)}, sample().turn)
    assert caught.value.code == "no_audio"


def test_hysteresis_by_hand() -> None:
    window = 0.032
    p = np.array([0.1, 0.6, 0.4, 0.4, 0.2, 0.6, 0.2, 0.2, 0.1, 0.9, 0.1, 0.1, 0.5, 0.5])
    # one window below 0.35 (32 ms) does not end speech, two do; a single window of speech (32 ms) is dropped
    assert hysteresis(p, len(p) * window) == pytest.approx(np.array([[1, 6], [12, 14]]) * window)


@given(st.lists(st.floats(0.01, 2.0), min_size=2, max_size=20))
def test_merge_leaves_only_long_silences(steps: list[float]) -> None:
    times = np.cumsum(steps)
    segments = times[: len(times) // 2 * 2].reshape(-1, 2)
    merged = merge(segments)
    assert (merged[1:, 0] - merged[:-1, 1] >= 0.2 - 1e-6).all()
    assert merged[0, 0] == segments[0, 0]
    assert merged[-1, 1] == segments[-1, 1]


def test_cheap_until_set_up() -> None:
    assert pickle.loads(pickle.dumps(Speech())).signature() == Speech().signature()
