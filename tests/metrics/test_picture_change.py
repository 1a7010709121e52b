"""`video.flicker`, `video.jerk` and `video.held`: golden values, what must and what must not move them."""

from itertools import islice

import cv2
import numpy as np
import pytest
from helpers.astronaut import moved, portrait
from helpers.film import film, with_sound
from helpers.score import features, item_stats, sample
from helpers.video import write_video
from hypothesis import given
from hypothesis import strategies as st

from vidchatbench.errors import Unscored
from vidchatbench.media import Clip, Frame, Presentation
from vidchatbench_metrics.perception.picture_change import PictureChange, even_steps
from vidchatbench_metrics.video.flicker import Flicker
from vidchatbench_metrics.video.held import Held
from vidchatbench_metrics.video.jerk import Jerk

METRICS = (Flicker(), Jerk(), Held())
SWAY = [6 * np.sin(2 * np.pi * k / 40) + 1.5 * k for k in range(60)]


def motion(pictures, times=None):
    """What the feature says of grey pictures."""
    run = PictureChange().start(None)
    for k, picture in enumerate(pictures):
        image = np.repeat(np.asarray(picture, np.float32)[..., None], 3, axis=2)
        run.update("clip", Frame(k, k / 25 if times is None else times[k], image, False))
    return run.result()


def values(pictures, times=None):
    found = {"motion": motion(pictures, times)}
    return [float(metric.item(sample(), found)["value"]) for metric in METRICS]


def grey(*levels):
    return [np.full((48, 64), level, np.float32) for level in levels]


def people(shifts=SWAY):
    return [moved(portrait(), x, x / 2) for x in shifts]


def test_golden_values():
    # Up and down by 4: every frame stands out by 4, each change is undone, all is new.
    assert values(grey(*[100, 104] * 10)) == pytest.approx([4, 0, 0], abs=1e-3)
    # An even rise: nothing goes back, the speed is constant.
    assert values(grey(*range(100, 140, 2))) == pytest.approx([0, 0, 0], abs=1e-3)
    # Stop and go by 4 at every other frame: half are held; s = 0, 2, 0, 2 has second differences of 4 over a mean of 1.
    stop_and_go = values(grey(*np.repeat(np.arange(100, 140, 4), 2)))
    assert stop_and_go == pytest.approx([0, 19 / 18, 100 * 10 / 19], abs=0.06)
    # A still.
    assert values(grey(*[100] * 20)) == [0, 1, 100]


def test_a_gap_in_time_is_frames_that_were_held():
    pictures = grey(*range(100, 140, 2))
    whole = [k / 25 for k in range(20)]
    assert values(pictures, whole)[2] == 0
    late = [t + 0.04 * (k >= 10) * 2 for k, t in enumerate(whole)]
    assert values(pictures, late)[2] == pytest.approx(100 * 2 / 21)
    assert values(pictures, late)[1] > 0.05


@given(st.lists(st.integers(1, 4), min_size=3, max_size=40), st.sampled_from([8, 24, 25, 29.97, 60]))
def test_steps_of_an_even_clock_are_found_whatever_the_rate_and_the_rounding(gaps, fps):
    gaps = [1] * (len(gaps) + 1) + gaps  # the rate is the median interval
    times = np.round(np.cumsum([0, *gaps]) / fps, 3)
    steps, interval = even_steps(times)
    assert (steps == np.cumsum(gaps) - 1).all()
    assert interval == pytest.approx(1 / fps, abs=1.1e-3)


def test_too_few_frames_have_no_value():
    for metric, least in zip(METRICS, (3, 4, 2), strict=True):
        metric.item(sample(), {"motion": motion(grey(*range(least)))})
        with pytest.raises(Unscored) as raised:
            metric.item(sample(), {"motion": motion(grey(*range(least - 1)))})
        assert (raised.value.code, raised.value.role) == ("too_short", "response")


def test_the_metric_of_a_failed_sample_is_the_worst():
    for metric in METRICS:
        low, high = metric.card.range
        assert metric.card.fail_value == high and low == 0


@pytest.fixture(scope="module")
def smooth_file(tmp_path_factory):
    return tmp_path_factory.mktemp("motion") / "smooth.mkv"


@pytest.fixture(scope="module")
def smooth(smooth_file):
    return film(smooth_file, people())


def of(clip):
    return [float(item_stats(metric, sample(), response=clip)["value"]) for metric in METRICS]


def test_what_must_not_move_them(smooth, smooth_file, tmp_path):
    before = of(smooth)
    heard = with_sound(tmp_path / "sound.mkv", smooth_file, np.random.default_rng(0).uniform(-0.3, 0.3, 38400))
    assert len(heard.audio(16000)) == 38400
    assert of(heard) == before  # the picture is the very same
    lit = [np.minimum(p.astype(int) + 5, 255).astype(np.uint8) for p in people()]
    brighter = of(film(tmp_path / "bright.mkv", lit))
    coarser = of(film(tmp_path / "crf.mkv", people(), crf=23))
    for found in (brighter, coarser):
        assert found[0] == pytest.approx(before[0], abs=0.05)
        assert found[1] == pytest.approx(before[1], abs=0.03)
        assert found[2] == before[2] == 0


def test_what_must_move_them(smooth, tmp_path):
    flicker, jerk, _ = of(smooth)
    rng = np.random.default_rng(1)
    pulsing = [np.clip(p * (1 + 0.02 * rng.choice([-1, 1])), 0, 255).astype(np.uint8) for p in people()]
    assert of(film(tmp_path / "pulse.mkv", pulsing))[0] > flicker + 0.5
    repeated = of(film(tmp_path / "repeated.mkv", people([SWAY[k - k % 5 % 2] for k in range(60)]), crf=4))
    assert repeated[1] > jerk + 0.2 and repeated[2] == pytest.approx(100 * 24 / 59, abs=1)
    frozen = of(film(tmp_path / "frozen.mkv", people([SWAY[min(k, 29)] for k in range(60)]), crf=4))
    assert frozen[2] == pytest.approx(100 * 30 / 59, abs=1) and frozen[1] > jerk
    shuffled = of(film(tmp_path / "shuffled.mkv", people([SWAY[k + (1, -1)[k % 2]] for k in range(60)])))
    assert shuffled[0] > 2 * flicker and shuffled[1] > jerk + 0.1


def test_the_picture_has_its_own_rate(tmp_path):
    """Eight frames a second are none of them held, and stored at 24 are by two thirds."""
    clip = Clip(write_video(tmp_path / "8.mp4", fps=8))
    own = features({"m": PictureChange().on("response")}, {"response": clip}, sample().turn)
    assert len(own["m"]["times"]) == 16 and len(own["m"]["back"]) == 14
    slow = film(tmp_path / "slow.mkv", people(SWAY[::3]), fps=8)
    stored = film(tmp_path / "stored.mkv", people([SWAY[k - k % 3] for k in range(60)]), fps=24, crf=4)
    assert of(slow)[2] == 0
    assert of(stored)[2] == pytest.approx(100 * 40 / 59, abs=0.1)
    assert of(stored)[1] > 0.5


def held_for(frames, share, rng):
    """The frames with a nested share of them replaced by the one before."""
    draws = rng.random(len(frames))
    draws[0] = 1
    shown = np.maximum.accumulate(np.where(draws < share, -1, np.arange(len(frames))))
    return [frames[k] for k in shown]


LADDERS = {
    "flicker": (Flicker(), lambda frames, level: [
        np.clip(np.round(f * (1 + 0.08 * level * s)), 0, 255).astype(np.uint8)
        for f, s in zip(frames, np.random.default_rng(0).choice([-1, 1], len(frames)), strict=True)
    ]),
    "freeze": (Held(), lambda frames, level: [
        frames[min(k, round(len(frames) * (1 - 0.8 * level)))] for k in range(len(frames))
    ]),
    "frame drop": (Held(), lambda frames, level: held_for(frames, 0.5 * level, np.random.default_rng(0))),
    "judder": (Jerk(), lambda frames, level: held_for(frames, 0.5 * level, np.random.default_rng(0))),
}  # fmt: skip


@pytest.mark.slow
def test_ladders_on_real_clips_are_monotone_in_nine_of_ten(clips):
    """The clips' own frames, 160 pixels wide, at six levels of each defect; 16 clips."""
    monotone = {name: [] for name in LADDERS}
    for path in sorted(clips.rglob("*.mp4")):
        video = Clip(path).info.video
        small = Presentation(width=160, height=round(160 * video.height / video.width))
        frames = [frame.image for _, frame in islice(Clip(path).frames([small]), 75)]
        for name, (metric, damaged) in LADDERS.items():
            ladder = [float(metric.item(sample(), {"motion": shrunk(damaged(frames, k))})["value"]) for k in LEVELS]
            monotone[name].append(bool((np.diff(ladder) >= 0).all() and ladder[-1] > ladder[0]))
    for name, found in monotone.items():
        assert len(found) >= 16 and np.mean(found) >= 0.9, (name, found)


LEVELS = (0, 0.05, 0.1, 0.2, 0.5, 1)


def shrunk(frames):
    """The feature of frames that are not encoded again."""
    width, height = 64, max(4, round(64 * frames[0].shape[0] / frames[0].shape[1]))
    run = PictureChange().start(None)
    for k, frame in enumerate(frames):
        image = cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
        run.update("clip", Frame(k, k / 25, image, False))
    return run.result()
