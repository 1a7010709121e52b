"""Loudness against the levels of EBU Tech 3341 and its own invariances."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.score import features, item_stats, sample
from helpers.spoken import RATE, conversation, write_wav

from vidchatbench.errors import MediaError, Unscored
from vidchatbench.media import Clip
from vidchatbench.types import Reason
from vidchatbench_metrics.audio.level import Level
from vidchatbench_metrics.audio.loudness import Loudness


def sine(dbfs: float, rate: int = 48000, seconds: float = 5.0) -> np.ndarray:
    """997 Hz, its peak at `dbfs`, on two channels."""
    one = 10 ** (dbfs / 20) * np.sin(2 * np.pi * 997 * np.arange(round(rate * seconds)) / rate)
    return np.stack([one, one], axis=1)


def level(path) -> dict[str, float]:
    found = features({"l": Level().on("response")}, {"response": Clip(path)}, sample().turn)["l"]
    return {name: float(value) for name, value in found.items()}


@pytest.mark.parametrize("dbfs", [-23, -33])
@pytest.mark.parametrize("rate", [16000, 44100, 48000])
def test_ebu_tech_3341_levels(tmp_path, dbfs: float, rate: int) -> None:
    found = level(write_wav(tmp_path / "a.wav", sine(dbfs, rate), rate))
    assert found["lufs"] == pytest.approx(dbfs, abs=0.1)
    assert found["true_peak_dbtp"] == pytest.approx(dbfs, abs=0.3)


def test_ebu_tech_3341_gates_what_is_far_below(tmp_path) -> None:
    """Test signal 3: 10 s at -36, 60 s at -23, 10 s at -36 dBFS still measure -23 LUFS."""
    parts = [sine(-36, RATE, 10), sine(-23, RATE, 60), sine(-36, RATE, 10)]
    found = level(write_wav(tmp_path / "a.wav", np.concatenate(parts), RATE))
    assert found["lufs"] == pytest.approx(-23, abs=0.1)


def test_mono_is_its_stereo_duplicate(tmp_path) -> None:
    stereo = level(write_wav(tmp_path / "s.wav", sine(-20), 48000))
    mono = level(write_wav(tmp_path / "m.wav", sine(-20)[:, 0], 48000))
    assert mono == pytest.approx(stereo, abs=0.01)


def test_silence_and_a_blink_are_minus_70(tmp_path) -> None:
    assert level(write_wav(tmp_path / "s.wav", np.zeros(RATE)))["lufs"] == -70.0
    assert level(write_wav(tmp_path / "b.wav", sine(-20, seconds=0.1), 48000))["lufs"] == -70.0


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> tuple[np.ndarray, Clip]:
    samples = conversation([("flite:slt", "we could meet again next week", 0)]).samples
    return samples, Clip(write_wav(tmp_path_factory.mktemp("talk") / "t.wav", samples))


@pytest.mark.parametrize("gain_db", [-6.0, 6.0])
def test_gain_is_the_value(tmp_path, talk: tuple[np.ndarray, Clip], gain_db: float) -> None:
    samples, clip = talk
    other = Clip(write_wav(tmp_path / "g.wav", samples * 10 ** (gain_db / 20) * 0.99))
    found = item_stats(Loudness(), sample(), response=other, reference=clip)
    assert float(found["value"]) == pytest.approx(6.0, abs=0.2)


def test_perfect_is_zero_and_silence_the_cap(tmp_path, talk: tuple[np.ndarray, Clip]) -> None:
    clip = talk[1]
    mute = Clip(write_wav(tmp_path / "m.wav", np.zeros(RATE)))
    perfect = item_stats(Loudness(), sample(), response=clip, reference=clip)
    silent = item_stats(Loudness(), sample(), response=mute, reference=clip)
    assert perfect["value"] == 0.0
    assert silent["value"] == 40.0
    failed = Loudness().failed(sample(), Reason(code="missing", detail=""), {})
    assert Loudness().total([perfect, failed], np.ones(2)) == 20.0
    beside = Loudness().beside([perfect, failed], np.ones(2))
    assert beside["lufs"] == pytest.approx(float(perfect["lufs"]))
    assert Loudness().beside([failed], np.ones(1)) == {}
    with pytest.raises(Unscored) as caught:
        item_stats(Loudness(), sample(), response=clip, reference=mute)
    assert caught.value.role == "reference"


def test_unreadable_is_said(tmp_path, talk: tuple[np.ndarray, Clip]) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    with pytest.raises(MediaError):
        item_stats(Loudness(), sample(), response=Clip(broken), reference=talk[1])
