from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from vidchatbench.stats import Interval, bca_interval, frechet_distance, resample

SKEWED = np.random.RandomState(1).exponential(size=60)


def mean_of(values):
    values = np.asarray(values, dtype=float)
    return lambda w: values[0] + w @ (values - values[0]) / w.sum(axis=1)


def no_interval(found):
    return (found.low, found.high, found.se, found.method) == (None,) * 4 and bool(found.reason)


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_equals_scipy_on_the_same_resamples(level):
    found = bca_interval(mean_of(SKEWED), np.arange(60), n_resamples=2000, seed=3, level=level)
    (drawn,) = resample.cluster_resamples(np.arange(60), 60, 2000, seed=3)
    same = SimpleNamespace(bootstrap_distribution=mean_of(SKEWED)(drawn))
    judge = scipy.stats.bootstrap(
        (SKEWED,), np.mean, n_resamples=0, bootstrap_result=same, confidence_level=level, method="BCa"
    )
    expected = (judge.confidence_interval.low, judge.confidence_interval.high, judge.standard_error)
    assert (found.low, found.high, found.se) == pytest.approx(expected, rel=1e-9)
    assert (found.method, found.n_resamples, found.n_clusters, found.reason) == ("bca", 2000, 60, None)


def test_stream_is_frozen():
    """Golden counts: a NumPy that draws otherwise would move every printed interval."""
    (block,) = resample.cluster_resamples(np.arange(6), 6, 3, seed=0)
    assert block.tolist() == [[1, 0, 0, 3, 1, 1], [1, 1, 1, 1, 1, 1], [2, 2, 1, 0, 1, 0]]


def test_agrees_with_scipys_own_resamples():
    found = bca_interval(mean_of(SKEWED), np.arange(60))
    judge = scipy.stats.bootstrap((SKEWED,), np.mean, method="BCa", batch=1000).confidence_interval
    assert (found.low, found.high) == pytest.approx(tuple(judge), abs=0.25 * found.se)


def test_block_size_does_not_matter(monkeypatch):
    members = np.arange(40) // 3
    whole = np.concatenate(list(resample.cluster_resamples(members, 14, 101, seed=5)))
    left = np.concatenate(list(resample.leave_one_out(members, 14)))
    monkeypatch.setattr(resample, "_BLOCK", 130)
    blocks = list(resample.cluster_resamples(members, 14, 101, seed=5))
    assert len(blocks) > 20
    np.testing.assert_array_equal(np.concatenate(blocks), whole)
    np.testing.assert_array_equal(np.concatenate(list(resample.leave_one_out(members, 14))), left)


@given(st.permutations(range(12)))
@settings(max_examples=20, deadline=None)
def test_order_of_rows_does_not_matter(order):
    values, labels = SKEWED[:12], np.array(list("aabbbcdefghh"))
    found = bca_interval(mean_of(values[order]), labels[order], n_resamples=200)
    expected = bca_interval(mean_of(values), labels, n_resamples=200)
    assert (found.low, found.high, found.se) == pytest.approx((expected.low, expected.high, expected.se), rel=1e-12)


def test_rows_of_a_cluster_count_as_one():
    """Ten copies of a row in its own cluster add nothing; ten copies as clusters of their own do."""
    once = bca_interval(mean_of(SKEWED[:20]), np.arange(20), n_resamples=999)
    copies = bca_interval(mean_of(np.repeat(SKEWED[:20], 10)), np.repeat(np.arange(20), 10), n_resamples=999)
    naive = bca_interval(mean_of(np.repeat(SKEWED[:20], 10)), np.arange(200), n_resamples=999)
    assert (copies.low, copies.high, copies.se) == pytest.approx((once.low, once.high, once.se), rel=1e-9)
    assert naive.se < 0.5 * once.se


@given(st.floats(-1e3, 1e3), st.floats(0.01, 100), st.booleans())
@settings(max_examples=20, deadline=None)
def test_follows_shift_and_scale(shift, scale, flip):
    scale = -scale if flip else scale
    base = bca_interval(mean_of(SKEWED), np.arange(60), n_resamples=500)
    moved = bca_interval(mean_of(shift + scale * SKEWED), np.arange(60), n_resamples=500)
    ends = sorted((shift + scale * base.low, shift + scale * base.high))
    assert [moved.low, moved.high] == pytest.approx(ends, abs=1e-9 * (abs(shift) + abs(scale)))


def test_seed_moves_the_interval_a_little():
    a, b = (bca_interval(mean_of(SKEWED), np.arange(60), seed=s) for s in (0, 1))
    assert a != b
    assert abs(a.low - b.low) < 0.25 * a.se and abs(a.high - b.high) < 0.25 * a.se


@pytest.mark.parametrize("value", [0.0, 0.1, 1e9])
def test_constant_data_give_a_point(value):
    found = bca_interval(mean_of([value] * 30), np.arange(30), n_resamples=99)
    assert (found.low, found.high, found.se) == (value, value, 0.0)
    assert "same value" in found.reason


@pytest.mark.parametrize("k", [1, 4])
def test_few_clusters_give_none(k):
    found = bca_interval(mean_of(SKEWED), np.arange(60) % k)
    assert no_interval(found) and found.n_clusters == k and found.n_resamples == 0


def test_not_finite_gives_none():
    assert no_interval(bca_interval(mean_of([np.nan] + [1.0] * 9), np.arange(10), n_resamples=50))
    some = bca_interval(lambda w: np.where(w[:, 0] > 1, np.inf, w[:, 1]), np.arange(10), n_resamples=50)
    assert no_interval(some) and "of 50 resamples" in some.reason


def test_biased_statistic_gives_none():
    """A Frechet distance: the percentile interval would exclude the value itself."""
    rs = np.random.RandomState(2)
    x, y = rs.randn(40, 8), rs.randn(40, 8)
    found = bca_interval(
        lambda w: np.array([frechet_distance(x, y, line, line) for line in w]), np.arange(40), n_resamples=99
    )
    assert no_interval(found) and "above" in found.reason


def test_undefined_acceleration_gives_the_percentile_interval():
    """Whether more than half the draws are of the first five: no single cluster's absence changes it."""
    found = bca_interval(lambda w: (w[:, :5].sum(axis=1) / w.sum(axis=1) > 0.6).astype(float), np.arange(10))
    assert isinstance(found, Interval) and found.method == "percentile"
    assert (found.low, found.high) == (0.0, 1.0) and "acceleration" in found.reason


@pytest.mark.parametrize(
    "bad",
    [
        dict(level=1.0),
        dict(level=0.0),
        dict(n_resamples=0),
        dict(totals=lambda w: np.float64(1)),
        dict(totals=lambda w: w),
        dict(clusters=np.zeros((2, 30))),
    ],
)
def test_wrong_arguments_are_errors(bad):
    given_ = dict(totals=mean_of(SKEWED), clusters=np.arange(60)) | bad
    with pytest.raises(ValueError):
        bca_interval(given_.pop("totals"), given_.pop("clusters"), **given_)


def clustered_normal(rs):
    sizes = 1 + rs.poisson(3, size=40)
    return np.concatenate([rs.randn() + rs.randn(size) for size in sizes]), np.repeat(np.arange(40), sizes)


def skewed(rs):
    return rs.exponential(size=50) - 1, np.arange(50)


@pytest.mark.slow
@pytest.mark.parametrize("draw", [clustered_normal, skewed])
def test_coverage(draw):
    """95 % intervals hold the true mean, 0, in about 95 of 100 samples (600 samples: binomial sd 0.9 %)."""
    rs = np.random.RandomState(7)
    hits = 0
    for _ in range(600):
        values, labels = draw(rs)
        found = bca_interval(mean_of(values), labels, n_resamples=1500)
        hits += found.low <= 0 <= found.high
    assert 0.915 <= hits / 600 <= 0.975
