"""Nods, blinks and smiles: injected ones are counted, nothing else is, and the rates are people's or not."""

import numpy as np
import pytest
from helpers.listener import listener, track
from helpers.score import sample
from hypothesis import given, settings
from hypothesis import strategies as st

from vidchatbench.errors import Unscored
from vidchatbench_metrics.listen.events import blinks, excursions, nods, runs, smiles
from vidchatbench_metrics.listen.rates import BlinkRate, NodRate, SmileRate
from vidchatbench_metrics.listen.signals import NAMES, signals

METRICS = (NodRate(), BlinkRate(), SmileRate())
MINUTE = 1500


@st.composite
def onsets(draw, apart_s=3.0, most=18):
    """Onsets in a minute, in s, at least so far apart."""
    gaps = draw(st.lists(st.floats(0, 2), min_size=0, max_size=most))
    times = 1 + np.cumsum([apart_s + gap for gap in gaps])
    return [float(t) for t in times if t < 57]


@given(onsets(1.2, 30), onsets(1.0, 30), onsets(3.0, 10), st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_injected_events_are_counted_within_a_tenth_whatever_the_others_do(nod, blink, smile, seed):
    face = signals(listener(MINUTE, nods=nod, blinks=blink, smiles=smile, seed=seed))
    for count, injected in ((nods, nod), (blinks, blink), (smiles, smile)):
        assert abs(len(count(face)) - len(injected)) <= max(0.1 * len(injected), 0.5), count.__name__


@given(st.floats(30, 300), st.floats(-500, 500), st.floats(-500, 500))
@settings(max_examples=10, deadline=None)
def test_place_and_size_do_not_matter(size, right, down):
    events = {"nods": [2, 4, 9], "blinks": [1, 3, 6], "smiles": [5]}
    there = signals(listener(300, **events, size=size, place=(right, down)))
    here = signals(listener(300, **events))
    assert there.values == pytest.approx(here.values, abs=2e-3)
    assert [len(count(there)) for count in (nods, blinks, smiles)] == [3, 3, 1]


def test_events_are_where_they_were_put():
    face = signals(listener(500, nods=[4, 8, 12], blinks=[5.2], smiles=[10], tremble=0))
    assert nods(face)[:, 0] / 25 == pytest.approx([4.1, 8.1, 12.1], abs=0.13)
    assert blinks(face)[:, 0] / 25 == pytest.approx([5.2], abs=0.1)
    assert smiles(face)[:, 0] / 25 == pytest.approx([10.2], abs=0.2)


def test_repeated_nodding_counts_each_dip():
    assert len(nods(signals(listener(500, nods=[4 + 0.5 * k for k in range(8)])))) == 8


def test_what_is_too_long_is_no_blink_and_no_nod():
    closed = listener(500, tremble=0)
    closed["landmarks"][200:260][:, [37, 38, 40, 41, 43, 44, 46, 47], 1] = closed["landmarks"][200:260, 36, 1][:, None]
    assert len(blinks(signals(closed))) == 0
    lowered = listener(500, tremble=0)
    lowered["landmarks"][250:, :, 1] += 0.3 * 90
    assert len(nods(signals(lowered))) == 0


def test_a_gap_is_bridged_only_where_it_is_short():
    face = listener(500, nods=[4, 8, 12])
    found = np.ones(500, bool)
    found[100:104] = False  # inside the first nod
    found[300:330] = False  # around the last
    seen = signals(track(face["landmarks"], found))
    assert seen.seen.sum() == 470 and (seen.values[300:330] == 0).all()
    assert len(nods(seen)) == 2


def test_two_thresholds_make_one_event_of_a_tremble():
    series = np.array([0, 1.1, 0.9, 1.1, 0.9, 1.1, 0.2, 0, 0.8, 0.9, 0])
    seen = np.ones(11, bool)
    assert excursions(series, seen, 1, 0.5, 0, 9).tolist() == [[1, 6]]
    assert excursions(series, seen, 1, 0.95, 0, 9).tolist() == [[1, 2], [3, 4], [5, 6]]
    assert excursions(series, seen, 1, 0.5, 0.21, 9).tolist() == []
    assert excursions(series, seen, 1, 0.5, 0, 0.19).tolist() == []
    seen[3] = False
    assert excursions(series, seen, 1, 0.5, 0, 9).tolist() == [[1, 3], [4, 6]]


@given(st.lists(st.booleans(), max_size=30))
def test_runs_are_the_true_stretches(flags):
    rebuilt = np.zeros(len(flags), bool)
    for first, end in runs(np.array(flags, bool)):
        rebuilt[first:end] = True
    assert rebuilt.tolist() == flags


def listened(response, reference, **kw):
    of = sample(end_s=kw.pop("end_s", 20.0), **kw)
    return [metric.item(of, {"response": response, "reference": reference}) for metric in METRICS]


def test_the_golden_rates():
    busy = listener(500, nods=[2, 4, 6, 8], blinks=[3, 5], smiles=[10])
    calm = listener(500, nods=[2], blinks=[3, 5], smiles=[])
    for metric, row, expected in zip(METRICS, listened(busy, calm), (9, 0, 3), strict=True):
        assert metric.total([row], np.ones(1)) == pytest.approx(expected)
        assert metric.total([row, row], np.array([2.0, 1.0])) == pytest.approx(expected)
    (row, _, _) = listened(busy, calm)
    assert NodRate().beside([row], np.ones(1)) == pytest.approx({"rate": 12, "human": 3})


def test_a_frozen_face_loses_every_rate_and_people_lose_none():
    people = [listener(500, nods=[1 + s, 9 + s], blinks=[2 + s, 7, 15], smiles=[10 + s / 2], seed=s) for s in range(6)]
    still = track(np.repeat(people[0]["landmarks"][:1], 500, axis=0))
    for k, metric in enumerate(METRICS):
        frozen = [listened(still, face)[k] for face in people]
        lively = [listened(people[(s + 1) % 6], people[s])[k] for s in range(6)]
        assert metric.total(frozen, np.ones(6)) >= 3
        assert metric.total(lively, np.ones(6)) == 0
        floor = metric.floor(frozen, np.random.default_rng(0))
        assert floor is not None and floor < metric.total(frozen, np.ones(6))
        assert metric.card.tasks == {"listening"} and metric.failed(sample(), None, {}) is None


def test_only_what_comes_while_the_initiator_speaks_counts():
    face = listener(500, nods=[2, 6, 14])
    row = listened(face, face, end_s=10.0)[0]
    assert row["response"] == pytest.approx([2, 10 / 60])
    later = listened(face, face, end_s=10.0, start_s=5.0, reference_start_s=-3.0)[0]
    assert later["response"] == pytest.approx([1, 5 / 60])
    assert later["reference"] == pytest.approx([1, 10 / 60])


@pytest.mark.parametrize("role", ["response", "reference"])
def test_who_is_blamed_and_for_what(role):
    good = listener(500)
    slow = {**listener(500), "fresh": np.arange(500) % 25 < 8}
    nobody = track(listener(500)["landmarks"], np.zeros(500, bool))
    for bad, code in ((slow, "low_fps"), (nobody, "no_face"), (listener(40), "too_short")):
        faces = {"response": good, "reference": good} | {role: bad}
        with pytest.raises(Unscored) as raised:
            NodRate().item(sample(end_s=20.0), faces)
        assert (raised.value.code, raised.value.role) == (code, role)
    fifteen = {**listener(500), "fresh": np.arange(500) % 5 < 3}
    NodRate().item(sample(end_s=20.0), {"response": fifteen, "reference": good})


def test_the_signals_have_their_names():
    assert signals(listener(30)).values.shape == (30, len(NAMES))
    assert signals(listener(30)).fps == 25
    assert signals(track(listener(30)["landmarks"], np.zeros(30, bool))).values.any() == np.False_
