"""Listening FD, paired FD, and the variance ratio on drawn listeners."""

import numpy as np
import pytest
from helpers.listener import listener, track
from helpers.score import sample

from vidchatbench.errors import Unscored
from vidchatbench_metrics.listen.fd import ListenFD, ListenPFD
from vidchatbench_metrics.listen.signals import signals
from vidchatbench_metrics.listen.variance import Variance
from vidchatbench_metrics.listen.windows import DIMENSIONS, departures, windows

METRICS = (ListenFD(), ListenPFD(), Variance())
SECONDS = 8


def events(seed):
    rng = np.random.default_rng(seed)
    return {
        "nods": list(rng.uniform(0.5, SECONDS - 1, 4)),
        "blinks": list(rng.uniform(0.5, SECONDS - 1, 3)),
        "smiles": list(rng.uniform(0.5, SECONDS - 2, 1)),
    }


def person(seed, gain=1.0, **kw):
    """Somebody who listens; `gain` times as lively."""
    face = listener(25 * SECONDS, **events(seed), seed=seed, **kw)
    calm = np.median(face["landmarks"], axis=0)
    return {**face, "landmarks": calm + gain * (face["landmarks"] - calm)}


def rows(metric, made, people=range(12)):
    of = sample(end_s=SECONDS)
    return [
        metric.item(of, {"response": made(s), "reference": person(s), "initiator": person(100 + s)}) for s in people
    ]


def value(metric, made, **kw):
    found = rows(metric, made, **kw)
    return metric.total(found, np.ones(len(found)))


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.card.id)
def test_people_against_themselves_are_0_and_the_least_is_at_their_own_strength(metric):
    assert value(metric, person) == pytest.approx(0, abs=1e-5)
    by_gain = [value(metric, lambda s, g=g: person(50 + s, g)) for g in (0.1, 0.4, 1, 2, 4)]
    assert by_gain[0] > by_gain[1] > by_gain[2] < by_gain[3] < by_gain[4]
    still = value(metric, lambda s: track(np.repeat(person(s)["landmarks"][:1], 25 * SECONDS, axis=0)))
    assert still > by_gain[1]


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.card.id)
def test_place_and_size_and_a_constant_face_do_not_matter(metric):
    moved = value(metric, lambda s: person(s, size=200.0, place=(10.0, 500.0)))
    assert moved == pytest.approx(0, abs=1e-3)

    def tall(s):
        face = person(s)
        face["landmarks"][:, 17:27, 1] -= 9
        return face

    assert value(metric, tall) == pytest.approx(0, abs=0.05)


def test_only_the_paired_distance_knows_who_listens_to_whom():
    """Listeners whose head goes with the speaker's, against the same listeners exchanged."""
    speakers = [person(s, drift=1.0) for s in range(10)]
    of = sample(end_s=SECONDS)

    def both(metric, shift):
        found = [
            metric.item(
                of, {"response": speakers[(k + shift) % 10], "reference": speakers[k], "initiator": speakers[k]}
            )
            for k in range(10)
        ]
        return metric.total(found, np.ones(10))

    assert both(ListenFD(), 1) == pytest.approx(0, abs=1e-4)
    assert both(ListenPFD(), 0) == pytest.approx(0, abs=1e-4)
    assert both(ListenPFD(), 1) > 1


def test_the_golden_ratio_and_its_octaves():
    row = {"response": np.array(1.0), "reference": np.array(4.0)}
    metric = Variance()
    assert metric.total([row], np.ones(1)) == pytest.approx(2)
    assert metric.beside([row], np.ones(1)) == {"ratio": 0.25}
    assert metric.total([{**row, "response": np.array(0.0)}], np.ones(1)) == 10
    assert metric.total([row, {"response": np.array(7.0), "reference": np.array(4.0)}], np.ones(2)) == 0
    with pytest.raises(Unscored):
        metric.total([{**row, "reference": np.array(0.0)}], np.ones(1))


def test_windows_are_seconds_of_the_timeline_and_need_the_face():
    face = listener(100)
    found = np.ones(100, bool)
    found[50:60] = False
    seen = signals(track(face["landmarks"], found))
    assert sorted(windows(seen, 0.0)) == [0, 1, 3]
    assert sorted(windows(signals(face), -0.48)) == [0, 1, 2]
    assert all(vector.shape == (DIMENSIONS,) for vector in windows(seen, 0.0).values())
    # Seconds are exact where the start is a decimal.
    assert sorted(windows(signals(face), 8.12)) == [8, 9, 10, 11]
    assert np.median(departures(signals(face)), axis=0) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.card.id)
@pytest.mark.parametrize("role", ["response", "reference", "initiator"])
def test_who_is_blamed(metric, role):
    if role not in metric.needs():
        return
    nobody = track(listener(50)["landmarks"], np.zeros(50, bool))
    for bad, code in ((nobody, "no_face"), (listener(12), "too_short")):
        faces = {name: person(1) for name in metric.needs()} | {role: bad}
        with pytest.raises(Unscored) as raised:
            metric.item(sample(end_s=9.0), faces)
        assert (raised.value.code, raised.value.role) == (code, role)


def test_the_floor_is_between_halves_and_intervals_need_many_sources():
    for metric in METRICS:
        found = rows(metric, lambda s: person(s, 0.1))
        found = [{**row, "group": np.array(k)} for k, row in enumerate(found)]
        floor = metric.floor(found, np.random.default_rng(0))
        assert floor is not None and 0 < floor < metric.total(found, np.ones(len(found)))
        assert metric.card.fail_value is None and metric.card.tasks == {"listening"}
    assert ListenPFD().no_interval(140) and ListenPFD().no_interval(141) is None
