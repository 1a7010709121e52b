"""True peak: what stands between the samples counts, and what is below the limit does not."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.score import item_stats, sample
from helpers.spoken import RATE, conversation, write_wav

from vidchatbench.errors import MediaError, Unscored
from vidchatbench.media import Clip
from vidchatbench.types import Reason
from vidchatbench_metrics.audio.true_peak import TruePeak


@pytest.fixture(scope="module")
def talk() -> np.ndarray:
    return conversation([("flite:slt", "we could meet again next week", 0)]).samples  # its peak is 0.5


def stats(tmp_path, samples: np.ndarray):
    return item_stats(TruePeak(), sample(), response=Clip(write_wav(tmp_path / "a.wav", samples)))


def test_below_the_limit_is_perfect_whatever_the_gain(tmp_path, talk: np.ndarray) -> None:
    for gain in (0.1, 0.5, 1.0):
        found = stats(tmp_path, talk * gain)
        assert found["value"] == 0.0
        assert float(found["true_peak_dbtp"]) == pytest.approx(20 * np.log10(gain / 2), abs=0.5)


def test_overdrive_and_peaks_between_samples_count(tmp_path, talk: np.ndarray) -> None:
    values = [float(stats(tmp_path, talk * gain)["value"]) for gain in (1.8, 2.0, 4.0, 16.0)]
    assert np.all(np.diff(values) > 0)
    # a sine at a quarter of the rate, its samples all at 0.707 of its peak: EBU Tech 3341, signals 15 to 19
    quarter = 0.999 * np.sqrt(2) * np.sin(np.pi / 4 + np.pi / 2 * np.arange(RATE // 4))
    found = stats(tmp_path, np.concatenate([talk, quarter]))
    assert float(found["true_peak_dbtp"]) == pytest.approx(3.0, abs=0.4)
    assert float(found["value"]) == pytest.approx(4.0, abs=0.4)
    assert TruePeak().beside([found], np.ones(1)) == {"max_true_peak_dbtp": float(found["true_peak_dbtp"])}


def test_silence_and_a_missing_answer_are_the_worst(tmp_path) -> None:
    with pytest.raises(Unscored, match="no_speech"):
        stats(tmp_path, np.zeros(RATE))
    failed = TruePeak().failed(sample(), Reason(code="missing", detail=""), {})
    assert TruePeak().total([failed], np.ones(1)) == 12.0
    assert TruePeak().beside([failed], np.ones(1)) == {}


def test_unreadable_is_said(tmp_path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    with pytest.raises(MediaError):
        item_stats(TruePeak(), sample(), response=Clip(broken))
