"""Gaps in speech, by hand and however the sound is cut into blocks; pauses are none."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.score import item_stats, sample
from helpers.spoken import RATE, conversation, write_wav
from hypothesis import given
from hypothesis import strategies as st

from vidchatbench.errors import MediaError, Unscored
from vidchatbench.media import Clip
from vidchatbench.types import Reason
from vidchatbench_metrics.audio.dropouts import Dropouts
from vidchatbench_metrics.audio.gaps import find_gaps


def steady(seconds: float = 1.0) -> np.ndarray:
    return (0.1 * np.random.default_rng(0).normal(size=(round(seconds * RATE), 1))).astype(np.float32)


@given(st.integers(200, 700), st.integers(6, 200), st.lists(st.integers(1, 4000), max_size=8))
def test_a_gap_is_where_it_was_cut(start_ms: int, length_ms: int, sizes: list[int]) -> None:
    sound = steady()
    sound[start_ms * 16 : (start_ms + length_ms) * 16] = 0
    cuts = np.cumsum(sizes)
    gaps = find_gaps([(block, RATE) for block in np.split(sound, cuts[cuts < len(sound)])])
    assert gaps.shape == (1, 2)
    assert gaps[0] == pytest.approx([start_ms / 1000, (start_ms + length_ms) / 1000], abs=1e-9)


def test_what_is_no_gap() -> None:
    assert find_gaps([(steady(), RATE)]).shape == find_gaps([]).shape == (0, 2)
    assert not len(find_gaps([(np.zeros((RATE, 1)), RATE)]))
    blink = steady()
    blink[8000 : 8000 + 48] = 0  # 3 ms
    ends = steady()
    ends[:3200] = ends[-3200:] = 0  # silence around the sound
    faded = steady() * np.clip(np.abs(np.linspace(-4, 4, RATE)) - 1, 0, 1)[:, None] ** 3  # a pause
    filled = steady()
    filled[8000:9600] *= 0.001
    one_side = np.concatenate([steady(), steady()], axis=1)
    one_side[8000:9600, 0] = 0
    for sound in (blink, ends, faded, filled, one_side):
        assert not len(find_gaps([(sound, RATE)]))


@pytest.fixture(scope="module")
def talk() -> np.ndarray:
    said = [("flite:slt", "she left for the office this morning", 0.0), ("flite:slt", "where did you find it", 0.7)]
    return conversation(said).samples


def stats(tmp_path, samples: np.ndarray, rate: int = RATE):
    return item_stats(Dropouts(), sample(), response=Clip(write_wav(tmp_path / "a.wav", samples, rate)))


def test_speech_with_a_pause_has_none_and_lost_packets_count(tmp_path, talk: np.ndarray) -> None:
    assert stats(tmp_path, talk)["value"] == 0.0
    loud = np.flatnonzero(np.abs(talk) > 0.2)
    lost = talk.copy()
    for at in (loud[len(loud) // 4], loud[3 * len(loud) // 4]):
        lost[at : at + 320] = 0
    found = stats(tmp_path, lost)
    spoken = 120 / float(found["per_minute"])
    assert 2 < spoken < 5
    assert float(found["value"]) == pytest.approx(100 * 0.04 / spoken, rel=0.15)
    for other in (lost / 4, np.stack([lost, lost], axis=1)):
        assert float(stats(tmp_path, other)["value"]) == pytest.approx(float(found["value"]), rel=0.1)
    assert Dropouts().beside([found], np.ones(1)) == {"per_minute": pytest.approx(float(found["per_minute"]))}


def test_silence_and_a_missing_answer_are_the_worst(tmp_path) -> None:
    with pytest.raises(Unscored, match="no_speech"):
        stats(tmp_path, np.zeros(RATE))
    failed = Dropouts().failed(sample(), Reason(code="missing", detail=""), {})
    assert Dropouts().total([failed], np.ones(1)) == 100.0
    all_gone = {"gaps": {"gaps": np.array([[0.0, 9.0]])}, "speech": {"speech_s": np.array(0.5)}}
    assert Dropouts().item(sample(), all_gone)["value"] == 100.0


def test_unreadable_is_said(tmp_path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    with pytest.raises(MediaError):
        item_stats(Dropouts(), sample(), response=Clip(broken))
