"""Made-up rows are told by other runs and by the fingerprints beside them; measured ones are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.opened import opened, resembling, with_metric, with_seeds

from vidchatbench.registry import entries
from vidchatbench.submission.context import Context
from vidchatbench.submission.screen.fabricated import fabricated
from vidchatbench.submission.screen.facts import facts
from vidchatbench.submission.screen.heard import AUDIBLE_DB, loudness
from vidchatbench.submission.screen.screen import screen
from vidchatbench.submission.screen.too_good import relates, too_good

CEILINGS = [
    id for id, entry in entries().items()
    if entry.metric and entry.metric.card.real == "same_item" and entry.metric.card.direction == "higher"
    and 0 < entry.metric.card.tolerance < 0.05
]  # fmt: skip


def codes(found):
    return [(finding.code, finding.severity) for finding in found if hasattr(finding, "code")]


def merged(mini, *others):
    return Context(testset=mini, others=others)


@pytest.fixture(scope="module")
def measured(faithful):
    """Values of three systems, whose samples are harder or easier for all of them alike (correlation about 0.9)."""
    rng = np.random.default_rng(1)
    hard = {key: float(value) for key, value in zip(faithful, rng.normal(3, 0.5, len(faithful)), strict=True)}
    return [resembling(hard, 0.15, seed) for seed in range(3)]


def test_systems_that_find_the_same_samples_hard(faithful, measured, mini):
    for metrics in ({"a.b": 0, "a.c": 1}, {"a.b": 2, "a.c": 0}):
        mine = {id: measured[k] for id, k in metrics.items()}
        other = {id: measured[(k + 1) % 3] for id, k in metrics.items()}
        context = merged(mini, opened(faithful, model="other/old", values=other))
        assert codes(fabricated(opened(faithful, values=mine), context)) == []


@pytest.mark.parametrize("noise", [0.0, 0.00001, 0.02])
def test_another_runs_values_with_noise(noise, faithful, measured, mini):
    context = merged(mini, opened(faithful, model="other/old", values={"a.b": measured[0], "a.c": measured[1]}))
    mine = {"a.b": resembling(measured[0], noise, 9), "a.c": measured[2]}
    (found,) = fabricated(opened(faithful, values=mine), context)
    assert (found.code, found.severity) == ("rows-copied", "error")
    assert "other/old" in found.detail and "a.b" in found.detail
    assert ("to 4 digits" in found.detail) == (noise < 0.001)


def test_another_runs_values_in_other_order_of_seeds(faithful, measured, mini):
    answers = with_seeds(faithful, faithful)
    theirs = measured[0] | {f"{key}.s1": value for key, value in measured[1].items()}
    swapped = measured[1] | {f"{key}.s1": value for key, value in measured[0].items()}
    context = merged(mini, opened(answers, model="other/old", values={"a.b": theirs}))
    assert codes(fabricated(opened(answers, values={"a.b": swapped}), context)) == [("rows-copied", "error")]


def test_a_deterministic_systems_rows(faithful, measured, mini):
    """One value for all three seeds of a question is still that question's own."""
    answers = with_seeds(faithful, faithful, faithful)
    theirs, ours = (
        {f"{key}{seed}": value for key, value in own.items() for seed in ("", ".s1", ".s2")} for own in measured[:2]
    )
    context = merged(mini, opened(answers, model="other/old", values={"a.b": theirs}, deterministic=True))
    copied = opened(answers, values={"a.b": theirs}, deterministic=True)
    assert codes(fabricated(copied, context)) == [("rows-copied", "error")]
    assert codes(fabricated(opened(answers, values={"a.b": ours}, deterministic=True), context)) == []


def test_a_few_values_among_many_are_enough(faithful, measured, mini):
    context = merged(mini, opened(faithful, model="other/old", values={"a.b": measured[0]}))
    mine = measured[1] | {key: measured[0][key] for key in list(faithful)[:3]}
    assert codes(fabricated(opened(faithful, values={"a.b": mine}), context)) == [("rows-copied", "error")]


def test_another_runs_values_at_other_questions(faithful, measured, mini):
    context = merged(mini, opened(faithful, model="other/old", values={"a.b": measured[0]}))
    turned = dict(zip(faithful, np.roll([measured[0][key] for key in faithful], 3).tolist(), strict=True))
    (found,) = fabricated(opened(faithful, values={"a.b": turned}), context)
    assert (found.code, found.severity) == ("rows-copied", "error") and "of other questions" in found.detail


def test_shares_of_few_pictures_are_equal_without_guilt(faithful, mini):
    rng = np.random.default_rng(5)
    ours, theirs = ({key: float(rng.integers(1, 25) / 25) for key in faithful} for _ in range(2))
    other = opened(faithful, model="other/old", values={"a.b": theirs})
    found = fabricated(opened(faithful, values={"a.b": ours}), merged(mini, other))
    assert not [one for one in found if "of other questions" in getattr(one, "detail", "")]


def test_grades_bounds_and_counts_are_equal_without_guilt(faithful, mini):
    grades = {key: (0.2, 0.4, 0.6, 0.8)[k % 4] for k, key in enumerate(faithful)}
    whole = {key: float(k) for k, key in enumerate(faithful)}
    other = opened(faithful, model="other/old", values={"a.b": grades, "a.c": whole})
    assert codes(fabricated(opened(faithful, values={"a.b": grades, "a.c": whole}), merged(mini, other))) == []


def test_the_same_files_have_the_same_rows(faithful, measured, mini):
    digests = {key: f"{k:064x}" for k, key in enumerate(faithful)}
    other = opened(faithful, model="other/old", values={"a.b": measured[0]}, digests=digests)
    mine = opened(faithful, values={"a.b": measured[0]}, digests=digests)
    assert codes(fabricated(mine, merged(mini, other))) == [], "the copies are found by the files themselves"


def test_another_runs_vectors(faithful, measured, mini):
    rng = np.random.default_rng(3)
    vectors = {key: {"response": rng.normal(size=(4, 8)), "reference": np.ones((4, 8))} for key in faithful}
    own = {key: {"response": rng.normal(size=(4, 8)), "reference": np.ones((4, 8))} for key in faithful}
    for rows, told in ((vectors, [("rows-copied", "error")]), (own, [])):
        other = opened(faithful, model="other/old", values={"a.b": measured[0]}, rows={"a.b": vectors})
        mine = opened(faithful, values={"a.b": measured[1]}, rows={"a.b": rows})
        assert codes(fabricated(mine, merged(mini, other))) == told


def test_values_written_by_hand(faithful, measured, mini):
    context = merged(mini, opened(faithful, model="other/old", values={"a.b": measured[0]}))
    written = {key: round(value, 2) for key, value in measured[1].items()}
    assert codes(fabricated(opened(faithful, values={"a.b": written}), context)) == [("rows-round", "error")]


def test_without_merged_runs_it_says_so(faithful, measured, alone):
    (unseen,) = fabricated(opened(faithful, values={"a.b": measured[0]}), alone)
    assert "--against" in unseen.why


def heard(print):
    """The spans in which something is heard, in seconds of the file, as a detector would tell them."""
    loud = np.flatnonzero(np.diff(np.concatenate([[0], loudness(print) >= AUDIBLE_DB + 10, [0]]).astype(int)))
    return tuple((float(a) / 25, float(b) / 25) for a, b in loud.reshape(-1, 2))


def test_speech_that_follows_the_sound(faithful, alone):
    honest = {key: heard(print) for key, print in faithful.items()}
    assert codes(facts(opened(faithful, speech=honest), alone)) == []
    keys = [key for key in faithful if not key.startswith("l")]
    strange = dict(zip(keys, [honest[key] for key in keys[3:] + keys[:3]], strict=True))
    (found,) = [one for one in facts(opened(faithful, speech=strange), alone) if "follow" in one.detail]
    assert (found.code, found.severity) == ("facts-differ", "error")


def test_speech_in_silence_and_after_the_end(faithful, alone):
    quiet = {key: replace(print, sounds=print.sounds // 8) for key, print in faithful.items()}
    said = {key: heard(print) for key, print in faithful.items()}
    assert "the sound is silent" in " ".join(one.detail for one in facts(opened(quiet, speech=said), alone))
    late = {key: ((0.2, print.sound_s + 2),) for key, print in faithful.items()}
    assert "after the end of the sound" in " ".join(one.detail for one in facts(opened(faithful, speech=late), alone))


def test_more_pictures_than_the_frame_rate_has(faithful, alone):
    slow = opened(faithful)
    items = tuple(replace(one, output=replace(one.output, fps=8.0)) for one in slow.items)
    (found,) = [one for one in facts(replace(slow, items=items), alone) if hasattr(one, "code")]
    assert "than the frame rate allows" in found.detail


@pytest.mark.parametrize("relating", [True, False])
def test_beyond_the_real_clips(relating, faithful, mini):
    """A note by itself, and where a recording can be beaten; a warning where three models stayed below."""
    id = next(id for id in CEILINGS if relates(entries()[id].metric) == relating)
    values = {key: 3 + 0.01 * k for k, key in enumerate(faithful)}

    def run(model, real):
        given = opened(faithful, model=model, values={id: values})
        return with_metric(given, id, real=real, real_kind="same_item", se=0.02)

    others = [run(f"other/{k}", 3.5) for k in range(3)]
    assert codes(too_good(run("lab/model", 2.0), merged(mini))) == [("too-good", "note")]
    told = "warning" if relating else "note"
    assert codes(too_good(run("lab/model", 2.0), merged(mini, *others))) == [("too-good", told)]
    assert codes(too_good(run("lab/model", 3.06), merged(mini, *others))) == []


def test_a_baseline_may_not_make_up_rows(faithful, degraded, measured, mini):
    values = {"a.b": measured[0]}
    context = merged(mini, opened(degraded, model="other/old", values=values))
    found, _ = screen(opened(faithful, values=values), context, baseline=True)
    assert ("rows-copied", "error") in codes(found)


def test_two_controls_that_show_one_picture_have_one_value_of_it(faithful, measured, mini):
    values = {"a.b": measured[0]}
    context = merged(mini, opened(faithful, model="other/old", values=values))
    found, _ = screen(opened(faithful, values=values), context, baseline=True)
    assert {("rows-copied", "note"), ("copy-of-run", "note")} <= set(codes(found))
    found, _ = screen(opened(faithful, values=values), context)
    assert {("rows-copied", "error"), ("copy-of-run", "error")} <= set(codes(found)), "nobody else may"


def test_what_a_meter_gives_in_thousandths_meets_by_chance(faithful, degraded, mini):
    rng = np.random.default_rng(3)
    ours, theirs = ({key: (1000 - int(k)) / 1000 - 0.1 + 0.1 for key, k in zip(faithful, ks, strict=True)} for ks in
                    (rng.permutation(np.arange(100, 130))[: len(faithful)] for _ in range(2)))  # fmt: skip
    context = merged(mini, opened(degraded, model="other/old", values={"a.b": theirs}))
    assert codes(fabricated(opened(faithful, values={"a.b": ours}), context)) == []
