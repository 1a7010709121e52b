"""Whether somebody is heard."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.score import item_stats, sample
from helpers.spoken import RATE, conversation, write_wav

from vidchatbench.errors import MediaError
from vidchatbench.media import Clip
from vidchatbench.types import Reason
from vidchatbench_metrics.check.silent import Silent


@pytest.fixture(scope="module")
def talk() -> np.ndarray:
    return conversation([("espeak:en-us", "that sounds good to me", 0)]).samples


def value(tmp_path, samples: np.ndarray, rate: int = RATE) -> float:
    return float(item_stats(Silent(), sample(), response=Clip(write_wav(tmp_path / "a.wav", samples, rate)))["value"])


def test_speech_passes_at_any_usual_level(tmp_path, talk: np.ndarray) -> None:
    for gain in (0.5, 1.0, 2.0):
        assert value(tmp_path, gain * talk) == 1.0
    assert value(tmp_path, np.stack([talk, talk], axis=1)) == 1.0


def test_when_somebody_speaks_is_on_the_turns_clock(tmp_path, talk: np.ndarray) -> None:
    clip = Clip(write_wav(tmp_path / "a.wav", talk, RATE))
    now, later = (item_stats(Silent(), sample(start_s=at), response=clip)["timeline.response"] for at in (0.0, 3.5))
    assert len(now) and later == pytest.approx(now + 3.5)


def test_silence_noise_whisper_and_a_word_in_a_minute_fail(tmp_path, talk: np.ndarray) -> None:
    assert value(tmp_path, np.zeros(2 * RATE)) == 0.0
    assert value(tmp_path, 0.05 * np.random.default_rng(0).normal(size=3 * RATE)) == 0.0
    assert value(tmp_path, 0.002 * talk) == 0.0  # -60 dBFS and below is not heard
    assert value(tmp_path, np.concatenate([talk, np.zeros(60 * RATE, np.float32)])) == 0.0


def test_unreadable_is_said_and_counts_as_silent(tmp_path) -> None:
    (tmp_path / "b.wav").write_bytes(b"RIFF")
    with pytest.raises(MediaError):
        item_stats(Silent(), sample(), response=Clip(tmp_path / "b.wav"))
    failed = Silent().failed(sample(), Reason(code="no_audio", detail=""), {})
    assert Silent().total([failed], np.ones(1)) == 0.0
