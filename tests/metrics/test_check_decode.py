"""The checks that rest on decoding: what is there, how long, how fast."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.score import features, item_stats, sample
from helpers.spoken import RATE
from helpers.video import write_video

from vidchatbench.errors import MediaError, Unscored
from vidchatbench.media import Clip
from vidchatbench.metric import MeanMetric
from vidchatbench.types import Reason
from vidchatbench_metrics.check.av_length import AvLength
from vidchatbench_metrics.check.coverage import Coverage
from vidchatbench_metrics.check.decode import Decode
from vidchatbench_metrics.check.fps import Fps

TONE = 0.1 * np.sin(np.arange(2 * RATE) * 0.1).astype(np.float32)


def decode(path) -> dict[str, float]:
    found = features({"d": Decode().on("response")}, {"response": Clip(path)}, sample().turn)["d"]
    return {name: float(value) for name, value in found.items()}


def value(metric: MeanMetric, path) -> float:
    return float(item_stats(metric, sample(), response=Clip(path))["value"])


def test_decode_by_hand(tmp_path) -> None:
    found = decode(write_video(tmp_path / "a.mkv", seconds=2, fps=25, sound=TONE))
    assert found["ticks"] == 2
    assert found["fps"] == pytest.approx(25, abs=0.05)
    assert found["video_s"] == pytest.approx(2.0, abs=0.002)
    assert found["audio_s"] == pytest.approx(2.0, abs=0.002)
    assert found["has_audio"] == 1
    mute = decode(write_video(tmp_path / "b.mp4", seconds=1))
    assert (mute["fps"], mute["has_audio"], mute["audio_s"]) == (25, 0, 0)


def test_a_single_picture_has_no_rate(tmp_path) -> None:
    import cv2

    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((64, 64, 3), np.uint8))
    assert value(Fps(), tmp_path / "a.png") == 0.0
    assert value(Fps(), write_video(tmp_path / "one.mp4", seconds=0.04)) == 0.0


@pytest.mark.parametrize("metric", [Coverage(), AvLength(), Fps()], ids=lambda m: m.card.id)
def test_good_passes_and_missing_fails(metric: MeanMetric, tmp_path) -> None:
    assert value(metric, write_video(tmp_path / "a.mp4", sound=TONE)) == 1.0
    failed = metric.failed(sample(), Reason(code="missing", detail=""), {})
    assert metric.total([failed], np.ones(1)) == 0.0
    with pytest.raises(MediaError):
        value(metric, tmp_path / "absent.mp4")
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(MediaError):
        value(metric, tmp_path / "text.mp4")


def test_damage_in_the_middle_fails_coverage(tmp_path) -> None:
    whole = write_video(tmp_path / "a.mp4", seconds=4).read_bytes()
    at = len(whole) // 2
    (tmp_path / "damaged.mp4").write_bytes(whole[:at] + b"\xa5" * 4000 + whole[at + 4000 :])
    with pytest.raises(MediaError):
        value(Coverage(), tmp_path / "damaged.mp4")


def test_cut_file_fails_coverage(tmp_path) -> None:
    whole = write_video(tmp_path / "a.mkv", seconds=4).read_bytes()
    (tmp_path / "cut.mkv").write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(MediaError) as caught:
        value(Coverage(), tmp_path / "cut.mkv")
    assert caught.value.code == "unreadable"


def test_cut_mp4_with_its_index_first_fails_coverage(tmp_path) -> None:
    whole = write_video(tmp_path / "a.mp4", seconds=4, options={"movflags": "faststart"}).read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(MediaError):
        value(Coverage(), tmp_path / "cut.mp4")


@pytest.mark.parametrize(("excess_s", "passes"), [(0.0, 1.0), (0.09, 1.0), (-0.09, 1.0), (0.2, 0.0), (-0.2, 0.0)])
def test_lengths_must_agree(tmp_path, excess_s: float, passes: float) -> None:
    sound = 0.1 * np.sin(np.arange(round((2 + excess_s) * RATE)) * 0.1)
    path = write_video(tmp_path / "a.mkv", sound=sound)
    found = item_stats(AvLength(), sample(), response=Clip(path))
    assert found["value"] == passes
    assert float(found["difference_s"]) == pytest.approx(excess_s, abs=0.003)


def test_no_sound_has_no_equal_length(tmp_path) -> None:
    with pytest.raises(Unscored) as caught:
        value(AvLength(), write_video(tmp_path / "a.mp4"))
    assert (caught.value.code, caught.value.role) == ("no_audio", "response")


@pytest.mark.parametrize(("fps", "passes"), [(8, 0.0), (20, 0.0), (24000 / 1001, 1.0), (24, 1.0), (25, 1.0), (30, 1.0)])
def test_frame_rate(tmp_path, fps: float, passes: float) -> None:
    found = item_stats(Fps(), sample(), response=Clip(write_video(tmp_path / "a.mp4", fps=fps)))
    assert found["value"] == passes
    assert float(found["fps"]) == pytest.approx(fps, rel=0.002)


def test_real_clips(clips) -> None:
    slow = clips / "generated" / "dialogue" / "pretrain" / "case1" / "responder.mp4"
    assert value(Coverage(), slow) == 1.0
    assert value(Fps(), slow) == 0.0
    assert value(AvLength(), clips / "branch" / "dialogue" / "case1" / "2.mp4") == 1.0
