"""Tests of all pairs together: enumerated by hand, and what must not change them."""

import sys
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidchatbench.stats import max_t, sign_flip_test
from vidchatbench.stats.sign_flip import DRAWS, MIN_FLIPPED

SEEDS = st.integers(0, 10_000)
SHAPES = st.tuples(st.sampled_from([7, 8, 13, 14, 30]), st.integers(2, 6))


def table(shape, seed, whole=False):
    rs = np.random.RandomState(seed)
    return rs.randint(-3, 4, shape).astype(float) if whole else rs.randn(*shape) + rs.rand(shape[1])


def enumerated(scores):
    """The definition, word by word, in whole numbers: step down over the pairs from the largest statistic."""
    k, m = scores.shape
    pairs = [(i, j) for i, j in combinations(range(m), 2) if (scores[:, i] != scores[:, j]).sum() >= MIN_FLIPPED]
    differences = {pair: scores[:, pair[0]] - scores[:, pair[1]] for pair in pairs}

    def statistic(pair, signs):
        d = differences[pair]
        return round(float((signs @ d) ** 2 / (d**2).sum()), 9)

    seen = {pair: statistic(pair, np.ones(k)) for pair in pairs}
    found, reached = np.ones((m, m)), 0.0
    for pair in sorted(pairs, key=lambda pair: -seen[pair]):
        rest = [other for other in pairs if seen[other] <= seen[pair]]
        largest = [max(statistic(o, np.array(s)) for o in rest) for s in product((1, -1), repeat=k)]
        share = np.mean([(one > seen[pair]) + (one == seen[pair]) / 2 for one in largest])
        reached = max(reached, share if seen[pair] else 1.0)
        found[pair] = found[pair[::-1]] = reached
    return found


@pytest.mark.parametrize("seed", range(3))
def test_equals_the_enumeration(seed):
    scores = table((9, 4), seed, whole=True)
    scores[:, 0] += seed
    assert max_t(scores, seed=0) == pytest.approx(enumerated(scores), abs=1e-12)


@given(SHAPES, SEEDS, st.booleans())
@settings(max_examples=25, deadline=None)
def test_of_two_systems_it_is_the_sign_flip_test(shape, seed, whole):
    scores = table((shape[0], 2), seed, whole)
    p = sign_flip_test(scores[:, 0] - scores[:, 1], seed=seed).p
    p = 1.0 if p is None else p  # fewer than 7 sources differ
    assert max_t(scores, seed=seed) == pytest.approx(np.array([[1, p], [p, 1]]), abs=1e-12)


@given(SHAPES, SEEDS, st.booleans(), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_duplicates_and_order_change_no_bit(shape, seed, whole, random):
    scores = table(shape, seed, whole)
    drawn = [*range(shape[1]), *(random.randrange(shape[1]) for _ in range(3))]
    random.shuffle(drawn)
    before, after = max_t(scores, seed=seed), max_t(scores[:, drawn], seed=seed)
    assert np.array_equal(after, before[np.ix_(drawn, drawn)])


@given(SHAPES, SEEDS, st.floats(1e-6, 1e6), st.sampled_from([-1, 1]))
@settings(max_examples=25, deadline=None)
def test_neither_unit_nor_direction_nor_what_all_share_matters(shape, seed, factor, sign):
    scores = table(shape, seed, whole=True)
    shared = np.random.RandomState(seed + 1).randn(shape[0], 1)
    assert np.array_equal(max_t(sign * factor * (scores + shared), seed=seed), max_t(scores, seed=seed))


@given(SHAPES, SEEDS)
@settings(max_examples=25, deadline=None)
def test_is_a_table_of_p_values_no_less_than_those_alone(shape, seed):
    scores = table(shape, seed)
    found = max_t(scores, seed=seed)
    assert np.array_equal(found, found.T) and (np.diag(found) == 1).all() and (found > 0).all() and (found <= 1).all()
    for i, j in combinations(range(shape[1]), 2):
        assert found[i, j] >= sign_flip_test(scores[:, i] - scores[:, j], seed=seed).p - 1e-12


def test_systems_that_differ_by_rounding_are_no_pair():
    scores = table((20, 3), 0)
    near = np.concatenate([scores, scores[:, :1] * (1 + 1e-15)], axis=1)
    assert max_t(near, seed=0)[0, 3] == 1
    assert max_t(near, seed=0)[:3, :3] == pytest.approx(max_t(scores, seed=0))
    assert np.array_equal(max_t(np.ones((8, 3)), seed=0), np.ones((3, 3)))
    assert np.array_equal(max_t(np.ones((8, 1)), seed=0), np.ones((1, 1)))


def test_a_step_down_finds_more_than_one_step():
    """The one system that differs much does not hide the difference between two others."""
    rs = np.random.RandomState(5)
    scores = rs.randn(60, 3) + np.array([0, 0.48, 8])
    found = max_t(scores, seed=0)
    assert found[0, 2] == found[1, 2] == 0.5 / (DRAWS + 1)
    assert found[0, 1] == pytest.approx(sign_flip_test(scores[:, 1] - scores[:, 0]).p, abs=1e-12)


def test_the_block_does_not_matter(monkeypatch):
    scores = table((20, 6), 0)
    whole = max_t(scores, seed=0)
    monkeypatch.setattr(sys.modules["vidchatbench.stats.max_t"], "_BLOCK", 30)
    assert np.array_equal(max_t(scores, seed=0), whole)


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        (np.ones((MIN_FLIPPED - 1, 2)), "needs 7"),
        (np.full((8, 2), np.nan), "finite"),
        (np.ones(8), "finite table"),
        (np.ones((8, 0)), "finite table"),
    ],
)
def test_bad_input_is_an_error(scores, message):
    with pytest.raises(ValueError, match=message):
        max_t(scores, seed=0)


def test_columns_that_differ_by_rounding_alone_are_no_pair():
    """Two systems at 0 but for rounding, beside two at -25: the noise of the one pair must not drown the others."""
    scores = np.full((7, 4), -25.0 / 7)
    scores[:, 2] = 0.0
    scores[:, 3] = np.array([-1.0, 0, 0, 2, 0, 0, -3]) * 1e-17
    p = max_t(scores, seed=1)
    assert p[2, 3] == p[0, 1] == 1.0
    assert p[0, 2] == p[0, 3] == 1 / 2**7
