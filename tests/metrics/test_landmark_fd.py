import numpy as np
import pytest
from helpers.score import sample
from hypothesis import given, settings
from hypothesis import strategies as st

from vidchatbench.errors import Unscored
from vidchatbench_metrics.emotion.landmark_fd import LandmarkFD
from vidchatbench_metrics.perception.expression import NAMES, expression

RNG = np.random.default_rng(11)
FACE = RNG.normal(size=(68, 2))
for points, place in {
    (36,): (-0.5, 0), (39,): (-0.22, 0), (42,): (0.22, 0), (45,): (0.5, 0), (27,): (0, -0.02), (31,): (-0.17, 0.53),
    (33,): (0, 0.59), (35,): (0.17, 0.53),
    (17, 18, 19, 20, 21): (-0.35, -0.2), (22, 23, 24, 25, 26): (0.35, -0.2),
    (37, 38): (-0.36, -0.04), (40, 41): (-0.36, 0.03), (43, 44): (0.36, -0.04), (46, 47): (0.36, 0.03),
    (48,): (-0.25, 0.85), (54,): (0.25, 0.85), (61, 62, 63): (0, 0.84),
    (65, 66, 67): (0, 0.88), (50, 51, 52): (0, 0.78),
    (7, 8, 9): (0, 1.3),
}.items():  # fmt: skip
    FACE[list(points)] = place


def faces(landmarks):
    landmarks = np.asarray(landmarks, np.float32)
    n = len(landmarks)
    return {"landmarks": landmarks, "found": np.ones(n, bool), "fresh": np.ones(n, bool)}


def people(n, gain=1.0, seed=0, shift=0.0):
    """n frames of a face whose brows, lids and mouth vary by `gain` times a fixed amount."""
    rng = np.random.default_rng(seed)
    moving = np.repeat(FACE[None], n, axis=0)
    for points in ((17, 18, 19, 20, 21), (37, 38), (48,), (54,), (65, 66, 67), (7, 8, 9)):
        moving[:, list(points), 1] += (gain * rng.normal(0, 0.03, n) + shift)[:, None]
    return 100 * moving + 200


def row(response, reference, portrait=None):
    portrait = people(1, gain=0) if portrait is None else portrait
    inputs = {"response": faces(response), "reference": faces(reference), "portrait": faces(portrait)}
    return LandmarkFD().item(sample(), inputs)


def value(rows):
    return LandmarkFD().total(rows, np.ones(len(rows)))


def test_up_to_16_evenly_spaced_vectors_of_10():
    stats = row(people(100), people(7))
    assert stats["response"].shape == (16, len(NAMES))
    assert stats["reference"].shape == (7, len(NAMES))
    assert stats["response"].dtype == np.float32


def test_equal_sets_are_0_apart():
    assert value([row(people(40, seed=s), people(40, seed=s)) for s in range(3)]) == pytest.approx(0, abs=1e-6)


def test_the_golden_value_of_two_known_sets():
    """Equal spread, means one typical deviation apart in one measure: the distance is that squared."""
    reference = RNG.normal(size=(16, 10)).astype(np.float32)
    rows = [{"response": reference + np.eye(10, dtype=np.float32)[4] * 2, "reference": reference}] * 2
    assert value(rows) == pytest.approx(4, rel=1e-5)


def test_a_frozen_face_is_far_and_has_no_liveliness():
    rows = [row(people(40, gain=0), people(40, seed=s)) for s in range(6)]
    lively = [row(people(40, seed=100 + s), people(40, seed=s)) for s in range(6)]
    assert value(rows) > 5 * value(lively)
    assert LandmarkFD().beside(rows, np.ones(6))["variance_ratio"] == pytest.approx(0, abs=1e-9)
    assert LandmarkFD().beside(lively, np.ones(6))["variance_ratio"] == pytest.approx(1, abs=0.35)


def test_the_minimum_is_at_peoples_own_strength():
    values = [value([row(people(64, g, 50 + s), people(64, 1, s)) for s in range(8)]) for g in (0.25, 0.5, 1, 2, 4)]
    assert values[0] > values[1] > values[2] < values[3] < values[4]


def test_multiplicities_are_repetitions():
    rows = [row(people(20, seed=s), people(20, seed=9 + s)) for s in range(3)]
    weighted = LandmarkFD().total(rows, np.array([2.0, 0, 1]))
    assert weighted == pytest.approx(value([rows[0], rows[0], rows[2]]), rel=1e-9)


@given(st.floats(0.3, 3), st.floats(-0.5, 0.5), st.floats(-300, 300), st.floats(-300, 300), st.floats(0.7, 1.3))
@settings(max_examples=30)
def test_place_size_roll_and_foreshortening_are_taken_away(scale, roll, right, down, narrow):
    turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    seen = people(5) @ np.diag([narrow, 1]) @ turn.T * scale + np.array([right, down])
    assert expression(seen) == pytest.approx(expression(people(5)), abs=1e-6)


def test_each_measure_answers_its_own_movement():
    def moved(points, x, y):
        face = people(1, gain=0)
        face[:, list(points)] += 100 * np.array([x, y])
        return (expression(face) - expression(people(1, gain=0)))[0]

    cases = {
        0: ((17, 18, 19, 20, 21), 0, -0.05), 1: ((22, 23, 24, 25, 26), 0, -0.05), 2: ((37, 38), 0, -0.03),
        3: ((43, 44), 0, -0.03), 5: ((54,), 0.05, 0), 6: ((48,), 0, -0.05), 7: ((54,), 0, -0.05),
        8: ((50, 51, 52), 0, -0.05), 9: ((7, 8, 9), 0, 0.05),
    }  # fmt: skip
    for measure, (points, x, y) in cases.items():
        change = moved(points, x, y)
        up = -1 if measure == 8 else 1
        assert np.flatnonzero(np.abs(change) > 1e-9).tolist() == [measure]
        # A raised lip shortens the distance to the nose, which the sign below keeps: nose less lip.
        assert change[measure] * up != 0
    opened = moved((65, 66, 67), 0, 0.05)
    assert opened[4] > 1


def test_the_shape_of_a_persons_face_does_not_count():
    """Someone whose brows are higher by nature, in portrait and clip, is at no distance."""
    tall = np.zeros((68, 2))
    tall[17:27, 1] = -15
    same = [row(people(40, seed=s) + tall, people(40, seed=s), people(1, 0)) for s in range(3)]
    fair = [
        {
            "response": row(people(40, seed=s) + tall, people(40, seed=s), people(1, 0) + tall)["response"],
            "reference": row(people(40, seed=s), people(40, seed=s))["reference"],
        }
        for s in range(3)
    ]
    assert value(fair) < 1e-6 < value(same)


@pytest.mark.parametrize("role", ["response", "reference", "portrait"])
def test_who_is_blamed_where_no_face_is_found(role):
    empty = {"landmarks": np.zeros((0, 68, 2), np.float32), "found": np.zeros(9, bool), "fresh": np.zeros(0, bool)}
    inputs = {name: faces(people(5)) for name in ("response", "reference", "portrait")} | {role: empty}
    with pytest.raises(Unscored) as raised:
        LandmarkFD().item(sample(), inputs)
    assert (raised.value.code, raised.value.role) == ("no_face", role)


def test_a_failed_sample_leaves_the_set_partial_and_few_clips_have_no_interval():
    metric = LandmarkFD()
    assert metric.card.fail_value is None
    assert "biased" in (metric.no_interval(50) or "") and metric.no_interval(51) is None


def test_the_signature_is_that_of_the_locks():
    assert LandmarkFD().signature().startswith("emotion.landmark_fd|v1|d:10|neutral:portrait|vectors:16|")


def test_the_floor_is_between_disjoint_halves_of_the_references():
    rows = [row(people(40, 0, s), people(40, 1, s)) for s in range(12)]
    floor = LandmarkFD().floor(rows, np.random.default_rng(0))
    assert floor is not None
    assert 0 < floor < value(rows) / 3
    assert floor == LandmarkFD().floor(rows, np.random.default_rng(0))
    assert LandmarkFD().floor(rows[:3], np.random.default_rng(0)) is None
