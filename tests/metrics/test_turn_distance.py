"""The distances to human timing: who is near, who is far, and what failures count as."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.score import sample
from helpers.talk import END_S, SILENT, reply, row, rows, score, speech
from hypothesis import given, settings
from hypothesis import strategies as st

from vidchatbench.errors import DataError, Unscored
from vidchatbench.types import NamedArrays, Reason
from vidchatbench_metrics.turn.distance import HumanDistance
from vidchatbench_metrics.turn.duration import Duration
from vidchatbench_metrics.turn.fto import FTO
from vidchatbench_metrics.turn.fto_shape import EarlyRate, FTOMedian, FTOSpread, LateRate
from vidchatbench_metrics.turn.ipu import IPU
from vidchatbench_metrics.turn.pause import Pause
from vidchatbench_metrics.turn.quantiles import quantiles

ALL = [FTO(), Duration(), Pause(), IPU()]
SHAPE = [FTOMedian(), FTOSpread(), EarlyRate(), LateRate()]
MISSING = Reason(code="missing", detail="no such file")


def human_offsets(n: int, seed: int) -> np.ndarray:
    """Offsets like people's: most near 0.2 s, a third overlaps, a tail of late ones."""
    rng = np.random.default_rng(seed)
    return np.clip(np.where(rng.random(n) < 0.85, rng.normal(0.15, 0.45, n), rng.exponential(0.8, n) + 0.3), -3, 4.9)


def human_replies(n: int, seed: int) -> list[NamedArrays]:
    rng = np.random.default_rng(seed)
    made = []
    for fto in human_offsets(n, seed):
        at, segments = END_S + fto, []
        for _ in range(rng.integers(1, 4)):
            length = rng.uniform(1.0, 3.0)
            segments.append((at, at + length))
            at += length + rng.uniform(0.2, 0.9)
        made.append(speech(*segments))
    return made


HUMANS = human_replies(300, 0)


def test_ranking_of_simulated_systems() -> None:
    offsets, rng = human_offsets(300, 1), np.random.default_rng(2)
    systems = {
        "human": [reply(o) for o in offsets],
        "late by 0.3": [reply(o + 0.3) for o in offsets],
        "always 0.2": [reply(0.2)] * 300,
        "always 0.0": [reply(0.0)] * 300,
        "late by 1.0": [reply(min(o + 1, 4.9)) for o in offsets],
        "cascade": [reply(o) for o in rng.normal(1.3, 0.4, 300)],
        "talks over by 2": [reply(o - 2) for o in offsets],
        "mute": [SILENT] * 300,
    }
    values = {name: score(FTO(), replies, HUMANS) for name, replies in systems.items()}
    assert values["human"] < 0.12
    assert values["human"] < values["late by 0.3"] < values["late by 1.0"] < values["talks over by 2"] < values["mute"]
    assert values["human"] < values["always 0.2"] < values["cascade"]
    assert values["human"] < values["always 0.0"] < values["cascade"]


@pytest.mark.parametrize("metric", ALL + SHAPE, ids=lambda m: m.card.id)
def test_perfect_is_zero(metric: HumanDistance) -> None:
    assert score(metric, HUMANS, HUMANS) == 0.0
    assert score(metric, HUMANS[::-1], HUMANS) == pytest.approx(0.0, abs=1e-12)  # distributions, not items


@pytest.mark.parametrize("metric", ALL, ids=lambda m: m.card.id)
def test_silent_and_missing_replies_are_far_and_counted(metric: HumanDistance) -> None:
    of = sample(end_s=END_S)
    silent = score(metric, [SILENT] * 300, HUMANS)
    failed = [metric.failed(of, MISSING, {"reference": human}) for human in HUMANS]
    assert metric.total(failed, np.ones(300)) == pytest.approx(silent)
    assert silent > 2 * max(score(metric, human_replies(300, 5), HUMANS), 0.1)
    blind = [metric.failed(of, MISSING, {}), *failed]
    assert np.isfinite(metric.total(blind, np.ones(301)))


@pytest.mark.parametrize("metric", ALL, ids=lambda m: m.card.id)
def test_each_silent_reply_makes_it_worse(metric: HumanDistance) -> None:
    values = [score(metric, [SILENT] * k + HUMANS[k:], HUMANS) for k in (0, 30, 100, 300)]
    assert values == sorted(values)
    assert values[0] < values[1] < values[3]


@pytest.mark.parametrize("metric", ALL + SHAPE, ids=lambda m: m.card.id)
def test_speechless_reference_is_never_charged_to_the_model(metric: HumanDistance) -> None:
    with pytest.raises(Unscored) as caught:
        row(metric, reply(0.2), SILENT)
    assert (caught.value.code, caught.value.role) == ("no_speech", "reference")
    rows_without_human = [metric.failed(sample(end_s=END_S), MISSING, {})]
    with pytest.raises(DataError, match="reference"):
        metric.total(rows_without_human, np.ones(1))


@given(st.floats(-2.0, 2.0))
@settings(max_examples=25, deadline=None)
def test_a_common_delay_is_its_own_distance(delay: float) -> None:
    offsets = np.clip(human_offsets(50, 3), -0.9, 2.9)
    value = score(FTO(), [reply(o + delay) for o in offsets], [reply(o) for o in offsets])
    assert value == pytest.approx(abs(delay), abs=1e-9)


@given(st.floats(0.5, 3.0))
@settings(max_examples=25, deadline=None)
def test_a_common_ratio_of_lengths_is_its_logarithm(ratio: float) -> None:
    lengths = np.random.default_rng(0).uniform(2.5, 6, 40)
    value = score(Duration(), [reply(0, x * ratio) for x in lengths], [reply(0, x) for x in lengths])
    assert value == pytest.approx(abs(np.log(ratio)), abs=1e-9)


def test_pauses_by_hand() -> None:
    human = [speech((10, 12), (12.4, 14)), speech((10, 12))]  # 0.4 and none: values {0.4, 0}
    model = [speech((10, 11), (11.3, 12), (12.5, 13)), speech((10, 12))]  # 0.3 and 0.5 share one item's weight
    # at 0 both have mass 1/2; the rest: 0.4 against 0.3 and 0.5, half of 0.1 each way
    assert score(Pause(), model, human) == pytest.approx(0.5 * 0.1)


def test_many_pauses_weigh_no_more_than_one() -> None:
    halting = speech(*((10 + k, 10.7 + k) for k in range(30)))
    found = rows(Pause(), [halting, reply(0)], [reply(0), reply(0)])
    assert Pause().total(found, np.ones(2)) == pytest.approx(0.15)


@pytest.mark.parametrize("metric", ALL + SHAPE, ids=lambda m: m.card.id)
def test_totals_are_totals_of_repeated_rows(metric: HumanDistance) -> None:
    found = rows(metric, human_replies(12, 7), human_replies(12, 8))
    weights = np.random.default_rng(0).integers(0, 4, (20, 12)).astype(float)
    weights[:, 0] += 1
    repeated = [
        metric.total([r for r, k in zip(found, line, strict=True) for _ in range(int(k))], np.ones(int(line.sum())))
        for line in weights
    ]
    assert metric.totals(found, weights) == pytest.approx(np.array(repeated))


def test_floor_is_small_and_repeatable() -> None:
    found = rows(FTO(), HUMANS, HUMANS)
    floors = [FTO().floor(found, np.random.default_rng(0)) for _ in range(2)]
    assert floors[0] == floors[1]
    assert 0.02 < floors[0] < 0.2
    assert FTO().floor(found[:1], np.random.default_rng(0)) is None


def test_beside_by_hand() -> None:
    offsets = [-1.0, 0.0, 0.2, 0.4, 2.0]
    found = rows(FTO(), [*(reply(o) for o in offsets), SILENT], [reply(0.2)] * 6)
    beside = FTO().beside(found, np.ones(6))
    assert beside["median_s"] == pytest.approx(0.2)
    assert beside["human_median_s"] == pytest.approx(0.2)
    assert beside["early_rate"] == pytest.approx(100 / 6)
    assert beside["late_rate"] == pytest.approx(200 / 6)
    assert beside["non_response"] == pytest.approx(100 / 6)
    assert beside["left_censored"] == 0.0


def test_timeline_is_the_samples_not_the_medias() -> None:
    of = sample(end_s=4.0, start_s=4.5, reference_start_s=3.5)
    inputs = {"response": speech((0.0, 2.0)), "reference": speech((0.6, 3.0))}
    found = FTO().item(of, inputs)
    assert found["response"] == pytest.approx([0.5])
    assert found["human"] == pytest.approx([0.1])
    assert found["left_censored"] == 1.0


def test_shape_by_hand() -> None:
    model, human = [-1.0, 0.0, 0.2, 2.0, 3.0], [-0.1, 0.0, 0.1, 0.2, 0.3]
    replies, references = [reply(o) for o in model], [reply(o) for o in human]
    values = [score(metric, replies, references) for metric in SHAPE]
    assert values == pytest.approx([0.1, 1.8, 20.0, 40.0])
    beside = FTOMedian().beside(rows(FTOMedian(), replies, references), np.ones(5))
    assert beside == pytest.approx({"median_s": 0.2, "human_median_s": 0.1})


@given(
    st.lists(st.tuples(st.floats(-3, 5), st.integers(0, 4)), min_size=1, max_size=20).filter(
        lambda pairs: sum(w for _, w in pairs) > 0
    )
)
def test_quantiles_are_numpys(pairs: list[tuple[float, int]]) -> None:
    values, weights = (np.array(column, np.float64) for column in zip(*pairs, strict=True))
    at = (0.25, 0.5, 0.75, 1.0)
    found = quantiles(values, np.stack([weights, 2 * weights]), at)
    assert found[0] == pytest.approx(np.quantile(values, at, weights=weights, method="inverted_cdf"))
    assert (found[0] == found[1]).all()


def test_silence_while_the_other_speaks_is_no_pause() -> None:
    # E is 10: the reply begins at 7, is silent from 8 to 8.5 (the initiator speaks) and from 11 to 11.6
    found = row(Pause(), speech((7, 8), (8.5, 11), (11.6, 13)), reply(0.0))
    assert found["response"] == pytest.approx([0.6])
