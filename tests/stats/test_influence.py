from __future__ import annotations

import sys

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from vidchatbench.stats import frechet_distance, frechet_influence, influence_interval

D, FRAMES = 5, 4


def clips(n, *, gain=1.0, shift=0.0, seed=0):
    """Responses of two systems and references of n clips: a person is alike in all three, and frames of a clip too."""
    rs = np.random.RandomState(seed)
    person = rs.randn(n, 1, D)
    one, real = (0.6 * person + 0.4 * rs.randn(n, 1, D) + 0.7 * rs.randn(n, FRAMES, D) for _ in range(2))
    other = 0.8 * one + 0.6 * rs.randn(n, 1, D)
    return [v.reshape(-1, D) for v in (gain * one + shift, other, real)]


def influence_of(x, y):
    groups_x, groups_y = (np.arange(len(v)) // FRAMES for v in (x, y))
    return frechet_influence(x, y, groups_x, groups_y)


def jackknife(x, y, groups_x, groups_y):
    labels = np.unique(groups_x)
    without = np.array([frechet_distance(x[groups_x != g], y[groups_y != g]) for g in labels])
    return (len(labels) - 1) * (without.mean() - without)


@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_follows_the_brute_force_jackknife(shift):
    """Clips of unequal length, and one with a reference only in part."""
    x, _, y = clips(400, gain=1.2, shift=shift)
    rs = np.random.RandomState(1)
    groups_x, groups_y = (np.sort(np.concatenate([np.arange(400), rs.randint(0, 400, 1200)])) for _ in range(2))
    brute = jackknife(x, y, groups_x, groups_y)
    found = frechet_influence(x, y, groups_x, groups_y)
    assert found.sum() == pytest.approx(0, abs=1e-8)
    assert np.corrcoef(found, brute)[0, 1] > 0.995
    assert found.std() == pytest.approx(brute.std(), rel=0.05)


@given(st.integers(0, 2**20), st.floats(0.3, 3))
@settings(deadline=None, max_examples=20)
def test_is_the_derivative_in_a_clips_weight(seed, gain):
    x, _, y = clips(40, gain=gain, seed=seed)
    found = influence_of(x, y)
    clip = np.arange(len(x)) // FRAMES == seed % 40
    # Multiplicities of 1000 each make the difference between n and n - 1 vanish, which the derivative leaves out.
    step = 1e-3
    up, down = (frechet_distance(x, y, *[1000 * (1 + s * step * clip)] * 2) for s in (1, -1))
    assert found[seed % 40] == pytest.approx(40 * (up - down) / (2 * step), rel=0.05, abs=0.02 * found.std())


@given(st.integers(0, 2**20), st.sampled_from([12, 40, 200]), st.floats(-4, 0).map(lambda power: 10**power))
@settings(deadline=None, max_examples=20)
def test_the_quick_way_is_that_of_the_qr_decomposition(seed, n, own):
    """Also where one dimension is nearly the sum of the others."""
    x, _, y = clips(n, seed=seed)
    x[:, 0] = x[:, 1:].sum(axis=1) + own * x[:, 0]
    quick = influence_of(x, y)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules["vidchatbench.stats.frechet_influence"], "sound_triangle", lambda _: None)
        slow = influence_of(x, y)
    np.testing.assert_allclose(quick, slow, rtol=1e-8, atol=1e-8 * np.abs(slow).max())


def test_a_face_that_never_moves_has_influences_too():
    """No covariance to invert: a constant response is moved by its references alone."""
    x, _, y = clips(60)
    found = influence_of(np.zeros_like(x), y)
    assert np.isfinite(found).all() and found.std() > 0


@pytest.mark.parametrize(("gain", "shift"), [(1.0, 0.0), (1.2, 0.2)])
def test_the_interval_holds_the_expected_value_and_that_of_paired_differences(gain, shift):
    n, rows = 60, []
    for seed in range(250):
        x, other, y = clips(n, gain=gain, shift=shift, seed=seed)
        phi, phi_other = influence_of(x, y), influence_of(other, y)
        value = frechet_distance(x, y)
        rows.append((value, phi.std(ddof=1), value - frechet_distance(other, y), (phi - phi_other).std(ddof=1)))
    value, spread, difference, spread_of_difference = np.array(rows).T
    for found, sd in ((value, spread), (difference, spread_of_difference)):
        se = sd / np.sqrt(n)
        assert np.mean(np.abs(found - found.mean()) <= 1.96 * se) >= 0.92
        assert 0.9 < np.sqrt((se**2).mean()) / found.std() < 1.8  # at most sqrt(2) too wide where nothing differs


def test_of_a_mean_it_is_the_usual_standard_error():
    values = np.random.RandomState(0).randn(50)
    found = influence_interval(values.mean(), values, np.arange(50))
    se = values.std(ddof=1) / np.sqrt(50)
    assert found.se == pytest.approx(se, rel=1e-12)
    judge = scipy.stats.t.interval(0.95, 49, values.mean(), se)
    assert (found.low, found.high) == pytest.approx(judge, rel=1e-10)
    assert (found.method, found.n_resamples, found.n_clusters, found.reason) == ("influence", 0, 50, None)


def test_rows_of_one_source_count_as_one():
    values = np.repeat(np.random.RandomState(0).randn(30), 4)
    once = influence_interval(0.0, values[::4], np.arange(30))
    copies = influence_interval(0.0, values, np.repeat(np.arange(30), 4))
    assert copies.se == pytest.approx(once.se, rel=1e-12) and copies.n_clusters == 30
    assert influence_interval(0.0, values, np.arange(120)).se < 0.6 * once.se


def test_few_sources_have_no_interval():
    found = influence_interval(1.0, np.arange(19.0), [f"v{k}" for k in range(19)])
    assert (found.low, found.high, found.se, found.method) == (None,) * 4
    assert found.reason == "19 independent source(s): an interval from influences needs 20"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((1.0, np.ones(3), np.arange(4)), "one value a row"),
        ((np.nan, np.ones(30), np.arange(30)), "not finite"),
        ((1.0, np.full(30, np.inf), np.arange(30)), "not finite"),
    ],
)
def test_bad_input_is_an_error(args, message):
    with pytest.raises(ValueError, match=message):
        influence_interval(*args)
    with pytest.raises(ValueError, match="level"):
        influence_interval(1.0, np.ones(3), np.arange(3), level=1.0)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((np.ones((1, 2)), np.ones((3, 2)), [0], [0, 1, 2]), "x must be a table of 2"),
        ((np.ones((3, 2)), np.ones((3, 4)), [0, 1, 2], [0, 1, 2]), "x have 2 dimensions, those of y 4"),
        ((np.ones((3, 2)), np.ones((3, 2)), [0, 1, 2], [0, 1]), "groups of y must be 3 labels"),
        ((np.full((3, 2), np.inf), np.ones((3, 2)), [0, 1, 2], [0, 1, 2]), "x has values that are not finite"),
    ],
)
def test_bad_vectors_are_an_error(args, message):
    with pytest.raises(ValueError, match=message):
        frechet_influence(*args)
