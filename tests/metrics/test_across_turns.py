"""Metrics across turns: what drifts is seen, what does not is not, and a lost turn never pays."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from helpers.talk import END_S, SILENT, speech
from helpers.talk import reply as spoken
from hypothesis import given, settings
from hypothesis import strategies as st

import vidchatbench
from vidchatbench.errors import Unscored
from vidchatbench.types import Item, Reason, Sample, SampleKey, Turn
from vidchatbench_metrics.dialogue.coherence_slope import CoherenceSlopeCLIP, CoherenceSlopeSBERT
from vidchatbench_metrics.identity.drift import ArcFaceDrift, DlibDrift
from vidchatbench_metrics.turn.fto_slope import FTOSlope
from vidchatbench_metrics.voice.drift import VoiceDrift

DRIFTS = [ArcFaceDrift(), DlibDrift(), VoiceDrift()]
SLOPES = [CoherenceSlopeCLIP(), CoherenceSlopeSBERT(), FTOSlope()]
ALL = [*DRIFTS, *SLOPES]
MISSING = Reason(code="missing", detail="no such file")
by_id = pytest.mark.parametrize("metric", ALL, ids=lambda m: m.card.id)


def turn_of(item: str, turn: int, of: int = 3, seed: int = 0) -> Sample:
    one = Turn(initiator="i.mp4", reference="r.mp4", initiator_speech_end_s=END_S, reference_start_s=0.0)
    whole = Item(item_id=item, task="multi_turn", turns=(one,) * of, portrait="p.png", source_video=item)
    return Sample(key=SampleKey(item_id=item, turn=turn, seed=seed), item=whole, start_s=0.0)


def unit(angle: float, d: int) -> np.ndarray:
    return np.eye(d)[0] * np.cos(angle) + np.eye(d)[1] * np.sin(angle)


def inputs(metric, value: float):
    """What a metric reads of a turn: faces and voices at an angle, grades, or offsets from people's 0.2 s."""
    if isinstance(metric, ArcFaceDrift):
        faces = {"track": np.array([0, 0, 1]), "embedding": np.stack([unit(value, 512)] * 2 + [unit(2, 512)])}
        return {"reference": {"chosen": 0}, "response": {"chosen": 0}, "response_embeddings": faces}
    if isinstance(metric, DlibDrift):
        return {role: {"descriptors": unit(value, 128)[None].repeat(3, 0)} for role in ("reference", "response")}
    if isinstance(metric, VoiceDrift):
        talk = {f"{role}_speech": {"speech_s": np.array(2.0)} for role in ("reference", "response")}
        return {"response": {"embedding": 3 * unit(value, 256)}, **talk}
    if isinstance(metric, FTOSlope):
        return {"response": spoken(value), "reference": spoken(0.2)}
    grades = np.linspace(0, 1, 21)
    candidates = np.stack([unit(g, 8) for g in grades])
    heard = {"heard": unit(value, 8), "cut": np.array(False)}
    return {"heard": heard, "turn": {"candidates": candidates, "grades": grades, "candidates_cut": np.zeros(21, bool)}}


def rows(metric, *items: list[float | None]):
    """The rows of items, one value a turn; None where the answer is missing."""
    return [
        metric.failed(turn_of(f"x{k}", t, len(item)), MISSING, {})
        if value is None
        else metric.item(turn_of(f"x{k}", t, len(item)), inputs(metric, value))
        for k, item in enumerate(items)
        for t, value in enumerate(item)
    ]


def total(metric, *items: list[float | None]) -> float:
    found = rows(metric, *items)
    return metric.total(found, np.ones(len(found)))


@by_id
def test_what_stays_the_same_is_perfect_at_any_level(metric):
    assert total(metric, [0.5, 0.5, 0.5], [0.9, 0.9]) == pytest.approx(0, abs=1e-12)
    assert metric.card.range[0] == 0 and metric.card.direction == "lower"


@by_id
def test_what_changes_is_seen(metric):
    values = [total(metric, [0.9, 0.9 - by, 0.9 - 2 * by], [0.6] * 2) for by in (0, 0.05, 0.1, 0.2)]
    assert values == sorted(values) and values[1] > values[0]


def test_golden_drifts():
    half = np.pi / 3  # a cosine of 1/2, a chord of 1
    assert total(ArcFaceDrift(), [0, half, 0], [0, np.pi / 2]) == pytest.approx((0.5 + 0 + 1) / 3)
    assert total(VoiceDrift(), [0, half, 0], [0, np.pi]) == pytest.approx((0.5 + 0 + 1) / 3)  # cut at 1
    assert total(DlibDrift(), [0, half / 2, 0], [0, np.pi]) == pytest.approx((2 * np.sin(half / 4) + 0 + 1) / 3)
    found = rows(VoiceDrift(), [0, half, half], [0, 0], [0, 0, None], [0.0, 0.0, np.pi / 2])
    beside = VoiceDrift().beside(found, np.ones(len(found)))
    expected = {"t1": 0.5 / 4, "t2": 1.5 / 2, "slope": 1 / 2, "lost": 100 / 7}
    assert beside == pytest.approx(expected)


def test_golden_slopes():
    assert total(CoherenceSlopeSBERT(), [0.9, 0.8, 0.7], [0.5, 0.4]) == pytest.approx(0.1)
    assert total(CoherenceSlopeSBERT(), [0.9, 0.5], [0.2, 0.4, 0.6]) == pytest.approx(0)  # (4 - 8) / (5 - 1): grows
    assert CoherenceSlopeSBERT().beside(rows(CoherenceSlopeSBERT(), [0.9, 0.5], [0.5, 0.7]), np.ones(4)) == (
        pytest.approx({"t0": 0.7, "t1": 0.6, "slope": -0.1, "lost": 0})
    )
    assert total(FTOSlope(), [0.2, 0.5, 0.8]) == pytest.approx(0.3)
    assert total(FTOSlope(), [0.8, 0.5, 0.2]) == pytest.approx(0.3)  # earlier and earlier is not human either
    beside = FTOSlope().beside(rows(FTOSlope(), [0.2, 0.5, 0.8], [0.2, None]), np.ones(5))
    assert beside == pytest.approx(
        {"t0": 0.2, "t1": 0.5, "t2": 0.8, "slope": 0.3, "human_t0": 0.2, "human_t1": 0.2, "human_t2": 0.2,
         "human_slope": 0, "lost": 100 / 3}
    )  # fmt: skip


def test_timing_is_held_against_peoples_course():
    metric, found = FTOSlope(), []
    for t in range(4):  # everybody takes longer from turn to turn
        both = {"response": spoken(0.1 + 0.4 * t), "reference": spoken(0.4 * t)}
        found.append(metric.item(turn_of("x", t, 4), both))
    assert metric.total(found, np.ones(4)) == pytest.approx(0)
    assert metric.beside(found, np.ones(4))["human_slope"] == pytest.approx(0.4)


@by_id
def test_lost_turns_count_as_the_worst(metric):
    worst = metric.card.fail_value
    assert total(metric, [None, None], [None, None, None]) == worst
    assert total(metric, [0.5, 0.5], [0.5, None]) == pytest.approx(worst / 2)
    assert total(metric, [0.5, 0.5, 0.5], [0.5, 0.5, None]) == pytest.approx(worst / 4)
    assert total(metric, [0.5, 0.5, 0.5], [0.5, None, None]) == pytest.approx(worst / 2)
    found = rows(metric, [0.5, 0.5], [0.5, None])
    assert metric.beside(found, np.ones(4))["lost"] == pytest.approx(50)
    assert np.isfinite(list(metric.beside(rows(metric, [None, None]), np.ones(2)).values())).all()


LEVELS = st.lists(st.lists(st.floats(0.2, 1.0), min_size=2, max_size=5), min_size=1, max_size=4)


@given(LEVELS, st.data())
@settings(max_examples=40, deadline=None)
def test_leaving_out_a_later_turn_of_a_drifting_item_never_pays(items, data):
    for metric in DRIFTS:
        k = data.draw(st.integers(0, len(items) - 1))
        gone = data.draw(st.integers(0, len(items[k]) - 1))
        fewer = [[None if (i, t) == (k, gone) else v for t, v in enumerate(item)] for i, item in enumerate(items)]
        assert total(metric, *fewer) >= total(metric, *items) - 1e-9


@given(st.lists(st.floats(0.2, 1.0), min_size=2, max_size=6), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_leaving_out_the_last_turns_of_an_item_never_pays(levels, kept):
    for metric in SLOPES:
        fewer = [v if t < kept else None for t, v in enumerate(levels)]
        assert total(metric, fewer) >= total(metric, levels) - 1e-9


@by_id
def test_totals_are_totals_of_repeated_items(metric):
    items = [[0.9, 0.7, 0.8], [0.4, 0.9], [0.5, None, 0.3], [0.6, 0.6, 0.2, 0.9], [None, 0.3]]
    found = rows(metric, *items)
    of = np.repeat(np.arange(len(items)), [len(item) for item in items])
    lines = np.random.default_rng(0).integers(0, 3, (20, len(items)))
    lines[:, 0] += 1
    repeated = [total(metric, *(item for item, n in zip(items, line, strict=True) for _ in range(n))) for line in lines]
    assert metric.totals(found, lines[:, of].astype(float)) == pytest.approx(np.array(repeated))
    order = np.random.default_rng(1).permutation(len(found))
    shuffled = metric.total([found[k] for k in order], np.ones(len(found)))
    assert shuffled == pytest.approx(metric.total(found, np.ones(len(found))))


@by_id
def test_seeds_are_conversations_of_their_own(metric):
    values = {(0, 0): 0.9, (0, 1): 0.9, (1, 0): 0.3, (1, 1): 0.3}
    found = [metric.item(turn_of("x", t, 2, seed), inputs(metric, v)) for (seed, t), v in values.items()]
    assert metric.total(found, np.ones(4)) == pytest.approx(0, abs=1e-12)


@by_id
def test_one_turn_is_excluded_and_nothing_to_compare_is_said(metric):
    with pytest.raises(Unscored, match="one turn") as caught:
        metric.item(turn_of("x", 0, of=1), inputs(metric, 0.5))
    assert caught.value.role == "reference"
    with pytest.raises(Unscored, match="no item has two turns"):
        metric.total(rows(metric, [0.5, 0.5])[:1], np.ones(1))


@pytest.mark.parametrize(
    ("metric", "broken", "code"),
    [
        (ArcFaceDrift(), {"chosen": -1}, "no_face"),
        (DlibDrift(), {"descriptors": np.zeros((0, 128))}, "no_face"),
        (FTOSlope(), SILENT, "no_speech"),
        (FTOSlope(), speech((END_S, END_S + 0.5)), "no_speech"),
        (VoiceDrift(), {"speech_s": np.array(0.1)}, "no_speech"),
    ],
)
@pytest.mark.parametrize("role", ["reference", "response"])
def test_who_is_blamed_where_there_is_nothing(metric, broken, code, role):
    name = f"{role}_speech" if isinstance(metric, VoiceDrift) else role
    with pytest.raises(Unscored) as caught:
        metric.item(turn_of("x", 0), inputs(metric, 0.5) | {name: broken})
    assert (caught.value.code, caught.value.role) == (code, role)


def test_a_reply_without_words_is_a_lost_turn():
    metric = CoherenceSlopeSBERT()
    silent = inputs(metric, 0.5) | {"heard": {"heard": np.zeros(8), "cut": np.array(False)}}
    with pytest.raises(Unscored, match="no words"):
        metric.item(turn_of("x", 0), silent)


def test_a_real_reply_that_takes_no_floor_says_nothing_of_people():
    brief = {"reference": speech((END_S, END_S + 0.5))}
    assert "human" not in FTOSlope().failed(turn_of("x", 0), MISSING, brief)
    assert FTOSlope().failed(turn_of("x", 0), MISSING, {"reference": spoken(0.3)})["human"] == pytest.approx(0.3)


def test_the_floor_is_between_halves_of_the_real_conversations():
    metric, rng = FTOSlope(), np.random.default_rng(0)
    found = []
    for k in range(30):
        for t in range(3):
            both = {"response": spoken(3.0), "reference": spoken(float(rng.normal(0.2, 0.3)))}
            found.append(metric.item(turn_of(f"x{k}", t), both))
    floors = [metric.floor(found, np.random.default_rng(0)) for _ in range(2)]
    assert floors[0] == floors[1] and 0.01 < floors[0] < 0.2
    assert metric.floor(found[:3], rng) is None


@pytest.mark.slow
def test_through_the_engine_a_lost_turn_and_another_person_are_seen(root, tmp_path):
    """`mini`'s two conversations: as they are, and with a turn away and another person in the last one."""
    whole = root / "examples" / "outputs" / "faithful"
    broken = shutil.copytree(whole, tmp_path / "broken")
    (broken / "m01.t1.mp4").unlink()
    shutil.copy(whole / "d02.mp4", broken / "m02.t2.mp4")
    lines = [json.loads(line) for line in (whole / "manifest.jsonl").read_text().splitlines()]
    kept = [line for line in lines if line["file"] != "m01.t1.mp4"]
    (broken / "manifest.jsonl").write_text("".join(json.dumps(line) + "\n" for line in kept))
    ids = ["identity.drift_dlib", "turn.fto_slope"]
    good, bad = (
        vidchatbench.evaluate(folder, metrics=ids, out=tmp_path / name, workers=0).results.metrics
        for folder, name in ((whole, "good"), (broken, "bad"))
    )
    for id in ids:
        assert (good[id].expected, good[id].n, bad[id].n) == (5, 5, 5)
        assert bad[id].by_reason["missing"] == 1 and not bad[id].partial
        assert bad[id].value > good[id].value
    drift = bad["identity.drift_dlib"]
    assert drift.beside["lost"] == pytest.approx(100 / 3)
    assert good["identity.drift_dlib"].value < 0.1 and drift.beside["t2"] > 0.3
    assert good["identity.drift_dlib"].real < 0.1
    assert good["turn.fto_slope"].real_kind == "halves" and good["turn.fto_slope"].real is not None
