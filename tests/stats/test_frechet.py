from __future__ import annotations

import hashlib
import json
from fnmatch import fnmatchcase

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidchatbench.stats import frechet_distance, frechet_distances

RS = np.random.RandomState(0)
SHAPES = {"full": (300, 64), "deficient": (40, 64), "d400": (600, 400), "tiny": (16, 400), "offset": (300, 64)}


def oracle_sets(kind):
    """The inputs of the reference answers, which are a fixed function of their names."""

    def draw(what, shape):
        seed = np.frombuffer(hashlib.sha256(f"frechet/p/{kind}/{what}".encode()).digest(), dtype="<u4")
        return np.random.RandomState(seed).standard_normal(shape)

    n, d = SHAPES[kind]
    offset = 100.0 if kind == "offset" else 0.0
    x = draw("x", (n, d)) @ (draw("mx", (d, d)) / np.sqrt(d)) + offset
    y = draw("y", (n, d)) @ (draw("my", (d, d)) / np.sqrt(d)) + 0.1 + offset
    return x.astype(np.float32), y.astype(np.float32)


def allowed(oracle, key, value):
    rules = json.loads((oracle / "tolerances.json").read_text())["rules"]
    rule = next(rule for rule in rules if fnmatchcase(key, rule["match"]))
    return rule["atol"] + rule["rtol"] * abs(value)


@pytest.mark.parametrize("implementation", ["torchmetrics", "videogpt_svd_fp64", "pytorch_fid", "clean_fid"])
@pytest.mark.parametrize("kind", SHAPES)
def test_parity_with_the_reference(oracle, kind, implementation):
    key = f"frechet.p.{kind}.{implementation}"
    expected = json.loads((oracle / "golden" / "values.json").read_text())[key]
    found = frechet_distance(*oracle_sets(kind))
    assert abs(found - expected) <= allowed(oracle, key, expected)
    if implementation == "videogpt_svd_fp64":  # the one reference that also holds its digits where n < d
        assert found == pytest.approx(expected, rel=1e-12)


def test_parity_on_video_features(oracle):
    key = "fvd.p.value.videogpt_svd_fp64"
    expected = json.loads((oracle / "golden" / "values.json").read_text())[key]
    with np.load(oracle / "golden" / "fvd.npz", allow_pickle=False) as features:
        found = frechet_distance(features["fvd.p.features_a"], features["fvd.p.features_b"])
    assert abs(found - expected) <= allowed(oracle, key, expected)


def test_golden_value_of_one_dimension():
    """Means 2 and 5, unbiased variances 2 and 18: 9 + (sqrt 18 - sqrt 2)^2 = 17."""
    assert frechet_distance([[1], [3]], [[2], [8]]) == pytest.approx(9 + 8, rel=1e-12)


def test_closed_form_where_covariances_commute():
    x = RS.randn(50, 3)
    x = (x - x.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(x.T))).T  # covariance exactly the identity
    a, b, shift = np.array([1.0, 2, 3]), np.array([4.0, 2, 0]), np.array([1.0, -2, 0.5])
    assert frechet_distance(x * a, x * b + shift) == pytest.approx(((a - b) ** 2).sum() + (shift**2).sum(), rel=1e-10)


@given(st.integers(2, 30), st.integers(2, 30), st.integers(1, 20), st.integers(0, 2**20))
@settings(deadline=None, max_examples=60)
def test_properties(n, m, d, seed):
    rs = np.random.RandomState(seed)
    x, y, far = rs.randn(n, d), rs.randn(m, d) * 2 + 1, rs.randn(d)
    value = frechet_distance(x, y)
    tight = pytest.approx(value, rel=1e-9, abs=1e-9)
    rotation = np.linalg.qr(rs.randn(d, d))[0]
    assert value >= 0 and frechet_distance(y, x) == tight
    assert frechet_distance(x @ rotation + far, y @ rotation + far) == tight
    assert frechet_distance(3 * x, 3 * y) == pytest.approx(9 * value, rel=1e-9, abs=1e-9)
    assert frechet_distance(x, x) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(x, x + far) == pytest.approx((far**2).sum(), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("d", [3, 40])
def test_weights_are_repetition(d):
    x, y = RS.randn(20, d), RS.randn(15, d)
    wx, wy = RS.randint(0, 3, 20), RS.randint(0, 3, 15)
    repeated = frechet_distance(np.repeat(x, wx, axis=0), np.repeat(y, wy, axis=0))
    assert frechet_distance(x, y, wx, wy) == pytest.approx(repeated, rel=1e-10)
    assert frechet_distance(x, y) != pytest.approx(repeated, rel=1e-3)


def test_one_vector_drawn_twice_is_a_point():
    assert frechet_distance([[1.0, 2], [5, 5]], [[1.0, 2], [1, 2]], [2, 0]) == 0


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((np.ones((3, 2)), np.ones((3, 4))), "x have 2 dimensions, those of y 4"),
        ((np.ones((1, 2)), np.ones((3, 2))), "x holds 1 vector"),
        ((np.ones((3, 2)), np.ones((3, 2)), None, [1, 0, 0]), "y holds 1 vector"),
        ((np.ones((0, 2)), np.ones((3, 2))), "x holds 0 vector"),
        ((np.ones(3), np.ones((3, 2))), "x must be a table"),
        ((np.ones((3, 2)), np.full((3, 2), np.nan)), "y has values that are not finite"),
        ((np.ones((3, 2)), np.ones((3, 2)), [1, 1]), "weights of x"),
        ((np.ones((3, 2)), np.ones((3, 2)), [1, 1, -1]), "weights of x"),
    ],
)
def test_bad_input_is_an_error(args, message):
    with pytest.raises(ValueError, match=message):
        frechet_distance(*args)


@given(st.integers(2, 14), st.integers(2, 14), st.sampled_from([2, 5, 14, 30]), st.integers(0, 2**20))
@settings(deadline=None, max_examples=60)
def test_many_weightings_at_once(n, m, d, seed):
    """Vectors fewer and more than dimensions, off the origin; a line without two vectors has no value."""
    rs = np.random.RandomState(seed)
    x, y = rs.randn(n, d) + 20, 2 * rs.randn(m, d) + 20
    wx, wy = rs.randint(0, 3, (6, n)), rs.randint(0, 3, (6, m))
    found = frechet_distances(x, y, wx, wy)
    for value, a, b in zip(found, wx, wy, strict=True):
        if min(a.sum(), b.sum()) < 2:
            assert np.isnan(value)
        else:
            assert value == pytest.approx(frechet_distance(x, y, a, b), rel=1e-9, abs=1e-9)
    same = frechet_distances(x, y, wx, None)
    assert same.shape == (6,)
    if wx[0].sum() >= 2:
        assert same[0] == pytest.approx(frechet_distance(x, y, wx[0]), rel=1e-9, abs=1e-9)
    assert frechet_distances(x, y) == pytest.approx(frechet_distance(x, y), rel=1e-9)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ((np.ones((2, 3)), np.ones((3, 3))), "2 lines, those of y 3"),
        ((np.ones((2, 4)), None), "weights of x"),
        ((np.ones(3), None), "weights of x"),
        ((None, -np.ones((1, 3))), "weights of y"),
    ],
)
def test_bad_lines_are_an_error(weights, message):
    with pytest.raises(ValueError, match=message):
        frechet_distances(np.ones((3, 2)), np.ones((3, 2)), *weights)


@given(st.integers(0, 15), st.integers(0, 15), st.integers(0, 2**20))
@settings(deadline=None, max_examples=80)
def test_no_digits_are_lost_where_dimensions_nearly_repeat_each_other(one, other, seed):
    """The judge: all singular values from the centred vectors themselves, without triangles or squares."""
    rs = np.random.RandomState(seed)
    x, y = (rs.randn(90, 12) @ rs.randn(12, 30) + 10.0**-exponent * rs.randn(90, 30) for exponent in (one, other))
    x[:, ::3] *= 1e-4  # scales differ between dimensions
    a, b = ((v - v.mean(axis=0)) / np.sqrt(len(v) - 1) for v in (x, y))
    shared = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    spread = (a**2).sum() + (b**2).sum()
    expected = ((x.mean(axis=0) - y.mean(axis=0)) ** 2).sum() + spread - 2 * shared
    assert abs(frechet_distance(x, y) - expected) <= (1e-13 if one == other else 1e-10) * spread
