"""Faces are brought to where ArcFace and Deep3DFaceRecon expect them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vidchatbench_metrics.emotion.bicubic_crop import bicubic_crop
from vidchatbench_metrics.emotion.deep3d_align import deep3d_align
from vidchatbench_metrics.perception import face_align as arcface

LANDMARKS = np.array([[80, 76], [140, 80], [117, 112], [93, 138], [128, 140]], np.float32)
SEEDS = st.integers(0, 2**32 - 1)


def noise(seed, height=150, width=180):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@settings(deadline=None, max_examples=60)
@given(st.floats(-np.pi, np.pi), st.floats(0.1, 20), st.floats(-500, 500), st.floats(-500, 500))
def test_a_turned_and_scaled_template_is_turned_back(angle, scale, x, y):
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    seen = arcface._TEMPLATE @ turn.T + (x, y)
    found = arcface.similarity(seen)
    assert found[:, :2] @ turn == pytest.approx(np.eye(2), abs=1e-9)
    assert seen @ found[:, :2].T + found[:, 2] == pytest.approx(arcface._TEMPLATE, abs=1e-6)


def test_a_mirrored_face_is_turned_and_never_mirrored():
    found = arcface.similarity(LANDMARKS * (-1, 1))
    assert np.linalg.det(found[:, :2]) > 0


@settings(deadline=None, max_examples=30)
@given(SEEDS)
def test_the_fit_is_the_best_of_its_kind(seed):
    """No small change of turn, scale or shift brings the landmarks closer."""
    rng = np.random.default_rng(seed)
    seen = rng.normal(scale=30, size=(5, 2))
    found = arcface.similarity(seen)

    def error(a, b, shift):
        return ((seen @ np.array([[a, -b], [b, a]]).T + shift - arcface._TEMPLATE) ** 2).sum()

    here = error(found[0, 0], found[1, 0], found[:, 2])
    for step in rng.normal(scale=1e-3, size=(20, 4)):
        assert error(found[0, 0] + step[0], found[1, 0] + step[1], found[:, 2] + step[2:]) >= here


@pytest.mark.parametrize("bad", [np.full((5, 2), 7.0), np.full((5, 2), np.nan), np.zeros((4, 2))])
def test_landmarks_without_a_face_are_an_error(bad):
    with pytest.raises(ValueError, match="landmarks"):
        arcface.similarity(bad)
    with pytest.raises(ValueError, match="landmarks"):
        deep3d_align(noise(0), bad)


def test_beyond_the_picture_is_black():
    crop = arcface.face_align(np.full((224, 224, 3), 200, np.uint8), LANDMARKS + 150)
    assert crop.shape == (112, 112, 3)
    assert not crop[-1].any()
    face = deep3d_align(np.full((224, 224, 3), 200, np.uint8), LANDMARKS + 150)
    assert face.image.shape == (224, 224, 3)
    assert not face.image[-1].any()
    assert (face.image[0, 0] == 200).all()


def pillow(image, width, height):
    wide = Image.fromarray(image).resize((width, len(image)), Image.Resampling.BICUBIC)
    return wide.resize((width, height), Image.Resampling.BICUBIC)


@settings(deadline=None, max_examples=100)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 90), st.integers(1, 90), st.integers(-50, 90), SEEDS)
def test_bicubic_is_pillows_to_the_bit(rows, columns, width, height, corner, seed):
    """Columns first, whatever order this version of Pillow would choose for both at once."""
    image = noise(seed, rows, columns)
    left, top = corner, corner // 2
    wanted = np.asarray(pillow(image, width, height).crop((left, top, left + 40, top + 40)))
    assert np.array_equal(bicubic_crop(image, width, height, left, top, 40), wanted)


def test_bicubic_keeps_within_the_levels():
    hard = np.kron(np.indices((9, 9)).sum(0) % 2 * 255, np.ones((7, 7)))[..., None].repeat(3, 2).astype(np.uint8)
    wanted = np.asarray(pillow(hard, 150, 41).crop((0, 0, 41, 41)))
    assert np.array_equal(bicubic_crop(hard, 150, 41, 0, 0, 41), wanted)
    with pytest.raises(ValueError, match="no pixels"):
        bicubic_crop(hard, 0, 9, 0, 0, 9)


def test_a_picture_twice_as_large_gives_the_same_face():
    small = deep3d_align(noise(1), LANDMARKS)
    large = deep3d_align(noise(1).repeat(2, 0).repeat(2, 1), 2 * LANDMARKS)
    assert large.scale == pytest.approx(small.scale / 2)
    assert large.landmarks == pytest.approx(small.landmarks, abs=2)
    # The standard face is about 0.62 units between the eyes, and 102 pixels a unit.
    assert np.linalg.norm(small.landmarks[1] - small.landmarks[0]) == pytest.approx(0.62 * 102, rel=0.1)
    assert small.landmarks[0, 1] > small.landmarks[3, 1]  # y points upwards
