from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from vidchatbench.stats import bca_interval, wasserstein, wasserstein1, wasserstein1_many

number = st.floats(-1e3, 1e3).map(lambda v: round(v, 3))
sample = st.lists(number, min_size=1, max_size=12)
weighted = st.lists(st.tuples(number, st.integers(0, 4)), min_size=1, max_size=12).filter(
    lambda rows: any(w for _, w in rows)
)


@given(sample, sample, sample)
def test_is_a_metric(x, y, z):
    assert wasserstein1(x, y) == wasserstein1(y, x) >= 0
    assert wasserstein1(x, x) == 0
    assert wasserstein1(x, z) <= wasserstein1(x, y) + wasserstein1(y, z) + 1e-9
    assert (wasserstein1(x, y) == 0) == (sorted(x * len(y)) == sorted(y * len(x)))


@given(weighted, weighted)
def test_equals_scipy(a, b):
    (x, wx), (y, wy) = zip(*a, strict=True), zip(*b, strict=True)
    expected = scipy.stats.wasserstein_distance(x, y, wx, wy)
    assert wasserstein1(x, y, wx, wy) == pytest.approx(expected, abs=1e-9)


@given(weighted, sample)
def test_weights_are_repetition(a, y):
    x, w = zip(*a, strict=True)
    assert wasserstein1(x, y, w) == pytest.approx(wasserstein1(np.repeat(x, w), y), abs=1e-9)
    assert wasserstein1(x, y, np.array(w) * 7) == pytest.approx(wasserstein1(x, y, w), abs=1e-9)


@given(sample, sample, number)
def test_shift_and_scale(x, y, c):
    x, y = np.array(x), np.array(y)
    assert wasserstein1(x, x + c) == pytest.approx(abs(c), abs=1e-9)
    assert wasserstein1(x + c, y + c) == pytest.approx(wasserstein1(x, y), abs=1e-9)
    assert wasserstein1(c * x, c * y) == pytest.approx(abs(c) * wasserstein1(x, y), rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("block", [wasserstein._BLOCK, 30])
@pytest.mark.parametrize("fixed", [False, True])
def test_many_lines_equal_one_by_one(block, fixed, monkeypatch):
    monkeypatch.setattr(wasserstein, "_BLOCK", block)
    rs = np.random.RandomState(0)
    x, y = rs.randn(9), rs.randn(7)
    wx, wy = rs.randint(0, 3, (20, 9)), rs.randint(0, 3, (1 if fixed else 20, 7))
    wx[:, 0], wy[:, 0] = 1, 1
    expected = [wasserstein1(x, y, a, b) for a, b in zip(wx, np.broadcast_to(wy, (20, 7)), strict=True)]
    np.testing.assert_allclose(wasserstein1_many(x, y, wx, wy), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (([], [1]), "x must be a sample"),
        (([1], [[1]]), "y must be a sample"),
        (([np.nan], [1]), "x has values"),
        (([1], [1, np.inf]), "y has values"),
        (([1, 2], [1], [1]), r"weights of x have shape \(1, 1\)"),
        (([1, 2], [1], [1, -1]), "0 or more"),
        (([1, 2], [1], [0, 0]), "weights of x sum to 0"),
        (([1, 2], [1], None, [0]), "weights of y sum to 0"),
    ],
)
def test_bad_input_is_an_error(args, message):
    with pytest.raises(ValueError, match=message):
        wasserstein1(*args)


def test_a_line_without_mass_is_undefined_and_gives_no_interval():
    values = np.array([0.0] * 9 + [1.0])
    lines = np.array([[0.0] * 9 + [1.0], [1.0] * 9 + [0.0]])
    found = wasserstein1_many([1.0], [0.0], lines[:, 9:])
    assert found[0] == 1 and np.isnan(found[1])
    assert np.isnan(wasserstein1_many([1.0], [1.0], [[0.0]])).all()
    rare = bca_interval(lambda w: wasserstein1_many(values[9:], [0.0], w[:, 9:]), np.arange(10), n_resamples=50)
    assert rare.low is None and "no finite value" in rare.reason


def test_lines_must_fit():
    with pytest.raises(ValueError, match="2 lines, those of y 3"):
        wasserstein1_many([1], [1], np.ones((2, 1)), np.ones((3, 1)))
