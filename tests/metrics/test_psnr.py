import math
import sys

import numpy as np
import pytest
from helpers.film import film
from helpers.score import item_stats, sample
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vidchatbench.errors import MediaError
from vidchatbench.media import Clip
from vidchatbench_metrics.video.image_psnr import image_psnr
from vidchatbench_metrics.video.psnr import PSNR
from vidchatbench_metrics.video.ssim import SSIM

RNG = np.random.default_rng(0)
NOISE = RNG.integers(0, 256, (12, 96, 128, 3)).astype(np.uint8)
# Large squares, so that the resize to 256 keeps what the test knows about levels.
FRAMES = np.repeat(np.repeat(NOISE[:, ::16, ::16], 16, axis=1), 16, axis=2) // 2 + 60


def oracle_pairs(oracle):
    sys.path.insert(0, str(oracle))
    try:
        from inputs import Part
    finally:
        sys.path.remove(str(oracle))
    import json

    return Part(str(oracle)).pairs(), json.loads((oracle / "golden" / "values.json").read_text())


def test_psnr_is_that_of_scikit_image(oracle):
    pairs, golden = oracle_pairs(oracle)
    for name, (a, b) in pairs.items():
        expected = golden[f"quality.p.{name}.psnr.skimage"]
        assert image_psnr(a, b) == pytest.approx(float(expected), abs=1e-9), name


def test_one_level_everywhere_is_48_db():
    a = np.full((4, 4, 3), 100, np.uint8)
    assert image_psnr(a, a + 1) == pytest.approx(48.130803608679)


@given(arrays(np.uint8, (5, 4, 3)), arrays(np.uint8, (5, 4, 3)))
def test_psnr_is_symmetric_and_within_its_range(a, b):
    assert image_psnr(a, b) == image_psnr(b, a)
    assert image_psnr(a, b) >= 0
    assert image_psnr(a, a) == math.inf


@given(st.integers(1, 60), st.integers(1, 60))
def test_more_error_is_less_psnr(small, more):
    a = np.full((4, 4, 3), 100, np.uint8)
    assert image_psnr(a, a + small) > image_psnr(a, a + small + more)


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="different shapes"):
        image_psnr(np.zeros((4, 4, 3)), np.zeros((4, 5, 3)))


def value(response, reference):
    return item_stats(PSNR(), sample(), response=response, reference=reference)


def test_a_clip_against_itself_has_the_cap(tmp_path):
    clip = film(tmp_path / "a.mkv", FRAMES)
    stats = value(clip, Clip(clip.video))
    assert stats["value"] == 100
    assert stats["overlap"] == 1


def test_a_known_difference_has_the_known_value(tmp_path):
    a, b = film(tmp_path / "a.mkv", FRAMES, crf=0), film(tmp_path / "b.mkv", FRAMES + 5, crf=0)
    # 5 of 255 is 34.15 dB; the 8-bit YUV of the file costs a little.
    assert value(b, a)["value"] == pytest.approx(34.15, abs=0.3)


def test_the_comparison_ends_with_the_shorter_and_says_so(tmp_path):
    whole, short = film(tmp_path / "a.mkv", FRAMES), film(tmp_path / "b.mkv", FRAMES[:6])
    for response, reference in ((short, whole), (whole, short)):
        stats = value(response, reference)
        assert stats["overlap"] == 0.5
        assert stats["value"] > 30


def test_noise_blur_and_a_shift_in_time_lower_it(tmp_path):
    reference = film(tmp_path / "a.mkv", FRAMES)
    grain = np.clip(FRAMES + RNG.normal(0, 4, FRAMES.shape), 0, 255).astype(np.uint8)
    little = value(film(tmp_path / "n.mkv", grain), reference)["value"]
    late = value(film(tmp_path / "l.mkv", np.roll(FRAMES, 1, axis=0)), reference)["value"]
    assert 100 > little > late


def test_the_response_is_cut_to_the_shape_of_the_reference(tmp_path):
    reference = film(tmp_path / "a.mkv", FRAMES)
    wide = np.pad(FRAMES, ((0, 0), (0, 0), (32, 32), (0, 0)))
    assert value(film(tmp_path / "w.mkv", wide), reference)["value"] > 35


def test_repeated_frames_count_like_shown_ones(tmp_path):
    reference = film(tmp_path / "a.mkv", np.repeat(FRAMES[:4], 3, axis=0))
    slow = film(tmp_path / "s.mkv", FRAMES[:4], fps=25 / 3)
    assert value(slow, reference)["value"] > 40


def test_what_is_no_video_is_named(tmp_path):
    reference = film(tmp_path / "a.mkv", FRAMES)
    (tmp_path / "bad.mp4").write_bytes(b"not a video")
    with pytest.raises(MediaError, match=r"bad\.mp4"):
        value(Clip(tmp_path / "bad.mp4"), reference)
    with pytest.raises(MediaError) as missing:
        value(Clip(tmp_path / "none.mp4"), reference)
    assert missing.value.code == "missing"


def test_a_failed_sample_counts_the_worst_value():
    metric = PSNR()
    rows = [{"value": np.array(30.0), "overlap": np.array(0.5)}, {"value": np.array(metric.card.fail_value)}]
    assert metric.total(rows, np.ones(2)) == 15
    assert metric.beside(rows, np.ones(2)) == {"overlap": 0.5}


def test_white_against_black_has_0_db():
    assert image_psnr(np.zeros((4, 4, 3)), np.full((4, 4, 3), 255.0)) == 0


def test_clips_of_zeros_against_ones_have_the_published_anchors(tmp_path):
    """Clips of 30 frames, 64 x 64, black against white: PSNR 0, SSIM 9.999e-05, as video codes print them."""
    black, white = (
        film(tmp_path / f"{level}.mkv", np.full((30, 64, 64, 3), level, np.uint8), crf=0) for level in (0, 255)
    )
    assert value(white, black)["value"] == pytest.approx(0, abs=1e-6)
    ssim = item_stats(SSIM(), sample(), response=white, reference=black)["value"]
    assert ssim == pytest.approx(9.999e-05, rel=1e-4)
