"""Rows of two tracks on one clock, by hand, and through the engine."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from helpers.score import sample
from helpers.spoken import RATE
from helpers.systems import SYSTEMS, question
from helpers.talk import speech
from helpers.video import write_video

import vidchatbench
from vidchatbench.errors import Unscored
from vidchatbench.metric import Metric
from vidchatbench.registry import entries
from vidchatbench.types import NamedArrays, Reason
from vidchatbench_metrics.turn.backchannel_rate import BackchannelRate
from vidchatbench_metrics.turn.backchannel_timing import BackchannelTiming, density, divergence
from vidchatbench_metrics.turn.event_l1 import EventL1
from vidchatbench_metrics.turn.false_takeover import FalseTakeover

END_S = 12.0
QUESTION = ((0.0, 3.0), (4.0, 7.0), (8.0, 12.0))
HUMAN = ((3.2, 3.6), (12.2, 15.0))
MISSING = Reason(code="missing", detail="no such file")
ALL = [EventL1(), BackchannelRate(), BackchannelTiming(), FalseTakeover()]


def inputs(*segments: tuple[float, float], human: tuple[tuple[float, float], ...] = HUMAN) -> dict[str, NamedArrays]:
    found = {"initiator": speech(*QUESTION), "response": speech(*segments), "reference": speech(*human)}
    mix = {f"{role}_mix": {"correlation": np.array(0.05)} for role in ("response", "reference")}
    return {name: {**one, "duration_s": np.array(16.0)} for name, one in found.items()} | mix


def row(metric: Metric, *segments: tuple[float, float], start_s: float = 0.0, **more: object) -> NamedArrays:
    return metric.item(sample(end_s=END_S, start_s=start_s), inputs(*segments, **more))


def total(metric: Metric, *rows: NamedArrays) -> float:
    return metric.total(rows, np.ones(len(rows)))


def test_a_takeover_is_a_reply_that_begins_in_a_pause() -> None:
    found = row(FalseTakeover(), (3.3, 5.0), (7.2, 7.6), (12.2, 14))
    assert (found["pauses"], found["taken"]) == (2, 1)
    assert row(FalseTakeover(), (2.8, 3.9), (5.5, 8.5), (12.2, 14))["taken"] == 0  # neither begins in a pause
    found = row(FalseTakeover(), (3.3, 5.0), human=((3.2, 4.5), (12.2, 14)))
    assert (found["pauses"], found["taken"]) == (1, 0)  # where a person takes the floor, it was given


def test_backchannels_are_counted_for_each_minute_of_the_partners_speech() -> None:
    found = row(BackchannelRate(), (1.5, 2.0), (5, 5.5), (12.2, 14))
    assert (found["response"], found["human"]) == (2, 1)
    assert found["response_min"] == pytest.approx(10 / 60)
    assert total(BackchannelRate(), found, found) == pytest.approx(6.0)
    beside = BackchannelRate().beside([found], np.ones(1))
    assert beside == pytest.approx({"per_min": 12.0, "human_per_min": 6.0})
    assert found["timeline.backchannels"] == pytest.approx(np.array([[1.5, 2.0], [5, 5.5]]))


def test_event_rates_by_hand() -> None:
    found = row(EventL1(), (3.0, 4.0), (11.0, 14.0))
    # human: 5 IPUs, 1 pause, 3 gaps (3 to 3.2, 3.6 to 4, 12 to 12.2), no overlap; model: at 3 and 4 no gap at all
    assert found["human"] == pytest.approx([5, 1, 3, 0])
    assert found["human_s"] == pytest.approx([13.2, 1.0, 0.8, 0.0])
    assert found["response"] == pytest.approx([5, 1, 0, 1])
    assert found["response_s"] == pytest.approx([14.0, 1.0, 0.0, 1.0])
    per_min = 60 / 16
    expected = (np.log(3 * per_min + 1) + np.log(per_min + 1)) / 4
    assert total(EventL1(), found, found) == pytest.approx(expected)
    assert EventL1().beside([found], np.ones(1))["overlap_s"] == pytest.approx(per_min)
    assert {name for name in found if name.startswith("timeline.")} == {
        "timeline.initiator",
        "timeline.response",
        "timeline.reference",
    }


def test_timing_of_backchannels() -> None:
    same = row(BackchannelTiming(), (3.2, 3.6), (12.2, 14))
    near = row(BackchannelTiming(), (3.5, 3.9), (12.2, 14))
    far = row(BackchannelTiming(), (7.1, 7.6), (12.2, 14))
    none = row(BackchannelTiming(), (12.2, 14))
    assert same["value"] == pytest.approx(0.0, abs=1e-9)
    assert 0.2 < near["value"] < 0.6
    assert far["value"] == pytest.approx(1.0, abs=1e-6)
    assert "value" not in none
    assert total(BackchannelTiming(), same, far, none) == pytest.approx(0.5)
    assert BackchannelTiming().beside([same, far, none], np.ones(3)) == pytest.approx({"coverage": 200 / 3})
    with pytest.raises(Unscored, match="both"):
        total(BackchannelTiming(), none)


def test_divergence_is_in_bits_and_symmetric() -> None:
    p, q = np.array([0.5, 0.5, 0.0]), np.array([0.0, 0.5, 0.5])
    assert divergence(p, q) == divergence(q, p) == pytest.approx(0.5)
    spread = density(np.array([1.0]), 12.0)
    assert spread is not None and spread.sum() == pytest.approx(1.0) and spread.argmax() in (4, 5)


@pytest.mark.parametrize("metric", [m for m in ALL if m.card.id != "turn.event_l1"], ids=lambda m: m.card.id)
def test_there_is_no_value_where_no_response_runs_beside_its_question(metric: Metric) -> None:
    late = row(metric, (12.2, 14.0), start_s=12.1)
    failed = metric.failed(sample(end_s=END_S), MISSING, inputs())
    with pytest.raises(Unscored, match="start_s 0"):
        total(metric, late, *([failed] if failed else []))


@pytest.mark.parametrize("metric", ALL[1:3], ids=lambda m: m.card.id)
def test_a_reference_that_begins_later_says_nothing_about_backchannels(metric: Metric) -> None:
    with pytest.raises(Unscored) as caught:
        metric.item(sample(end_s=END_S, reference_start_s=11.9), inputs((12.2, 14)))
    assert (caught.value.code, caught.value.role) == ("too_short", "reference")


@pytest.mark.parametrize("metric", [ALL[0], ALL[1], ALL[3]], ids=lambda m: m.card.id)
def test_a_failed_response_is_no_better_than_a_silent_one(metric: Metric) -> None:
    of = sample(end_s=END_S)
    good, silent = row(metric, *HUMAN), row(metric)
    failed = metric.failed(of, MISSING, inputs())
    assert failed is not None and all(np.isfinite(one).all() for one in failed.values())
    values = [total(metric, good, good, other) for other in (good, silent, failed)]
    assert values[2] >= values[1] - 1e-9
    assert values[2] > values[0] or metric.card.id == "turn.false_takeover"


def test_failed_takeovers_count_as_all() -> None:
    alone = {"human": ((12.2, 14.0),)}
    failed = FalseTakeover().failed(sample(end_s=END_S), MISSING, inputs(**alone))
    assert total(FalseTakeover(), row(FalseTakeover(), (12.2, 14), **alone), failed) == 50.0


@pytest.mark.parametrize("metric", ALL, ids=lambda m: m.card.id)
def test_totals_are_totals_of_repeated_rows(metric: Metric) -> None:
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(8):
        at = rng.uniform(0, 2, 4).cumsum() + np.arange(4) * 1.5
        rows.append(row(metric, *((t, t + 0.5) for t in at), (12.2, 14), human=((12.5, 14),) if at[0] < 0.5 else HUMAN))
    weights = rng.integers(1, 4, (10, 8)).astype(float)
    repeated = [total(metric, *(r for r, k in zip(rows, line, strict=True) for _ in range(int(k)))) for line in weights]
    assert metric.totals(rows, weights) == pytest.approx(np.array(repeated))


@pytest.mark.parametrize("metric", ALL[:2], ids=lambda m: m.card.id)
def test_floor_is_small_and_repeatable(metric: Metric) -> None:
    rows = [row(metric, *HUMAN, human=HUMAN if k % 3 else ((12.5, 14.0),)) for k in range(40)]
    floors = [metric.floor(rows, np.random.default_rng(0)) for _ in range(2)]
    assert floors[0] == floors[1] and 0 < floors[0] < total(metric, *(row(metric) for _ in range(40)))


@pytest.mark.slow
def test_through_the_engine_a_mono_mix_fails_and_the_rest_is_measured(tmp_path: Path) -> None:
    root, outputs, lines = tmp_path / "duplex", tmp_path / "model", []
    (root / "media").mkdir(parents=True)
    outputs.mkdir()
    for k in range(3):
        asked = question(k)
        human, model = (SYSTEMS["human_like"](seed + k, asked) for seed in (0, 50))
        if k == 2:
            model[: len(asked.samples)] += asked.samples[: len(model)]
        for path, sound in (
            (root / f"media/i{k}", asked.samples),
            (root / f"media/r{k}", human),
            (outputs / f"x{k}", model),
        ):
            write_video(path.with_suffix(".mkv"), seconds=len(sound) / RATE, fps=5, sound=sound)
        turn = {"initiator": f"media/i{k}.mkv", "reference": f"media/r{k}.mkv",
                "initiator_speech_end_s": round(asked.end_s, 3), "reference_start_s": 0.0}  # fmt: skip
        lines.append({"item_id": f"x{k}", "task": "dialogue", "turns": [turn], "portrait": f"media/r{k}.mkv",
                      "source_video": f"v{k}"})  # fmt: skip
    (root / "items.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    manifest = [{"item_id": f"x{k}", "file": f"x{k}.mkv", "start_s": 0.0} for k in range(3)]
    (outputs / "manifest.jsonl").write_text("".join(json.dumps(line) + "\n" for line in manifest))
    (root / "testset.toml").write_text(
        'schema = "vidchatbench.testset/1"\nid = "duplex"\nversion = "1"\ntitle = "t"\ntasks = ["dialogue"]\n'
        'protocol = "dyadic"\nprofile = "bundled"\nlicence = "CC0-1.0"\ndescription = "d"\nmedia = "here"\n'
    )
    registered = [metric.card.id for metric in ALL if metric.card.id in entries()]
    extra = [metric for metric in ALL if metric.card.id not in registered]
    ids = ["turn.fto_w1", *registered]
    results = vidchatbench.evaluate(outputs, testset=root, metrics=ids, extra_metrics=extra, workers=0).results
    for metric in ALL:
        found = results.metrics[metric.card.id]
        assert (found.n, found.failed, found.by_reason) == (3 - found.partial, 1, {"mono_mix": 1}), metric.card.id
        assert found.value is not None and not found.defects, metric.card.id
    assert results.metrics["turn.bc_timing_jsd"].partial
    assert results.metrics["turn.false_takeover"].value == pytest.approx(100 / 3, abs=15)
    assert results.metrics["turn.fto_w1"].failed == 0  # it does not need two tracks: the mix talks over the question
