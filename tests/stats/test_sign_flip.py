"""The paired test and the family's adjustment: enumerated by hand, and what must not change them."""

from itertools import product

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from vidchatbench.stats import (
    difference_interval,
    frechet_distance,
    frechet_influence,
    holm,
    influence_scores,
    jackknife_scores,
    sign_flip_test,
    wasserstein1,
    wasserstein1_many,
)
from vidchatbench.stats.sign_flip import DRAWS, MIN_FLIPPED, MIN_MEAN, MOST_ENUMERATED

SCORES = st.lists(st.integers(-50, 50).filter(bool).map(float), min_size=MIN_FLIPPED, max_size=10)


def enumerated(scores):
    sums = [
        abs(sum(s * d for s, d in zip(signs, scores, strict=True))) for signs in product((1, -1), repeat=len(scores))
    ]
    seen = abs(sum(scores))
    return (sum(s > seen for s in sums) + sum(s == seen for s in sums) / 2) / len(sums) if seen else 1.0


@given(SCORES)
@settings(max_examples=40, deadline=None)
def test_equals_the_enumeration(scores):
    assert sign_flip_test(scores).p == pytest.approx(enumerated(scores), abs=1e-12)


@given(SCORES, st.randoms(use_true_random=False), st.floats(1e-6, 1e6))
@settings(max_examples=40, deadline=None)
def test_neither_order_nor_unit_nor_direction_matters(scores, random, factor):
    mixed = list(scores)
    random.shuffle(mixed)
    p = sign_flip_test(scores).p
    assert sign_flip_test(mixed).p == p
    assert sign_flip_test([-d for d in scores]).p == p
    assert sign_flip_test([factor * d for d in scores]).p == p


def test_golden_of_seven_equal_scores():
    """Of 128 sets of signs two are as extreme, and half of them count."""
    found = sign_flip_test([1.0] * 7)
    assert (found.p, found.detectable) == (1 / 128, 0.0)


def test_drawn_signs_are_near_the_normal_tail():
    values = np.random.RandomState(0).randn(200) + 0.15
    z = values.sum() / np.sqrt((values**2).sum())
    tail = 2 * (1 - 0.5 * (1 + np.sign(z) * np.sqrt(1 - np.exp(-2 * z * z / np.pi))))  # Polya's, within 0.003
    assert sign_flip_test(values).p == pytest.approx(tail, abs=0.012)


def test_a_drawn_p_is_never_zero():
    assert sign_flip_test(np.ones(40)).p == 0.5 / (DRAWS + 1)


def test_few_sources_have_no_test_and_say_so():
    found = sign_flip_test([1.0] * (MIN_FLIPPED - 1))
    assert (found.p, found.detectable) == (None, None) and "needs 7" in found.reason


def test_sources_without_a_difference_do_not_count():
    """A score of 0 has no sign to turn."""
    found = sign_flip_test([1.0] * (MIN_FLIPPED - 1) + [0.0] * 20)
    assert found.p is None and found.reason == "26 independent source(s), 6 with a difference: a paired test needs 7"
    assert sign_flip_test([1.0] * MIN_FLIPPED + [0.0] * 3).p == 1 / 128
    assert sign_flip_test([0.0] * 20).p == 1


def test_nan_is_refused():
    with pytest.raises(ValueError, match="finite"):
        sign_flip_test([np.nan] * 8)


def test_the_smallest_enumerable_sizes_reject_between_4_and_6_percent():
    """Why 7: every set of signs of distinct powers of two is another sum, so that all p-values are known."""
    for k in range(MIN_FLIPPED, MOST_ENUMERATED + 1):
        ranks = 2 * np.arange(1, 2 ** (k - 1) + 1)  # two sets of signs share each size of the sum
        assert 0.04 <= (ranks - 1 <= 0.05 * 2**k).sum() * 2 / 2**k <= 0.06


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == [1.0, 1.0] and holm([]) == []
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([-0.1])


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_keeps_order_and_never_lowers(p):
    adjusted = holm(p)
    assert all(a >= b for a, b in zip(adjusted, p, strict=True))
    assert [adjusted[k] for k in np.argsort(p, kind="stable")] == sorted(adjusted)


@given(st.integers(2, 9), st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_scores_of_a_mean_are_the_sums_of_its_clusters(k, seed):
    rs = np.random.RandomState(seed)
    members = np.concatenate([np.arange(k), rs.randint(0, k, 7)])
    d = rs.randn(len(members))
    scores = jackknife_scores(lambda w: w @ d / w.sum(axis=1), members, k)
    assert scores == pytest.approx(np.bincount(members, d, k) / len(d))


@given(st.integers(2, 9), st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_scores_add_up_to_the_statistic(k, seed):
    """Also of a distance, whose pseudo-values add up to another number."""
    rs = np.random.RandomState(seed)
    members = np.concatenate([np.arange(k), rs.randint(0, k, 7)])
    x, y = rs.randn(2, len(members))
    scores = jackknife_scores(lambda w: wasserstein1_many(x, y, w, w), members, k)
    assert scores.sum() == pytest.approx(wasserstein1(x, y))


def test_exchanging_the_answers_of_a_source_turns_the_sign_of_its_score_alone():
    """Exact for any dimension: here 40 dimensions from 12 clips, where a Frechet distance is nothing but bias."""
    rs = np.random.RandomState(0)
    n, members = 12, np.repeat(np.arange(8), [1, 2] * 4)
    a, b, real = rs.randn(n, 40), rs.randn(n, 40) + 0.3, rs.randn(n, 40)

    def scores(a, b):
        rows = np.arange(2 * n)
        return influence_scores(
            frechet_influence(np.concatenate([a, b]), np.concatenate([real, real]), rows, rows), members, 8
        )

    swapped = (members % 3 == 0)[:, None]
    before, after = scores(a, b), scores(np.where(swapped, b, a), np.where(swapped, a, b))
    assert after == pytest.approx(np.where(np.arange(8) % 3 == 0, -before, before), abs=1e-9)
    near = np.sum(scores(a, a + 0.01 * rs.randn(n, 40)))
    assert abs(near) < 0.05 * abs(before.sum())


def test_the_sum_of_scores_is_the_difference_where_systems_are_near():
    rs = np.random.RandomState(1)
    real, members = rs.randn(200, 3), np.arange(200)
    a = rs.randn(200, 3) + 0.5
    b = a + 0.02 * rs.randn(200, 3) + 0.05
    rows = np.arange(400)
    pooled = frechet_influence(np.concatenate([a, b]), np.concatenate([real, real]), rows, rows)
    exact = frechet_distance(b, real) - frechet_distance(a, real)
    assert influence_scores(pooled, members, 200).sum() == pytest.approx(exact, rel=0.02)


def test_few_sources_have_no_interval_and_many_one_as_wide_as_students():
    values = np.random.RandomState(0).randn(MIN_MEAN)
    found = difference_interval(values / MIN_MEAN)
    expected = scipy.stats.t.interval(0.95, MIN_MEAN - 1, values.mean(), scipy.stats.sem(values))
    assert (found.low, found.high) == pytest.approx(expected)
    assert found.n_clusters == MIN_MEAN
    assert difference_interval(values[1:]).low is None and "needs 50" in difference_interval(values[1:]).reason


@given(st.integers(0, 1000), st.floats(-0.6, 0.6))
@settings(max_examples=30, deadline=None)
def test_interval_and_test_agree(seed, shift):
    scores = np.random.RandomState(seed).randn(60) + shift
    found, p = difference_interval(scores), sign_flip_test(scores).p
    assert (found.low <= 0 <= found.high) == (p > 0.05) or abs(p - 0.05) < 0.015
