"""DNSMOS against the reference code's answers, and its gate against silence."""

from __future__ import annotations

import json
import wave

import numpy as np
import pytest
from helpers.score import item_stats, sample
from helpers.spoken import RATE, conversation, write_wav

from vidchatbench.errors import MediaError, Unscored
from vidchatbench.media import Clip
from vidchatbench.types import Reason
from vidchatbench_metrics.audio.dnsmos import Dnsmos
from vidchatbench_metrics.audio.dnsmos_scores import P808, Bak, Ovrl, Sig
from vidchatbench_metrics.audio.mel import mel
from vidchatbench_metrics.perception.active_level import at_active_level

ALL = [Sig(), Bak(), Ovrl(), P808()]


@pytest.fixture(scope="module")
def model() -> Dnsmos:
    feature = Dnsmos()
    feature.setup()
    return feature


@pytest.fixture(scope="module")
def talk() -> np.ndarray:
    return conversation([("flite:slt", "she left for the office this morning", 0)], tail_s=7).samples


@pytest.mark.parametrize("name", ["p4", *(pytest.param(n, marks=pytest.mark.slow) for n in ("p1", "p2", "p3", "p5"))])
def test_parity_with_the_reference_code(model: Dnsmos, oracle, name: str) -> None:
    golden = json.loads((oracle / "golden" / "values.json").read_text())
    with wave.open(str(oracle / "inputs" / f"audio_{name}.wav")) as w:
        samples = np.frombuffer(w.readframes(w.getnframes()), "<i2") / np.float32(32768)
    found = model.score(samples)
    expected = golden[f"dnsmos.{name}.ovrl_sig_bak_p808"]
    assert [float(found[n]) for n in ("ovrl", "sig", "bak", "p808")] == pytest.approx(expected, abs=1e-4)


def test_mel_of_a_sine() -> None:
    found = mel(np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000))
    assert found.shape == (100, 120)
    assert found.max() == 1.0
    assert found.min() >= -1.0
    assert np.unique(found[5:-5].argmax(axis=1)).tolist() == [39]  # the triangle that peaks nearest to 1 kHz
    assert mel(np.zeros(1600)).max() == 1.0  # silence: all cells equal the loudest


def test_noise_costs_all_scores(model: Dnsmos, talk: np.ndarray) -> None:
    noise = np.random.default_rng(0).normal(size=len(talk)).astype(np.float32)
    clean, noisy = model.score(talk), model.score(talk + 0.05 * noise)
    for name in ("ovrl", "bak", "p808"):
        assert noisy[name] < clean[name] - 0.3


def test_short_sound_is_doubled(model: Dnsmos, talk: np.ndarray) -> None:
    short = talk[: 5 * RATE]
    assert model.score(short) == model.score(np.concatenate([short, short]))
    with pytest.raises(ValueError, match="no samples"):
        model.score(np.zeros(0, np.float32))


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory, talk: np.ndarray) -> Clip:
    return Clip(write_wav(tmp_path_factory.mktemp("dnsmos") / "a.wav", talk))


@pytest.mark.parametrize("metric", ALL, ids=lambda m: m.card.id)
def test_value_is_the_features(metric: Ovrl, spoken: Clip, model: Dnsmos) -> None:
    found = item_stats(metric, sample(), response=spoken)
    assert float(found["value"]) == pytest.approx(float(model.score(at_active_level(spoken.audio(RATE)))[metric.part]))
    assert 1.0 <= found["value"] <= 5.0


@pytest.mark.parametrize("metric", ALL, ids=lambda m: m.card.id)
def test_gain_moves_nothing(metric: Ovrl, tmp_path, talk: np.ndarray) -> None:
    found = [
        float(item_stats(metric, sample(), response=Clip(write_wav(tmp_path / f"{k}.wav", talk * gain)))["value"])
        for k, gain in enumerate((0.1, 0.5, 1.0))
    ]
    assert max(found) - min(found) < 0.02  # 16 bits of a tenth are 12.7


def test_silence_is_the_worst_not_what_the_network_says(tmp_path) -> None:
    with pytest.raises(Unscored) as caught:
        item_stats(Bak(), sample(), response=Clip(write_wav(tmp_path / "mute.wav", np.zeros(5 * RATE))))
    assert (caught.value.code, caught.value.role) == ("no_speech", "response")
    failed = Bak().failed(sample(), Reason(code="no_speech", detail=""), {})
    assert Bak().total([failed], np.ones(1)) == 1.0


def test_unreadable_is_said(tmp_path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF no")
    with pytest.raises(MediaError):
        item_stats(Ovrl(), sample(), response=Clip(broken))


def test_stereo_duplicate_and_44_khz_change_little(tmp_path, talk: np.ndarray, spoken: Clip) -> None:
    from scipy.signal import resample_poly

    high = resample_poly(talk, 441, 160)
    stereo = Clip(write_wav(tmp_path / "s.wav", np.stack([high, high], axis=1), 44100))
    one, other = (item_stats(Ovrl(), sample(), response=clip)["value"] for clip in (spoken, stereo))
    assert other == pytest.approx(one, abs=0.1)
