"""The pooled slope against least squares with one column a group."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidchatbench.stats import pooled_slope

ROWS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 5), st.floats(-10, 10), st.integers(0, 3)), min_size=1, max_size=25
)


@given(ROWS)
def test_it_is_the_slope_of_least_squares_with_dummies(rows):
    groups, x, y, w = (np.array(column, float) for column in zip(*rows, strict=True))
    (found,) = pooled_slope(x, y, groups.astype(int), w[None])
    varied = any(len(set(x[(groups == g) & (w > 0)])) > 1 for g in set(groups))
    assert np.isfinite(found) == varied
    if varied:
        design = np.c_[x, np.equal.outer(groups, np.unique(groups))] * np.sqrt(w)[:, None]
        expected = np.linalg.lstsq(design, y * np.sqrt(w), rcond=None)[0][0]
        assert found == pytest.approx(expected, abs=1e-8)


@given(ROWS, st.floats(-5, 5), st.floats(-100, 100))
def test_a_level_of_each_group_moves_nothing_and_a_slope_adds_up(rows, slope, level):
    groups, x, y, _ = (np.array(column, float) for column in zip(*rows, strict=True))
    ones = np.ones((1, len(x)))
    (before,) = pooled_slope(x, y, groups, ones)
    (after,) = pooled_slope(x, y + slope * x + level * groups, groups, ones)
    assert after == pytest.approx(before + slope, abs=1e-7, nan_ok=True)


def test_nothing_has_no_slope():
    empty = np.zeros(0)
    assert np.isnan(pooled_slope(empty, empty, empty, np.zeros((2, 0)))).all()
