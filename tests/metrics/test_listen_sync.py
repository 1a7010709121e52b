"""Synchrony against pseudo-dyads: chance is chance, a mirror is found."""

import numpy as np
import pytest
from helpers.listener import listener, track
from helpers.score import sample
from hypothesis import given, settings
from hypothesis import strategies as st

from vidchatbench.errors import Unscored
from vidchatbench_metrics.listen.sync_z import SyncZ
from vidchatbench_metrics.listen.synchrony import PSEUDO_DYADS, synchrony, z_score


def people(rng, n):
    """Courses as smooth as a person's: (n, 3), each step 0.9 of the one before and noise."""
    course = rng.normal(size=(n + 50, 3))
    for k in range(1, n + 50):
        course[k] += 0.9 * course[k - 1]
    return course[50:]


def test_unrelated_pairs_are_within_2_in_95_percent_of_200_and_mirrors_above():
    rng = np.random.default_rng(2)
    inside, mirrors = 0, []
    crowd = [people(rng, rng.integers(60, 160)) for _ in range(200)]
    for _ in range(200):
        me, you = (crowd[k] for k in rng.choice(200, 2, replace=False))
        others = [other for other in crowd if other is not me and other is not you]
        some = [others[k] for k in rng.permutation(len(others))[:50]]
        with_me = np.array([synchrony(me, other) for other in some])
        inside += abs(z_score(synchrony(me, you), with_me, np.array([synchrony(other, you) for other in some]))) < 2
        late = np.roll(me, -rng.integers(0, 12), axis=0) + 0.5 * me.std(axis=0) * rng.normal(size=me.shape)
        mirrors.append(z_score(synchrony(me, late), with_me, np.array([synchrony(other, late) for other in some])))
    assert inside >= 190
    assert min(mirrors) > 2


@given(st.integers(0, 25), st.floats(0.01, 100), st.floats(-50, 50), st.booleans())
@settings(max_examples=20, deadline=None)
def test_delay_strength_offset_and_direction_do_not_matter(late, gain, offset, opposite):
    me = people(np.random.default_rng(3), 100)
    you = np.roll(me, late, axis=0) * (-gain if opposite else gain) + offset
    assert synchrony(me, you) == pytest.approx(np.arctanh(0.999), rel=1e-6)


def test_golden_values_and_what_is_not_defined():
    pseudo = np.tile([1.0, 3.0], 50)
    spread = np.std(pseudo, ddof=1) * np.sqrt(1 + 1 / 100)
    assert z_score(5.0, pseudo) == pytest.approx(3 / spread)
    assert z_score(1.0, np.ones(50)) == 0
    # The nearer of two kinds counts, and 0 where they disagree.
    assert z_score(5.0, pseudo, pseudo + 1) == pytest.approx(2 / spread)
    assert z_score(-5.0, pseudo, pseudo + 1) == pytest.approx(-7 / spread)
    assert z_score(2.5, pseudo, pseudo + 1) == 0
    with pytest.raises(ValueError, match="no deviation"):
        z_score(2.0, np.ones(50))
    with pytest.raises(ValueError, match="49 pseudo-dyads"):
        z_score(1.0, np.zeros(PSEUDO_DYADS - 1))
    still = np.zeros((80, 3))
    assert synchrony(still, people(np.random.default_rng(0), 80)) == 0
    with pytest.raises(ValueError, match="window"):
        synchrony(still[:49], still)


def row(listener_course, speaker, k):
    both = {role: listener_course for role in ("response", "reference")}
    with_whom = {f"{role}.speaker": speaker for role in both}
    return {"group": np.array(k), "speaker": speaker, **both, **with_whom}


def test_a_set_of_mirrors_is_far_from_people_who_do_not_sync():
    rng = np.random.default_rng(4)
    metric = SyncZ()
    alone = [row(people(rng, 100), people(rng, 100), k) for k in range(52)]
    mirrored = [{**r, "response": np.roll(r["speaker"], 5, axis=0)} for r in alone]
    assert metric.total(alone, np.ones(52)) == 0
    assert abs(metric.beside(alone, np.ones(52))["human"]) < 0.5
    assert metric.total(mirrored, np.ones(52)) > 3
    assert metric.beside(mirrored, np.ones(52))["z"] > 3
    floor = metric.floor(mirrored, np.random.default_rng(0))
    assert floor is not None and floor < 0.6
    with pytest.raises(Unscored, match="49 speaker"):
        metric.total(alone[:50], np.ones(50))


def test_the_courses_meet_on_the_timeline():
    faces = {"response": listener(200), "reference": listener(250), "initiator": listener(225)}
    stats = SyncZ().item(sample(start_s=1.0, reference_start_s=-2.0), faces)
    assert stats["speaker"].shape == (112, 3)
    assert stats["response"].shape == stats["response.speaker"].shape == (100, 3)
    assert stats["reference"].shape == stats["reference.speaker"].shape == (100, 3)
    assert (stats["response.speaker"] == stats["speaker"][12:]).all()


@pytest.mark.parametrize("role", ["response", "reference", "initiator"])
def test_who_is_blamed(role):
    nobody = track(listener(50)["landmarks"], np.zeros(50, bool))
    faces = {name: listener(200) for name in ("response", "reference", "initiator")}
    with pytest.raises(Unscored) as raised:
        SyncZ().item(sample(), faces | {role: nobody})
    assert (raised.value.code, raised.value.role) == ("no_face", role)
    if role != "initiator":
        with pytest.raises(Unscored) as raised:
            SyncZ().item(sample(), faces | {role: listener(90)})
        assert (raised.value.code, raised.value.role) == ("too_short", role)
