import numpy as np
import pytest
from helpers.film import film
from helpers.score import item_stats, sample
from hypothesis import given
from hypothesis.extra.numpy import arrays
from skimage.metrics import structural_similarity

from vidchatbench.media import Clip
from vidchatbench_metrics.video.image_ssim import image_ssim
from vidchatbench_metrics.video.ssim import SSIM

RNG = np.random.default_rng(1)
FRAMES = np.repeat(np.repeat(RNG.integers(0, 256, (8, 12, 16, 3)).astype(np.uint8), 8, axis=1), 8, axis=2)


def test_ssim_is_the_oracles(oracle):
    import json
    import sys

    sys.path.insert(0, str(oracle))
    try:
        from inputs import Part
    finally:
        sys.path.remove(str(oracle))
    golden = json.loads((oracle / "golden" / "values.json").read_text())
    for name, (a, b) in Part(str(oracle)).pairs().items():
        assert image_ssim(a, b) == pytest.approx(golden[f"quality.p.{name}.ssim.skimage_gauss"], abs=1e-9), name


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_ssim_is_that_of_scikit_image(dtype):
    a, b = (RNG.uniform(0, 255, (40, 51, 3)).astype(dtype) for _ in range(2))
    canonical = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
    expected = structural_similarity(a.astype(float), b.astype(float), channel_axis=-1, **canonical)
    assert image_ssim(a, b) == pytest.approx(expected, abs=1e-12)


@given(arrays(np.uint8, (12, 13, 3)), arrays(np.uint8, (12, 13, 3)))
def test_ssim_is_symmetric_and_within_its_range(a, b):
    assert image_ssim(a, b) == pytest.approx(image_ssim(b, a), abs=1e-12)
    assert -1 - 1e-12 <= image_ssim(a, b) <= 1 + 1e-12
    assert image_ssim(a, a) == pytest.approx(1, abs=1e-12)


def test_pictures_must_fit_each_other_and_the_window():
    with pytest.raises(ValueError, match="different shapes"):
        image_ssim(np.zeros((20, 20, 3)), np.zeros((20, 21, 3)))
    with pytest.raises(ValueError, match="window of 11"):
        image_ssim(np.zeros((8, 20, 3)), np.zeros((8, 20, 3)))


def value(response, reference):
    return float(item_stats(SSIM(), sample(), response=response, reference=reference)["value"])


def test_a_clip_against_itself_is_1(tmp_path):
    clip = film(tmp_path / "a.mkv", FRAMES)
    assert value(clip, Clip(clip.video)) == pytest.approx(1, abs=1e-12)


def test_noise_lowers_it_step_by_step(tmp_path):
    reference = film(tmp_path / "a.mkv", FRAMES)
    values = [1.0]
    for sigma in (4, 12, 36):
        grain = np.clip(FRAMES + RNG.normal(0, sigma, FRAMES.shape), 0, 255).astype(np.uint8)
        values.append(value(film(tmp_path / f"{sigma}.mkv", grain), reference))
    assert values == sorted(values, reverse=True)
    assert values[0] - values[1] > 0.01


def test_another_picture_is_far_from_1(tmp_path):
    reference = film(tmp_path / "a.mkv", FRAMES)
    assert value(film(tmp_path / "b.mkv", FRAMES[:, ::-1, ::-1]), reference) < 0.5


def test_white_against_black_has_the_anchors_value():
    """The value that codes of video generation print for clips of zeros against ones: C1 / (1 + C1) on [0, 1]."""
    assert image_ssim(np.zeros((64, 64, 3)), np.full((64, 64, 3), 255.0)) == pytest.approx(9.999e-05, rel=1e-4)
