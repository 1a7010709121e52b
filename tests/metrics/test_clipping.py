"""Clipped samples, by hand and however the sound is cut into blocks."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.score import item_stats, sample
from helpers.spoken import RATE, conversation, write_wav
from hypothesis import given
from hypothesis import strategies as st

from vidchatbench.errors import MediaError
from vidchatbench.media import Clip
from vidchatbench.types import Reason
from vidchatbench_metrics.audio.clipped import clipped_share
from vidchatbench_metrics.audio.clipping import Clipping


def share(*values: float) -> float:
    return clipped_share([np.array(values)[:, None]])


def test_by_hand() -> None:
    assert share(0, 1, 1, 0, 0) == 0.0  # a run of two is a peak
    assert share(1, 1, 1, 0, 0) == 0.6
    assert share(0, 0, 1, -1, 1) == 0.6
    assert share(1, 1, 0, 1, 1) == 0.0
    assert share(1, 1, 1, 1, 1) == 1.0
    assert share(1, 1) == 0.0
    assert clipped_share([]) == 0.0


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.lists(st.integers(1, 7), max_size=20))
def test_blocks_change_nothing(flags: list[bool], sizes: list[int]) -> None:
    sound = np.array(flags, np.float32)[:, None]
    runs, expected, at = "".join("1" if f else "0" for f in flags).split("0"), 0, 0
    expected = sum(len(run) for run in runs if len(run) >= 3) / len(flags)
    blocks = []
    for size in [*sizes, len(flags)]:
        blocks.append(sound[at : at + size])
        at += size
    assert clipped_share([block for block in blocks if len(block)]) == pytest.approx(expected)


@pytest.fixture(scope="module")
def talk() -> np.ndarray:
    return conversation([("flite:slt", "we could meet again next week", 0)]).samples


def value(tmp_path, samples: np.ndarray, rate: int = RATE) -> float:
    clip = Clip(write_wav(tmp_path / "a.wav", samples, rate))
    return float(item_stats(Clipping(), sample(), response=clip)["value"])


def test_clean_speech_has_none_and_overdrive_much(tmp_path, talk: np.ndarray) -> None:
    assert value(tmp_path, talk) == 0.0
    assert value(tmp_path, talk * 0.5) == 0.0
    assert 1.0 < value(tmp_path, talk * 8) < value(tmp_path, talk * 32)


def test_stereo_and_rate(tmp_path, talk: np.ndarray) -> None:
    from scipy.signal import resample_poly

    mono = value(tmp_path, talk * 8)
    assert value(tmp_path, np.stack([talk * 8] * 2, axis=1)) == pytest.approx(mono)
    assert value(tmp_path, np.stack([talk * 8, talk], axis=1)) == pytest.approx(mono / 2)
    assert value(tmp_path, resample_poly(talk * 8, 441, 160), 44100) == pytest.approx(mono, rel=0.3)


def test_silence_has_none_and_failures_count_as_all(tmp_path) -> None:
    assert value(tmp_path, np.zeros(RATE)) == 0.0
    failed = Clipping().failed(sample(), Reason(code="missing", detail=""), {})
    assert Clipping().total([failed], np.ones(1)) == 100.0


def test_unreadable_is_said(tmp_path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    with pytest.raises(MediaError):
        item_stats(Clipping(), sample(), response=Clip(broken))
