import numpy as np
import pytest
from helpers.astronaut import speaking
from helpers.film import film
from helpers.score import features, item_stats, sample
from hypothesis import given, settings
from hypothesis import strategies as st

from vidchatbench.errors import MediaError, Unscored
from vidchatbench.media import Clip
from vidchatbench_metrics.sync.lagged import lagged_correlation
from vidchatbench_metrics.sync.loudness import FrameLoudness
from vidchatbench_metrics.sync.mouth_audio import MouthAudio
from vidchatbench_metrics.sync.smooth import high_passed

pytest.importorskip("dlib")
SECONDS = 3
RNG = np.random.default_rng(5)


def syllables(seconds=SECONDS, seed=7):
    """An opening between 0 and 1 at 25 per second: syllables of uneven length and strength."""
    rng = np.random.default_rng(seed)
    t = np.arange(seconds * 25) / 25
    centres = np.cumsum(rng.uniform(0.18, 0.42, 40))
    heights = rng.uniform(0.4, 1, 40)
    return np.clip(sum(h * np.exp(-(((t - c) / 0.06) ** 2)) for c, h in zip(centres, heights, strict=True)), 0, 1)


def voice(opening, late_s=0.0, gain=0.3):
    """Noise whose level follows the opening, `late_s` after it."""
    t = np.arange(len(opening) * 640) / 16000
    level = np.interp(t - late_s, np.arange(len(opening)) / 25, opening)
    return gain * level**2 * RNG.uniform(-1, 1, len(t))


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sync")
    frames = [speaking(10 * o) for o in syllables()]
    return folder, frames


def stats(studio, name, frames, sound):
    folder, lively = studio
    path = folder / f"{name}.mkv"
    response = film(path, frames, sound=sound)
    reference = folder / "reference.mkv"
    if not reference.exists():
        film(reference, lively[:3], sound=voice(syllables()[:3]))
    return item_stats(MouthAudio(), sample(), response=response, reference=Clip(reference))


def test_lips_that_follow_the_sound_correlate_and_the_lag_is_found(studio):
    _, frames = studio
    here = stats(studio, "on_time", frames, voice(syllables()))
    assert here["value"] > 0.6
    assert abs(here["lag_s"]) <= 0.04
    for shift in (-0.2, 0.2):
        shifted = stats(studio, f"by{shift}", frames, voice(syllables(), late_s=shift))
        assert shifted["value"] < here["value"] - 0.3
        # Sound that is late means lips that are early.
        assert shifted["lag_s"] == pytest.approx(-shift, abs=0.041)


@pytest.mark.slow
def test_gain_does_not_matter(studio):
    _, frames = studio
    sound = voice(syllables())
    loud, soft = (stats(studio, name, frames, sound * g) for name, g in (("loud", 1.0), ("soft", 0.25)))
    assert soft["value"] == pytest.approx(loud["value"], abs=0.02)


def test_another_clips_sound_is_near_chance(studio):
    _, frames = studio
    assert stats(studio, "other", frames, voice(syllables(seed=99)))["value"] < 0.35


def test_a_frozen_mouth_is_exactly_0(studio):
    _, frames = studio
    still = stats(studio, "still", frames[:1] * (SECONDS * 25), voice(syllables()))
    assert still["value"] == 0
    assert "lag_s" not in still


def test_silence_is_never_better_than_a_frozen_mouth(studio):
    _, frames = studio
    with pytest.raises(Unscored) as raised:
        stats(studio, "silent", frames, np.zeros(SECONDS * 16000))
    assert (raised.value.code, raised.value.role) == ("no_speech", "response")
    assert MouthAudio.card.fail_value < 0


def test_what_is_missing_is_named(studio):
    folder, frames = studio
    with pytest.raises(Unscored, match="too_short"):
        stats(studio, "short", frames[:10], voice(syllables()[:10]))
    with pytest.raises(Unscored, match="no_face"):
        stats(studio, "grey", [np.full((400, 400, 3), 90, np.uint8)] * 30, voice(syllables()[:30]))
    with pytest.raises(MediaError) as raised:
        item_stats(
            MouthAudio(),
            sample(),
            response=film(folder / "mute.mkv", frames[:30]),
            reference=Clip(folder / "reference.mkv"),
        )
    assert raised.value.code == "no_audio"


def test_the_lag_beside_the_headline_is_a_weighted_median():
    rows = [{"value": np.array(0.1), "lag_s": np.array(v)} for v in (0.2, -0.04, 0.0)] + [{"value": np.array(-1.0)}]
    metric = MouthAudio()
    assert metric.beside(rows, np.ones(4))["lag_s"] == 0.0
    assert metric.beside(rows, np.array([5.0, 1, 1, 1]))["lag_s"] == 0.2
    assert "lag_s" not in metric.beside(rows, np.array([0.0, 0, 0, 1]))
    assert metric.total(rows, np.ones(4)) == pytest.approx((0.3 - 1) / 4)


@given(st.integers(-15, 15), st.floats(0.1, 10), st.floats(-5, 5))
@settings(max_examples=40)
def test_a_shift_is_found_at_its_lag_whatever_gain_and_offset(lag, gain, offset):
    series = np.random.default_rng(2).normal(size=140)
    early, late = series[20:120], gain * series[20 - lag : 120 - lag] + offset
    found = lagged_correlation(late, early, 15)
    assert found.argmax() - 15 == lag
    assert found.max() == pytest.approx(1)
    assert found.min() >= -1


def test_a_constant_correlates_with_nothing():
    assert (lagged_correlation(np.ones(50), np.arange(50.0), 15) == 0).all()
    assert (lagged_correlation(np.ones(2), np.ones(2), 15) == 0).all()


def test_slow_drift_goes_and_syllables_stay():
    t = np.arange(250) / 25
    inside = slice(50, 200)
    slow, quick = (high_passed(np.sin(2 * np.pi * f * t))[inside].std() * np.sqrt(2) for f in (0.05, 4))
    assert slow < 0.05
    assert quick == pytest.approx(1, abs=0.02)
    gap = np.ones(250, bool)
    gap[100:120] = False
    assert (high_passed(t * 100, gap)[100:120] == 0).all()


def test_a_tone_has_its_level_inside_the_band_only(tmp_path):
    t = np.arange(16000) / 16000
    for hz, inside in ((2000, True), (200, False)):
        clip = film(
            tmp_path / f"{hz}.mkv", [np.zeros((64, 64, 3), np.uint8)] * 25, sound=0.5 * np.sin(2 * np.pi * hz * t)
        )
        level = features({"s": FrameLoudness().on("response")}, {"response": clip}, sample().turn)["s"]
        assert level["full"][2:-2] == pytest.approx(0.5 / np.sqrt(2), rel=0.02)
        assert (level["band"][2:-2] > 0.3).all() == inside
        assert inside or level["band"][2:-2].max() < 0.01
