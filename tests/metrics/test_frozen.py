import numpy as np
import pytest
from helpers.astronaut import moved, portrait
from helpers.film import film
from helpers.score import item_stats, sample
from vidchatbench_metrics.check.frozen import Frozen

from vidchatbench.errors import MediaError
from vidchatbench.media import Clip

STILL = portrait()


def stats(clip):
    return item_stats(Frozen(), sample(), response=clip)


def blinking(n=50):
    """A still but for a dark spot of 24 x 12 pixels that comes and goes, as eyes do in a wide view."""
    frames = [STILL.copy() for _ in range(n)]
    for k in range(n):
        frames[k][100:112, 190:214] //= 2 if (k // 4) % 2 else 1
    return frames


@pytest.mark.parametrize("crf", [0, 18, 28, 36])
def test_an_encoded_still_is_frozen(tmp_path, crf):
    assert stats(film(tmp_path / "still.mkv", [STILL] * 30, crf=crf))["value"] == 0


@pytest.mark.parametrize("crf", [18, 36])
def test_a_small_movement_is_not(tmp_path, crf):
    result = stats(film(tmp_path / "blink.mkv", blinking(), crf=crf))
    assert result["value"] == 1
    # The coarser encoding spreads each blink over several frames.
    assert result["moving"] >= 12 / 49 - 0.01


def test_a_slow_drift_is_not(tmp_path):
    assert stats(film(tmp_path / "drift.mkv", [moved(STILL, 0.5 * k, 0) for k in range(30)]))["value"] == 1


def test_frames_that_repeat_do_not_make_it_frozen_until_nearly_all_do(tmp_path):
    def held(times):
        return [moved(STILL, 10.0 * (k // times), 0) for k in range(40)]

    assert stats(film(tmp_path / "held4.mkv", held(4)))["value"] == 1
    assert stats(film(tmp_path / "held20.mkv", held(20)))["value"] == 0


def test_freezing_near_the_start_is_frozen(tmp_path):
    frames = [moved(STILL, 5.0 * min(k, 2), 0) for k in range(40)]
    assert stats(film(tmp_path / "stops.mkv", frames))["value"] == 0


def test_one_frame_does_not_move(tmp_path):
    assert stats(film(tmp_path / "one.mkv", [STILL]))["value"] == 0


def test_the_share_counts_failed_items():
    metric = Frozen()
    rows = [{"value": np.array(1.0)}, {"value": np.array(metric.card.fail_value)}]
    assert metric.total(rows, np.ones(2)) == 0.5


def test_a_missing_or_broken_file_is_named(tmp_path):
    with pytest.raises(MediaError, match=r"gone\.mp4"):
        stats(Clip(tmp_path / "gone.mp4"))
    (tmp_path / "bad.mp4").write_bytes(b"no")
    with pytest.raises(MediaError, match=r"bad\.mp4"):
        stats(Clip(tmp_path / "bad.mp4"))


@pytest.mark.slow
def test_people_are_not_frozen(clips):
    assert stats(Clip(clips / "range" / "full_body" / "1.mp4"))["value"] == 1
