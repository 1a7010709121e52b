"""WER and CER: the reference code's answers, the definition, and what a script must be."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
from helpers.score import sample
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("jiwer", reason="needs pip install 'vidchatbench[paper]'")
pytest.importorskip("whisper_normalizer", reason="needs pip install 'vidchatbench[paper]'")

from oracle import words

from vidchatbench.errors import Unscored
from vidchatbench.feature import Inputs
from vidchatbench.types import Reason
from vidchatbench_metrics.perception.transcript import Transcript
from vidchatbench_metrics.text.cer import CER
from vidchatbench_metrics.text.edits import Edits, ScriptEdits, edits, normalised, pooled
from vidchatbench_metrics.text.wer import WER

BOTH = (WER, CER)
texts = st.lists(st.sampled_from(("a", "bc", "d", "bcd")), max_size=8).map(" ".join)


def row(metric, script, heard, language="en"):
    counted = ScriptEdits().compute(
        Inputs({}, {"heard": Transcript(heard, language=language).arrays()}, {"text": script})
    )
    return metric().item(sample(text=script), {"edits": counted})


def value(metric, script, heard, **options):
    return float(row(metric, script, heard, **options)["value"])


def test_parity_with_the_reference_code(oracle):
    golden = json.loads((oracle / "golden" / "values.json").read_text())
    found = words.produce(SimpleNamespace(root=oracle, s="p"), None)
    wanted = {k: v for k, v in golden.items() if k.startswith("text.") and ".sdih." not in k}
    assert len(wanted) == 81 and found == pytest.approx(wanted, abs=1e-12)


def test_normalisation_is_the_reference_codes(oracle):
    pairs = json.loads((oracle / "inputs" / "text_pairs.json").read_text())
    for k, known in json.loads((oracle / "text_normalised.json").read_text()).items():
        assert [normalised(text, "en") for text in pairs[int(k)]] == known["norm_whisper_english"]
        assert [normalised(text, "zh") for text in pairs[int(k)]] == known["norm_whisper_basic"]


@pytest.mark.parametrize("metric", BOTH)
def test_perfect_and_nothing_and_nonsense(metric):
    assert value(metric, "We met on Monday.", "we met, on monday") == 0
    assert value(metric, "We met on Monday.", "") == 100
    assert value(metric, "We met on Monday.", "xyz " * 50) == 100


def test_golden_values():
    script, heard = "the quick brown fox jumps over the lazy dog", "the quick brown fox jumped over a lazy dog"
    assert value(WER, script, heard) == pytest.approx(100 * 2 / 9)
    assert value(CER, script, heard) == pytest.approx(100 * 5 / 43)


def test_spelling_case_and_punctuation_do_not_count_and_words_do():
    assert value(WER, "I can't believe the colour, Mr. Smith!", "i can not believe the color mister smith") == 0
    script = "she left for the office this morning"
    values = [value(WER, script, heard) for heard in (script, "she left for the office", "she left", "left she")]
    assert values == sorted(values) and len(set(values)) == 4


def test_another_language_has_the_basic_rules():
    assert value(WER, "Um so schlimmer!", "um so schlimmer", language="de") == 0
    assert normalised("Um, so", "en").split() == ["so"] and normalised("Um, so", "de").split() == ["um", "so"]


@given(texts, texts)
def test_it_is_the_fewest_edits(script, heard):
    for unit, parts in (("words", str.split), ("characters", list)):
        a, b = parts(script), parts(heard)
        table = np.zeros((len(a) + 1, len(b) + 1), int)
        table[:, 0], table[0] = np.arange(len(a) + 1), np.arange(len(b) + 1)
        for i in range(1, len(a) + 1):
            for j in range(1, len(b) + 1):
                around = table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (a[i - 1] != b[j - 1])
                table[i, j] = min(around)
        assert edits(script, heard, unit) == (table[-1, -1], len(a))


def test_a_turn_without_a_script_is_excluded_and_never_charged():
    for script in ("", "  ", "..."):
        with pytest.raises(Unscored) as caught:
            row(WER, script, "hello there")
        assert caught.value.role == "reference"


def test_a_failed_answer_counts_as_all_wrong_and_rambling_as_no_more():
    rows = [row(WER, "one boat", "one boat"), row(WER, "one boat", "one boat and a great many others")]
    missing = WER().failed(sample(), Reason(code="missing", detail=""), {})
    assert WER().total([*rows, missing], np.ones(3)) == pytest.approx((0 + 100 + 100) / 3)
    beside = WER().beside([*rows, missing], np.ones(3))
    assert beside == pytest.approx({"pooled": 100 * 5 / 4, "mean_unbounded": 100 * (0 + 2.5) / 2})
    assert WER().beside([missing], np.ones(1)) == {}
    assert pooled([Edits(0, 2), Edits(5, 2)]) == 5 / 4


def test_they_are_for_a_given_script_alone():
    assert all(metric.card.protocols == {"conditioned"} for metric in BOTH)
