"""Each kind of damage, in growing doses, moves the metric that names it, on at least nine of ten real clips."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from scipy.signal import firwin, oaconvolve

from vidchatbench.media import Clip
from vidchatbench_metrics.audio.clipped import clipped_share
from vidchatbench_metrics.audio.dnsmos import Dnsmos
from vidchatbench_metrics.audio.echo import cross_correlation
from vidchatbench_metrics.audio.gaps import find_gaps
from vidchatbench_metrics.audio.spectrum import upper_end
from vidchatbench_metrics.perception.active_level import at_active_level

pytestmark = pytest.mark.slow
RATE = 16000
SECONDS = 6


@pytest.fixture(scope="module")
def sounds(clips: Path) -> dict[str, np.ndarray]:
    """The first seconds of each clip, 16 kHz mono, as they are."""
    files = sorted(clips.rglob("*.mp4"))
    return {str(path.relative_to(clips)): Clip(path).audio(RATE)[: SECONDS * RATE] for path in files}


def monotone(
    sounds: dict[str, np.ndarray], value: Callable[[np.ndarray, float], float], doses: Sequence[float]
) -> float:
    """In which share of the clips `value` rises with every dose."""
    rising = [np.all(np.diff([value(sound, dose) for dose in doses]) > 0) for sound in sounds.values()]
    return float(np.mean(rising))


def level(sound: np.ndarray) -> float:
    """Root mean square of the louder half of the 20 ms frames."""
    power = np.sort(np.square(sound[: len(sound) // 320 * 320].reshape(-1, 320)).mean(axis=1))
    return float(np.sqrt(power[len(power) // 2 :].mean()))


@pytest.fixture(scope="module")
def scores(
    sounds: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[dict[str, float]]]:
    """DNSMOS of the first 4.6 s (doubled, one window) of ten clips: as they are, noisy (20, 10 dB), halved, coded."""
    model = Dnsmos()
    model.setup()
    n = round(4.6 * RATE)
    noise = np.random.default_rng(0).normal(size=n).astype(np.float32)
    path = tmp_path_factory.mktemp("coded") / "a.mp4"

    def five(sound: np.ndarray) -> list[dict[str, float]]:
        noisy = [sound + level(sound) * 10 ** (-snr / 20) * noise[: len(sound)] for snr in (20, 10)]
        coded = Clip(write_aac(path, sound)).audio(RATE)[: len(sound)]
        levelled = [at_active_level(x) for x in (sound, *noisy, sound / 2, coded)]
        return [{k: float(v) for k, v in model.score(x).items()} for x in levelled]

    return {name: five(sound[:n]) for name, sound in list(sounds.items())[:10]}


@pytest.mark.parametrize("kind", ["ovrl", "bak", "p808"])
def test_noise_costs_dnsmos(scores: dict[str, list[dict[str, float]]], kind: str) -> None:
    falling = [clean[kind] > some[kind] > much[kind] for clean, some, much, *_ in scores.values()]
    assert np.mean(falling) >= 0.9


@pytest.mark.parametrize("kind", ["ovrl", "sig", "bak", "p808"])
def test_gain_and_container_move_dnsmos_by_less_than_a_tenth(
    scores: dict[str, list[dict[str, float]]], kind: str
) -> None:
    for changed in (3, 4):
        moved = np.array([row[changed][kind] - row[0][kind] for row in scores.values()])
        assert np.abs(moved).max() < 0.1


def test_overdrive_clips(sounds: dict[str, np.ndarray]) -> None:
    def value(sound: np.ndarray, gain: float) -> float:
        return clipped_share([np.clip(sound / np.abs(sound).max() * gain, -1, 1)[:, None]])

    assert monotone(sounds, value, [1.5, 2, 4, 8, 16]) >= 0.9


def test_a_low_pass_filter_narrows_the_band(sounds: dict[str, np.ndarray]) -> None:
    def value(sound: np.ndarray, cut_hz: float) -> float:
        return -upper_end([(oaconvolve(sound, firwin(801, cut_hz, fs=RATE), "same")[:, None], RATE)])

    assert monotone(sounds, value, [7000, 5500, 4000, 3000, 2000]) >= 0.9
    cut = firwin(801, 3400, fs=RATE)
    ends = [upper_end([(oaconvolve(sound, cut, "same")[:, None], RATE)]) for sound in sounds.values()]
    assert np.mean(np.abs(np.array(ends) - 3500) <= 250) >= 0.9


@pytest.mark.parametrize("coded", [False, True], ids=["pcm", "aac"])
def test_lost_packets_are_gaps(tmp_path: Path, sounds: dict[str, np.ndarray], coded: bool) -> None:
    def value(sound: np.ndarray, count: float) -> float:
        frames = sound[: len(sound) // 640 * 640].reshape(-1, 640)
        loud = np.flatnonzero((np.square(frames).mean(axis=1) > level(sound) ** 2 / 10)[1:-1]) + 1
        lost = np.random.default_rng(1).permutation(loud[::3])[: int(count)]  # the same ones, and more: 40 ms each
        cut = frames.copy()
        cut[lost] = 0
        blocks = (
            Clip(write_aac(tmp_path / "a.mp4", cut.ravel())).audio_blocks() if coded else [(cut.reshape(-1, 1), RATE)]
        )
        gaps = find_gaps(blocks)
        return float((gaps[:, 1] - gaps[:, 0]).sum())

    assert monotone(sounds, value, [0, 2, 5, 10]) >= 0.9
    assert np.mean([value(sound, 0) == 0 for sound in sounds.values()]) >= 0.9


def test_the_initiators_voice_mixed_in_is_heard(sounds: dict[str, np.ndarray]) -> None:
    names = list(sounds)
    other = {id(sounds[name]): sounds[names[k - 5]] for k, name in enumerate(names)}

    def value(sound: np.ndarray, dose_db: float) -> float:
        voice = other[id(sound)]
        n = min(len(sound), len(voice))
        mixed = sound.copy()
        mixed[:n] += level(sound) / level(voice) * 10 ** (dose_db / 20) * voice[:n]
        return cross_correlation(mixed, voice)[0]

    assert monotone(sounds, value, [-15, -10, -5, 0, 5]) >= 0.9
    chance = [cross_correlation(a, b)[0] * np.sqrt(min(len(a), len(b)) / RATE)
              for a in sounds.values() for b in sounds.values() if a is not b]  # fmt: skip
    assert max(chance) < 0.09


def write_aac(path: Path, sound: np.ndarray) -> Path:
    """Mono sound at 16 kHz, coded at a good rate."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("aac", rate=RATE, layout="mono")
        stream.bit_rate = 96000
        for start in range(0, len(sound), 1024):
            block = np.ascontiguousarray(sound[None, start : start + 1024], np.float32)
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return path
