"""Built systems of known timing against `turn_controls.toml`, which was written before anything was scored."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from helpers.score import sample
from helpers.systems import SYSTEMS, question
from scipy.signal import resample_poly

from vidchatbench.errors import Unscored
from vidchatbench.stats import bca_interval
from vidchatbench.types import Item, Reason, Sample, SampleKey
from vidchatbench_metrics.across_turns import AcrossTurns
from vidchatbench_metrics.perception import cross_talk
from vidchatbench_metrics.perception.speech import Speech
from vidchatbench_metrics.turn.backchannel_rate import BackchannelRate
from vidchatbench_metrics.turn.backchannel_timing import BackchannelTiming
from vidchatbench_metrics.turn.duration import Duration
from vidchatbench_metrics.turn.event_l1 import EventL1
from vidchatbench_metrics.turn.false_takeover import FalseTakeover
from vidchatbench_metrics.turn.fto import FTO
from vidchatbench_metrics.turn.fto_shape import EarlyRate, FTOMedian, FTOSpread, LateRate
from vidchatbench_metrics.turn.fto_slope import FTOSlope
from vidchatbench_metrics.turn.ipu import IPU
from vidchatbench_metrics.turn.pause import Pause
from vidchatbench_metrics.turn.response_rate import ResponseRate

pytestmark = pytest.mark.slow
ITEMS, TURNS = 24, 3
METRICS = [
    metric()
    for metric in (
        ResponseRate, FTO, FTOMedian, FTOSpread, EarlyRate, LateRate, Duration, Pause, IPU,
        EventL1, FalseTakeover, BackchannelRate, BackchannelTiming, FTOSlope,
    )
]  # fmt: skip
CONTROLS = tomllib.loads(Path(__file__).with_name("turn_controls.toml").read_text())


@pytest.fixture(scope="module")
def scored():
    """By system and metric: the value, None where there is none, and the rows."""
    speech = Speech()
    speech.setup()
    asked = [question(seed) for seed in range(ITEMS)]
    slow = [resample_poly(q.samples, 1, 2) for q in asked]
    initiators = [speech.find(q.samples) for q in asked]

    def heard(build, seed):
        tracks = [build(seed + k, q) for k, q in enumerate(asked)]
        mixes = [cross_talk.find(resample_poly(t, 1, 2), q) for t, q in zip(tracks, slow, strict=True)]
        return [(speech.find(t), {"correlation": np.array(mix[0])}) for t, mix in zip(tracks, mixes, strict=True)]

    humans, found = heard(SYSTEMS["human_like"], 5000), {}
    for name, build in SYSTEMS.items():
        rows = {metric.card.id: [] for metric in METRICS}
        for k, (response, human) in enumerate(zip(heard(build, 1000), humans, strict=True)):
            inputs = {"initiator": initiators[k], "response": response[0], "response_mix": response[1],
                      "reference": human[0], "reference_mix": human[1]}  # fmt: skip
            for metric in METRICS:
                rows[metric.card.id].append(row(metric, answered(k, asked[k].end_s), inputs))
        for metric in METRICS:
            found[name, metric.card.id] = value(metric, rows[metric.card.id])
    return found


def answered(k, end_s):
    """Question k; three in a row are one conversation."""
    turns = (sample(end_s=end_s).turn,) * TURNS
    item = Item(
        item_id=f"x{k // TURNS}", task="multi_turn", turns=turns, portrait="p.png", source_video=f"v{k // TURNS}"
    )
    return Sample(key=SampleKey(item_id=item.item_id, turn=k % TURNS), item=item, start_s=0.0)


def row(metric, of, inputs):
    """As the engine forms it: what cannot be measured by the system's fault counts as failed."""
    try:
        return metric.item(of, inputs)
    except Unscored as why:
        assert why.role == "response", why
        return metric.failed(of, Reason(code=why.code, detail=why.detail), inputs)


def value(metric, rows):
    try:
        return metric.total(rows, np.ones(len(rows))), rows
    except Unscored:
        return None, rows


def interval(metric, rows):
    together = TURNS if isinstance(metric, AcrossTurns) else 1
    clusters = [f"v{k // together}" for k in range(len(rows))]
    found = bca_interval(lambda weights: metric.totals(rows, weights), clusters, n_resamples=499, seed=0)
    return found.low, found.high


def test_every_metric_has_an_expectation_and_a_reason_for_every_system():
    assert set(CONTROLS) == set(SYSTEMS) - {"human_like"}
    for entries in CONTROLS.values():
        assert set(entries) == {metric.card.id for metric in METRICS}
        for expect, because in entries.values():
            assert expect in ("must_lose", "may_tie", "may_win", "no_value") and len(because) >= 8


@pytest.mark.parametrize("system", CONTROLS)
def test_the_systems_do_what_was_said(scored, system):
    wrong = []
    for metric in METRICS:
        id, (expect, _) = metric.card.id, CONTROLS[system][metric.card.id]
        (ours, our_rows), (theirs, their_rows) = scored["human_like", id], scored[system, id]
        print(f"{system:12} {id:22} {expect:9} {theirs} human-like {ours}")
        if (theirs is None) != (expect == "no_value"):
            wrong.append(f"{id} is {theirs}, expected {expect}")
        if theirs is None:
            continue
        gain = (theirs - ours) * (1 if metric.card.direction == "higher" else -1)
        if expect == "must_lose" and gain >= 0:
            wrong.append(f"{id} must lose: {theirs} against {ours}")
        if expect == "may_tie" and gain > 0:
            a, b = interval(metric, our_rows), interval(metric, their_rows)
            if None not in (*a, *b) and (a[0] > b[1] or b[0] > a[1]):
                wrong.append(f"{id} may only tie: {theirs} {b} against {ours} {a}")
    assert not wrong, "\n".join(wrong)


def test_people_come_first_in_reply_timing(scored):
    timed = set(SYSTEMS) - {"eager", "chatty"}  # chatty's replies come like people's
    ranking = sorted(timed, key=lambda name: scored[name, "turn.fto_w1"][0])
    print([(name, round(scored[name, "turn.fto_w1"][0], 3)) for name in ranking])
    assert ranking[0] == "human_like"
    assert ranking[-1] == "mute"
