from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidchatbench.stats import KernelBlocks, influence_interval, kernel, kernel_distance

RS = np.random.RandomState(0)


def by_hand(x, y, gx, gy, wx, wy):
    """The definition, pair by pair, with every copy of a vector standing for itself."""

    def mean(a, b, ga, gb, wa, wb):
        found = [
            (wa[i] * wb[j], (a[i] @ b[j] / x.shape[1] + 1) ** 3)
            for i in range(len(a))
            for j in range(len(b))
            if ga[i] != gb[j]
        ]
        return sum(w * k for w, k in found) / sum(w for w, _ in found)

    return mean(x, x, gx, gx, wx, wx) + mean(y, y, gy, gy, wy, wy) - 2 * mean(x, y, gx, gy, wx, wy)


def clips(n, k, d, *, shift=0.0, seed=0):
    """n clips of k frames: person (in response and reference), clip and frame each add variance."""
    rs = np.random.RandomState(seed)
    person = rs.randn(n, 1, d)
    return [0.6 * person + 0.4 * rs.randn(n, 1, d) + 0.7 * rs.randn(n, k, d) + gap for gap in (shift, 0)]


@given(st.integers(4, 12), st.integers(4, 12), st.integers(1, 5), st.booleans(), st.integers(0, 2**20))
@settings(deadline=None, max_examples=40)
def test_equals_the_definition_pair_by_pair(n, m, d, grouped, seed):
    rs = np.random.RandomState(seed)
    x, y = rs.randn(n, d), rs.randn(m, d) + 0.5
    wx, wy = 1 + rs.randint(0, 3, n), 1 + rs.randint(0, 3, m)
    gx, gy = (np.arange(n) // 2, np.arange(m) // 2) if grouped else (np.arange(n), n + np.arange(m))
    groups = (gx, gy) if grouped else (None, None)
    assert kernel_distance(x, y, *groups, wx, wy) == pytest.approx(by_hand(x, y, gx, gy, wx, wy), rel=1e-9, abs=1e-9)


def test_without_groups_it_is_kid_with_one_subset():
    """The usual code: sums of kernel matrices less their diagonals (clean-fid, torch-fidelity)."""
    x, y = RS.rand(40, 64).astype(np.float32), RS.rand(30, 64).astype(np.float32) + 0.1
    xx, yy, xy = ((a.astype(float) @ b.T.astype(float) / 64 + 1) ** 3 for a, b in ((x, x), (y, y), (x, y)))
    expected = (xx.sum() - np.trace(xx)) / (40 * 39) + (yy.sum() - np.trace(yy)) / (30 * 29) - 2 * xy.mean()
    assert kernel_distance(x, y) == pytest.approx(expected, rel=1e-9)


def test_tiles_do_not_matter(monkeypatch):
    x, y = clips(9, 5, 6, shift=0.3)
    whole = KernelBlocks.of(list(x), list(y))
    groups = np.repeat(np.arange(9), 5)
    once = kernel_distance(x.reshape(-1, 6), y.reshape(-1, 6), groups, groups)
    monkeypatch.setattr(kernel, "_TILE", 7)  # cuts through clips
    tiled = KernelBlocks.of(list(x), list(y))
    for name in ("xx", "yy", "xy"):
        np.testing.assert_allclose(getattr(tiled, name), getattr(whole, name), rtol=1e-12)
    assert tiled.distance() == pytest.approx(once, rel=1e-10)
    assert kernel_distance(x.reshape(-1, 6), y.reshape(-1, 6), groups, groups) == pytest.approx(once, rel=1e-12)


def test_unbiased_for_dependent_frames_and_for_a_response_like_its_reference():
    """Mean over many draws of equal distributions: 0 within 4 standard errors; with any pair kept, far from it."""
    groups = np.repeat(np.arange(8), 3)
    values = []
    for seed in range(800):
        x, y = (side.reshape(-1, 3) for side in clips(8, 3, 3, seed=seed))
        own = groups + 100 * np.arange(2)[:, None]
        values.append((kernel_distance(x, y, groups, groups), kernel_distance(x, y, *own), kernel_distance(x, y)))
    mean, error = np.mean(values, axis=0), np.std(values, axis=0) / np.sqrt(len(values))
    assert abs(mean[0]) < 4 * error[0]
    assert mean[1] < -10 * error[1]  # pairs of a response with its own reference kept
    assert mean[2] > mean[1] + 10 * error[2]  # pairs within a clip kept as well


@given(st.integers(4, 9), st.booleans(), st.integers(0, 2**20))
@settings(deadline=None, max_examples=30)
def test_blocks_give_every_weighting(n, grouped, seed):
    rs = np.random.RandomState(seed)
    xs, ys = ([rs.randn(rs.randint(1, 4), 5) + 0.2 * s for _ in range(n)] for s in range(2))
    groups = np.arange(n) // 2 if grouped else np.arange(n)
    blocks = KernelBlocks.of(xs, ys, groups)
    lines = rs.randint(0, 4, (3, n)) + (np.arange(n) % 2 == 0)
    sides = [(np.concatenate(s), np.repeat(np.arange(n), [len(v) for v in s])) for s in (xs, ys)]
    (x, clip_x), (y, clip_y) = sides
    expected = [kernel_distance(x, y, groups[clip_x], groups[clip_y], w[clip_x], w[clip_y]) for w in lines]
    np.testing.assert_allclose(blocks.distances(lines.astype(float)), expected, rtol=1e-9, atol=1e-9)
    assert blocks.distance(lines[0].astype(float)) == pytest.approx(expected[0], rel=1e-9, abs=1e-9)


def test_a_clip_drawn_twice_is_not_paired_with_its_copy():
    """Resamples of equal distributions scatter about the value: their mean does not rise with repeats."""
    x, y = clips(40, 2, 4, seed=3)
    blocks = KernelBlocks.of(list(x), list(y))
    lines = RS.multinomial(40, np.full(40, 1 / 40), size=4000).astype(float)
    resampled = blocks.distances(lines)
    assert abs(resampled.mean() - blocks.distance()) < 4 * resampled.std() / np.sqrt(4000) + 0.02 * resampled.std()
    assert blocks.distances(np.full((1, 40), 2.0))[0] == pytest.approx(blocks.distance(), rel=1e-9)


@pytest.mark.parametrize("groups", [None, [0, 0, 1, 2, 3, 3, 4]])
def test_without_each_clip_is_the_weighting_without_it(groups):
    rs = np.random.RandomState(3)
    xs, ys = ([rs.randn(1 + k % 3, 4) for k in range(7)] for _ in range(2))
    blocks = KernelBlocks.of(xs, ys, groups)
    np.testing.assert_allclose(blocks._without_each(), blocks.distances(1 - np.eye(7)), rtol=1e-10)


def test_influence_is_the_jackknife():
    x, y = clips(12, 3, 4, shift=0.4)
    without = [
        KernelBlocks.of([c for j, c in enumerate(x) if j != i], [c for j, c in enumerate(y) if j != i]).distance()
        for i in range(12)
    ]
    expected = 11 * (np.mean(without) - without)
    np.testing.assert_allclose(KernelBlocks.of(list(x), list(y)).influence(), expected, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("shift", [0.0, 0.3])
def test_the_interval_holds_the_expected_value(shift):
    found = []
    for seed in range(300):
        blocks = KernelBlocks.of(*map(list, clips(60, 2, 4, shift=shift, seed=seed)))
        interval = influence_interval(blocks.distance(), blocks.influence(), np.arange(60))
        found.append((blocks.distance(), interval.low, interval.high))
    value, low, high = np.array(found).T
    expected = 0 if shift == 0 else value.mean()
    assert np.mean((low <= expected) & (expected <= high)) >= 0.92


def test_among_y_compares_parts_of_the_references():
    x, y = clips(10, 2, 3, shift=1)
    half = np.arange(10) < 5
    found = KernelBlocks.of(list(x), list(y)).among_y().distances(half[None] * 1.0, ~half[None] * 1.0)
    one, other = y[:5].reshape(-1, 3), y[5:].reshape(-1, 3)
    assert found[0] == pytest.approx(kernel_distance(one, other, np.arange(10) // 2, 9 + np.arange(10) // 2), rel=1e-9)


def test_a_line_without_a_pair_has_no_value():
    blocks = KernelBlocks.of(*[[RS.randn(2, 3) for _ in range(3)] for _ in range(2)])
    assert np.isnan(blocks.distances(np.array([[2.0, 0, 0], [1, 1, 1]]))).tolist() == [True, False]
    with pytest.raises(ValueError, match="no pair"):
        blocks.distance(np.array([2.0, 0, 0]))
    with pytest.raises(ValueError, match="without one of the clips"):
        KernelBlocks.of(*[[RS.randn(2, 3) for _ in range(2)] for _ in range(2)]).influence()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((np.ones((3, 2)), np.ones((3, 4))), "x have 2 dimensions, those of y 4"),
        ((np.ones((1, 2)), np.ones((3, 2))), "no pair of different groups is left within x"),
        ((np.ones(3), np.ones((3, 2))), "x must be a table"),
        ((np.ones((0, 2)), np.ones((3, 2))), "x must be a table"),
        ((np.ones((3, 2)), np.full((3, 2), np.nan)), "y has values that are not finite"),
        ((np.ones((3, 2)), np.ones((3, 2)), [0, 1, 2]), "of both x and y"),
        ((np.ones((3, 2)), np.ones((3, 2)), [0, 1], [0, 1, 2]), "groups of x must be 3"),
        ((np.ones((3, 2)), np.ones((3, 2)), None, None, [1, 1]), "weights of x"),
        ((np.ones((3, 2)), np.ones((3, 2)), None, None, None, [1, 1, -1]), "weights of y"),
    ],
)
def test_bad_input_is_an_error(args, message):
    with pytest.raises(ValueError, match=message):
        kernel_distance(*args)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (([np.ones((2, 3))], [np.ones((2, 3))] * 2), "x has 1 clips, y 2"),
        (([np.ones((2, 3))], [np.ones((2, 4))]), "x have 3 dimensions, those of y 4"),
        (([np.ones((2, 3))], [np.ones((2, 3))], [1, 2]), "groups must be 1 labels"),
    ],
)
def test_bad_clips_are_an_error(args, message):
    with pytest.raises(ValueError, match=message):
        KernelBlocks.of(*args)
