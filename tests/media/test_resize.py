"""The resize is Pillow's antialiased bicubic in floats."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from threadpoolctl import threadpool_limits

from vidchatbench.media.resize import resize

SIZES = st.integers(1, 70)


def pillow(image, width, height):
    channels = [
        np.asarray(Image.fromarray(image[..., c].astype(np.float32)).resize((width, height), Image.Resampling.BICUBIC))
        for c in range(3)
    ]
    return np.clip(np.stack(channels, -1), 0, 255)


@settings(deadline=None, max_examples=80)
@given(rows=SIZES, columns=SIZES, height=SIZES, width=SIZES, seed=st.integers(0, 2**32 - 1))
def test_equals_pillow(rows, columns, height, width, seed):
    image = np.random.default_rng(seed).integers(0, 256, (rows, columns, 3), dtype=np.uint8)
    ours = resize(image, width, height)
    assert ours.dtype == np.float32
    assert ours.shape == (height, width, 3)
    np.testing.assert_allclose(ours, pillow(image, width, height), atol=1e-3)


@pytest.mark.parametrize("size", [(1728, 1080, 299, 299), (768, 480, 299, 299), (301, 203, 1024, 512)])
def test_equals_pillow_at_real_sizes(size):
    columns, rows, width, height = size
    image = np.random.default_rng(0).integers(0, 256, (rows, columns, 3), dtype=np.uint8)
    np.testing.assert_allclose(resize(image, width, height), pillow(image, width, height), atol=1e-3)


def test_a_flat_picture_stays_flat():
    np.testing.assert_allclose(resize(np.full((37, 53, 3), 201, np.uint8), 20, 91), 201, atol=1e-4)


def test_is_not_rounded_and_stays_in_range():
    image = np.kron(np.indices((9, 9)).sum(0) % 2 * 255, np.ones((7, 7)))[..., None].repeat(3, 2).astype(np.uint8)
    small = resize(image, 40, 31)
    assert small.min() == 0
    assert small.max() == 255
    assert (small != np.rint(small)).any()


def test_same_size_is_the_picture_itself():
    image = np.random.default_rng(1).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    assert np.array_equal(resize(image, 7, 5), image)


def test_bits_do_not_depend_on_the_number_of_threads():
    image = np.random.default_rng(2).integers(0, 256, (1080, 1728, 3), dtype=np.uint8)
    for width, height in ((299, 299), (640, 360)):
        with threadpool_limits(1):
            one = resize(image, width, height)
        with threadpool_limits(2):
            assert np.array_equal(one, resize(image, width, height))
