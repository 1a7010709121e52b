"""Bandwidth of sound whose upper end is known."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.score import item_stats, sample
from helpers.spoken import RATE, conversation, write_wav
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import firwin, oaconvolve, resample

from vidchatbench.errors import MediaError, Unscored
from vidchatbench.media import Clip
from vidchatbench.types import Reason
from vidchatbench_metrics.audio.bandwidth import Bandwidth
from vidchatbench_metrics.audio.spectrum import upper_end
from vidchatbench_metrics.audio.windows import windows


@pytest.fixture(scope="module")
def talk() -> np.ndarray:
    return conversation([("flite:slt", "she left for the office this morning", 0)]).samples


def value(tmp_path, samples: np.ndarray, rate: int = RATE) -> float:
    clip = Clip(write_wav(tmp_path / "a.wav", samples, rate))
    return float(item_stats(Bandwidth(), sample(), response=clip)["value"])


@given(st.integers(1, 60), st.sampled_from([16000, 24000, 44100, 48000]), st.integers(1, 9000))
def test_noise_up_to_a_frequency(quarters: int, rate: int, cut_at: int) -> None:
    if quarters * 250 > rate // 2 - 250:
        return
    noise = np.random.default_rng(quarters).normal(size=rate // 2)
    spectrum = np.fft.rfft(noise)
    spectrum[np.fft.rfftfreq(len(noise), 1 / rate) > quarters * 250 - 125] = 0
    sound = 0.1 * np.fft.irfft(spectrum, len(noise))[:, None]
    found = upper_end([(sound[:cut_at], rate), (sound[cut_at:], rate)])
    assert abs(found - quarters * 250) <= 250
    assert upper_end([(sound, rate)]) == found


def test_windows_are_whole_and_side_by_side() -> None:
    sound = np.arange(100.0)[:, None]
    cut = [(sound[:33], 10), (sound[33:34], 10), (sound[34:], 10)]
    found = np.concatenate([part.ravel() for part, _ in windows(cut, 0.7)])
    assert found.tolist() == list(range(98))
    assert list(windows([(sound[:3], 10)], 0.7)) == []


def test_speech_has_the_band_of_its_making_not_of_its_file(tmp_path, talk: np.ndarray) -> None:
    whole = value(tmp_path, talk)
    assert 7 <= whole <= 8
    assert value(tmp_path, resample(talk, 3 * len(talk)) * 0.9, 48000) == pytest.approx(whole, abs=0.25)
    assert value(tmp_path, talk / 4) == pytest.approx(whole, abs=0.25)
    assert value(tmp_path, np.stack([talk, talk], axis=1)) == whole
    telephone = oaconvolve(talk, firwin(801, 3400, fs=RATE), "same")
    assert value(tmp_path, telephone) == pytest.approx(3.5, abs=0.25)
    clicks = telephone.copy()
    clicks[[3000, 20000]] = 0.9
    assert value(tmp_path, clicks) == pytest.approx(3.5, abs=0.25)


def test_more_than_can_be_heard_is_no_merit() -> None:
    inputs = {"spectrum": {"khz": np.array(24.0)}, "speech": {"speech_s": np.array(3.0)}}
    assert Bandwidth().item(sample(), inputs)["value"] == 20.0


def test_silence_and_a_missing_answer_are_the_worst(tmp_path) -> None:
    assert upper_end([(np.zeros((RATE, 1)), RATE)]) == upper_end([(np.ones((3, 1)), RATE)]) == upper_end([]) == 0.0
    with pytest.raises(Unscored, match="no_speech"):
        value(tmp_path, np.zeros(RATE))
    failed = Bandwidth().failed(sample(), Reason(code="missing", detail=""), {})
    assert Bandwidth().total([failed], np.ones(1)) == 0.0


def test_unreadable_is_said(tmp_path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    with pytest.raises(MediaError):
        item_stats(Bandwidth(), sample(), response=Clip(broken))
