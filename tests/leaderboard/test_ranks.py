"""Rank sets: what is not told apart shares ranks; clones, order, names and scale change nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from vidchatbench.leaderboard.ranks import claims, transitive
from vidchatbench.stats import sign_flip_test

FEW = settings(max_examples=40, deadline=None)


@st.composite
def boards(draw):
    """Scores of 2 to 9 systems on 7 to 40 sources: some far apart, some alike, some tied, some noisy."""
    k, m = draw(st.integers(7, 40)), draw(st.integers(2, 9))
    rs = np.random.RandomState(draw(st.integers(0, 2**31 - 1)))
    level = rs.randn(k, 1) * draw(st.sampled_from([0.0, 1.0, 5.0]))
    skill = np.round(rs.randn(m), draw(st.integers(0, 2))) * draw(st.sampled_from([0.0, 0.3, 1.0, 4.0]))
    noise = rs.standard_t(3, (k, m)) if draw(st.booleans()) else rs.randn(k, m)
    return (level + skill + noise * draw(st.sampled_from([0.1, 1.0]))) / k


def sets(scores, higher=True):
    found = claims(scores.sum(axis=0), scores, higher=higher)
    return [(one.best, one.worst) for one in found.rank_sets()], found.better


def disjoint(a, b):
    return a[1] < b[0] or b[1] < a[0]


@FEW
@given(boards())
def test_systems_that_a_paired_test_does_not_tell_apart_share_ranks(scores):
    ranks, better = sets(scores)
    m = scores.shape[1]
    assert not (better & better.T).any() and not better.diagonal().any()
    assert not ((better.astype(int) @ better.astype(int) > 0) & ~better).any()
    for i in range(m):
        assert 1 <= ranks[i][0] <= ranks[i][1] <= m
        for j in range(i):
            told = better[i, j] or better[j, i]
            assert told or not disjoint(ranks[i], ranks[j])
            if sign_flip_test(scores[:, i] - scores[:, j], seed=1).p > 0.06:
                assert not told


@FEW
@given(boards())
def test_two_systems_within_the_interval_of_their_difference_never_get_different_ranks(scores):
    ranks, _ = sets(scores)
    k, m = scores.shape
    for i in range(m):
        for j in range(i):
            d = scores[:, i] - scores[:, j]
            low, high = stats.t.interval(0.95, k - 1, loc=d.mean(), scale=max(d.std(ddof=1) / np.sqrt(k), 1e-300))
            if low < 0 < high:
                assert not disjoint(ranks[i], ranks[j])


@FEW
@given(boards(), st.data())
def test_a_clone_changes_nobody_elses_rank_set(scores, data):
    before, _ = sets(scores)
    which = data.draw(st.integers(0, scores.shape[1] - 1))
    times = data.draw(st.integers(1, 3))
    after, _ = sets(np.hstack([scores, *[scores[:, [which]]] * times]))
    assert after[: len(before)] == before
    assert all(one == before[which] for one in after[len(before) :])


@FEW
@given(boards(), st.randoms(use_true_random=False), st.sampled_from([2.0**-7, 4.0, 1024.0]))
def test_order_and_scale_do_not_matter(scores, random, scale):
    before, _ = sets(scores)
    order = list(range(scores.shape[1]))
    random.shuffle(order)
    after, _ = sets(scores[:, order] * scale)
    assert after == [before[i] for i in order]
    assert sets(-scores, higher=False)[0] == before


def test_what_is_far_apart_is_told_apart():
    rs = np.random.RandomState(3)
    scores = (rs.randn(50, 1) + 0.1 * rs.randn(50, 4) + np.array([0, 1, 2, 2.0])) / 50
    ranks, _ = sets(scores)
    assert ranks[0] == (4, 4) and ranks[1] == (3, 3) and ranks[2] == ranks[3] == (1, 2)


def test_the_weaker_claim_of_an_open_chain_is_dropped():
    better = np.zeros((3, 3), bool)
    better[0, 1] = better[1, 2] = True  # 0 > 1 > 2, and 0 and 2 are not told apart
    p = np.ones((3, 3))
    p[0, 1], p[1, 2] = 0.01, 0.04
    assert transitive(better, p, np.ones((3, 3))).nonzero() == (np.array([0]), np.array([1]))
    p[1, 2] = 0.01
    strength = np.ones((3, 3))
    strength[1, 2] = 2.0
    assert transitive(better, p, strength).nonzero() == (np.array([1]), np.array([2]))
    assert not transitive(better, p, np.ones((3, 3))).any(), "equally weak claims go together: no order decides"


def test_pairs_of_which_nothing_may_be_claimed_share_ranks():
    rs = np.random.RandomState(3)
    scores = (0.1 * rs.randn(50, 2) + np.array([0, 1.0])) / 50
    never = ~np.eye(2, dtype=bool)
    found = claims(scores.sum(axis=0), scores, higher=True, untold=never)
    assert [(one.best, one.worst) for one in found.rank_sets()] == [(1, 2), (1, 2)]


@pytest.mark.parametrize("m", [8])
def test_true_nulls_are_rarely_told_apart(m):
    """All systems equal: a claim is a false one. In 60 boards about 3 should have any."""
    rs = np.random.RandomState(0)
    wrong = sum(sets(rs.randn(40, 1) + rs.randn(40, m))[1].any() for _ in range(60))
    assert wrong <= 9
