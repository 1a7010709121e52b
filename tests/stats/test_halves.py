from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidchatbench.stats import split_halves


@given(st.integers(2, 200), st.integers(0, 2**30))
def test_halves_are_disjoint_and_equal(n, seed):
    a, b = split_halves(n, np.random.default_rng(seed))
    assert len(a) == len(b) == n // 2
    assert len({*a, *b}) == 2 * (n // 2) and {*a, *b} <= set(range(n))


def test_golden_split():
    a, b = split_halves(7, np.random.default_rng(0))
    assert (a.tolist(), b.tolist()) == ([1, 2, 3], [0, 4, 6])


def test_generator_moves_on():
    rng = np.random.default_rng(0)
    assert split_halves(50, rng)[0].tolist() != split_halves(50, rng)[0].tolist()


@pytest.mark.parametrize("n", [0, 1])
def test_too_few(n):
    with pytest.raises(ValueError, match="two halves"):
        split_halves(n, np.random.default_rng(0))
