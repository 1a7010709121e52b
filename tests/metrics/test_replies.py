"""Relevance, specificity and coherence on hand-written dialogues; what makes a reply none."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.replies import GRADES, REPLIES, Placed, answered
from helpers.score import sample
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("tokenizers", reason="needs pip install 'vidchatbench[paper]'")

from vidchatbench.errors import NotReady, Unscored
from vidchatbench.types import Reason
from vidchatbench_metrics.dialogue.coherence import nearest
from vidchatbench_metrics.dialogue.coherence_clip import CoherenceCLIP
from vidchatbench_metrics.dialogue.coherence_sbert import CoherenceSBERT
from vidchatbench_metrics.perception.minilm import MiniLM
from vidchatbench_metrics.perception.transcript import Transcript
from vidchatbench_metrics.text.degenerate import Degenerate, flags, words
from vidchatbench_metrics.text.relevance import Relevance
from vidchatbench_metrics.text.specificity import Specificity

N = len(REPLIES)
REAL = [one["reply"] for one in REPLIES]
MISSING = Reason(code="missing", detail="")

# Where another candidate is nearer to the real reply than its paraphrase: negations all, five of them its contrary.
CONTRARY_WINS = {
    "No, I have not eaten meat for ten years.": 0.6,
    "No, never, but I would love to see Kyoto.": 0.6,
    "No, half of the seats were empty.": 0.8,
    "No, the pain is gone since this morning.": 0.6,
    "No, I have not had the time to read it.": 0.6,
    "No, the landlord does not allow any animals.": 0.6,
}


@pytest.fixture(scope="module")
def placed():
    try:
        return Placed()
    except NotReady as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def turns(placed):
    return [placed.turn(k) for k in range(N)]


def rows(metric, placed, turns, heard):
    """The rows of all items, where `heard` is what is said in each."""
    return [metric.item(answered(k), {"heard": placed.heard(heard[k]), "turn": turns[k]}) for k in range(N)]


def total(metric, found):
    return metric.total(found, np.ones(len(found)))


def candidate(grade):
    return [one["candidates"][GRADES.index(grade)]["text"] for one in REPLIES]


def shifted(texts, by):
    return [*texts[by:], *texts[:by]]


@pytest.fixture(scope="module")
def relevance(placed, turns):
    """Of each candidate, (items, grades)."""
    return np.array(
        [[float(r["value"]) for r in rows(Relevance(), placed, turns, candidate(grade))] for grade in GRADES]
    ).T


def test_the_list_is_what_it_should_be():
    assert N >= 40 and len({one["topic"] for one in REPLIES}) >= 8
    kinds = [one["kind"] for one in REPLIES]
    assert kinds.count("negation") >= 8 and kinds.count("near miss") >= 8
    assert all(tuple(c["grade"] for c in one["candidates"]) == GRADES for one in REPLIES)


def test_mean_relevance_falls_with_the_grade(relevance):
    means = relevance.mean(axis=0)
    assert (np.diff(means) < -0.05).all()
    assert means == pytest.approx([0.788, 0.445, 0.365, 0.275, 0.059], abs=0.002)


def test_the_true_reply_beats_the_unrelated_one(relevance):
    assert (relevance[:, 0] > relevance[:, 4]).mean() >= 0.95


def test_what_it_gets_wrong_are_negations(relevance):
    wrong = {}
    for k, values in enumerate(relevance):
        if values.argmax() != 0:
            wrong[REAL[k]] = GRADES[values.argmax()]
            assert REPLIES[k]["kind"] == "negation"
    assert wrong == CONTRARY_WINS


def test_shuffled_replies_fall_to_chance(placed, turns):
    own = rows(Relevance(), placed, turns, candidate(1.0))
    chance = Relevance().beside(own, np.ones(N))["chance"]
    values = [total(Relevance(), rows(Relevance(), placed, turns, shifted(candidate(1.0), by))) for by in (7, 17, 29)]
    assert chance == pytest.approx(0.127, abs=0.002)
    assert np.mean(values) == pytest.approx(chance, abs=0.03) and max(values) < 0.2
    shares = [total(Specificity(), rows(Specificity(), placed, turns, shifted(REAL, by))) for by in (7, 17, 29)]
    assert np.mean(shares) == pytest.approx(50, abs=8)
    grades = [total(CoherenceSBERT(), rows(CoherenceSBERT(), placed, turns, shifted(REAL, by))) for by in (7, 17, 29)]
    assert np.mean(grades) == pytest.approx(0.6, abs=0.05)


def test_the_real_replies_are_relevant_specific_and_coherent(placed, turns):
    assert total(Relevance(), rows(Relevance(), placed, turns, REAL)) == pytest.approx(1)
    assert total(Specificity(), rows(Specificity(), placed, turns, REAL)) == pytest.approx(97.3, abs=0.2)
    own = rows(CoherenceSBERT(), placed, turns, REAL)
    assert total(CoherenceSBERT(), own) == pytest.approx(0.95, abs=0.005)
    beside = CoherenceSBERT().beside(own, np.ones(N))
    assert beside["chance"] == pytest.approx(0.6) and beside["silent"] == beside["cut"] == 0
    assert 0.05 < beside["margin"] < 1
    assert total(CoherenceSBERT(), rows(CoherenceSBERT(), placed, turns, candidate(0.4))) == pytest.approx(0.4)


def test_relevance_stands_beside_the_candidates(placed, turns):
    beside = Relevance().beside(rows(Relevance(), placed, turns, candidate(1.0)), np.ones(N))
    assert beside["best_candidate"] == pytest.approx(1) and beside["margin"] > 0.8


def test_silence_takes_the_lowest(placed, turns):
    silent = [""] * N
    assert total(Relevance(), rows(Relevance(), placed, turns, silent)) == 0
    assert total(Specificity(), rows(Specificity(), placed, turns, silent)) == 0
    own = rows(CoherenceSBERT(), placed, turns, silent)
    assert total(CoherenceSBERT(), own) == pytest.approx(0.2)
    assert CoherenceSBERT().beside(own, np.ones(N))["silent"] == 100


def test_one_reply_to_everything_is_at_chance(placed, turns):
    same = rows(Specificity(), placed, turns, ["That is a very good question, thank you."] * N)
    assert total(Specificity(), same) == pytest.approx(50)


def test_a_missing_answer_never_pays(placed, turns):
    for metric in (Relevance(), Specificity(), CoherenceSBERT(), CoherenceCLIP(), Degenerate()):
        if isinstance(metric, CoherenceCLIP | Degenerate):
            assert float(metric.failed(answered(0), MISSING, {})["value"]) == metric.card.fail_value
            continue
        whole = rows(metric, placed, turns, REAL)
        worse = [metric.failed(answered(0), MISSING, {"turn": turns[0]}), *whole[1:]]
        assert total(metric, worse) < total(metric, whole)
        assert total(metric, worse) <= total(metric, rows(metric, placed, turns, ["goat violin tax", *REAL[1:]])) + 1e-9


def test_case_and_spaces_change_nothing(placed, turns):
    loud = [f"  {text.upper()} " if k < 8 else text for k, text in enumerate(REAL)]
    for metric in (Relevance(), Specificity(), CoherenceSBERT()):
        found = total(metric, rows(metric, placed, turns, loud))
        assert found == pytest.approx(total(metric, rows(metric, placed, turns, REAL)), abs=1e-5)


def test_a_turn_without_texts_is_excluded(placed):
    fields = {"initiator_text": "", "text": "", "candidates": ()}
    space = MiniLM()
    space.setup()
    from vidchatbench.feature import Inputs

    bare = space.compute(Inputs({}, {}, fields))
    for metric in (Relevance(), Specificity(), CoherenceSBERT(), CoherenceCLIP()):
        with pytest.raises(Unscored) as caught:
            metric.item(sample(), {"heard": placed.heard("hello"), "turn": bare})
        assert caught.value.role == "reference"


def test_of_one_source_there_is_no_other_question(placed, turns):
    row = rows(Specificity(), placed, turns, REAL)[0]
    with pytest.raises(Unscored, match="one source video"):
        total(Specificity(), [row, row])


def test_specificity_weighs_rows_as_if_they_were_there_so_often(placed, turns):
    own = [row | {"group": np.array(k)} for k, row in enumerate(rows(Specificity(), placed, turns, shifted(REAL, 1)))]
    weights = np.random.default_rng(0).integers(0, 3, N).astype(float)
    several = [own[k] for k in range(N) for _ in range(int(weights[k]))]
    assert Specificity().total(own, weights) == pytest.approx(total(Specificity(), several))


unit = st.lists(st.floats(-1, 1), min_size=4, max_size=4).filter(lambda v: np.linalg.norm(v) > 0.1).map(
    lambda v: np.array(v) / np.linalg.norm(v)
)  # fmt: skip


@given(unit, st.lists(unit, min_size=5, max_size=5), st.permutations(range(5)))
def test_the_nearest_candidate_decides_in_any_order_and_ties_go_down(heard, candidates, order):
    vectors, grades = np.array(candidates), np.array(GRADES)
    grade, margin = nearest(heard, vectors, grades)
    again = nearest(heard, vectors[order], grades[order])
    assert again == (grade, pytest.approx(margin)) and margin >= 0
    assert vectors[GRADES.index(grade)] @ heard >= (vectors @ heard).max() - 2e-6
    assert nearest(heard, np.stack([vectors[0]] * 5), grades) == (0.2, 0)
    assert nearest(np.zeros(4), vectors, grades) == (0.2, 0)


@pytest.mark.parametrize(
    ("heard", "flag"),
    [
        ("", "short"),
        ("Yes.", "short"),
        ("we went to the sea " * 20, "long"),
        ("we like the boat we like the boat we like the boat we like the boat", "repetitive"),
        ("That's a really great question, thank you so much!", "generic"),
        ("Well, I don't know.", "generic"),
    ],
)
def test_a_reply_that_is_none_is_flagged(heard, flag):
    assert flags(heard, "By the sea, with my father, in a small boat.")[flag]


@pytest.mark.parametrize("reply", [*REAL, *candidate(1.0)])
def test_what_people_say_is_not(reply):
    raised = flags(reply, reply)
    assert not any(raised.values()), raised


def test_generic_is_known_of_english_alone():
    assert flags("no no", "nein")["generic"] and not flags("no no", "nein", english=False)["generic"]
    assert words("Don\u2019t you KNOW, mother-in-law?") == ["don't", "you", "know", "mother-in-law"]


def test_the_same_reply_to_other_questions_is_counted():
    metric, said = Degenerate(), ["The boat is green.", "the boat is green", "We sing on Sundays.", ""]
    own = [metric.item(answered(k), {"heard": Transcript(text, language="en").arrays()}) for k, text in enumerate(said)]
    beside = metric.beside([*own, metric.failed(answered(9), MISSING, {})], np.ones(5))
    assert beside["same_reply"] == 50 and beside["short"] == 25
    assert metric.total(own, np.ones(4)) == 25
