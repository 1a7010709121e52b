"""Graded candidates: the same from the same texts, each construction what it says, and every fault found."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidchatbench.errors import DataError
from vidchatbench.testset import load_testset
from vidchatbench.testset.candidates.ask import places, prompt, read_answers
from vidchatbench.testset.candidates.build import GRADES, build_candidates, generic_replies
from vidchatbench.testset.candidates.check import check_candidates
from vidchatbench.testset.candidates.items import with_candidates
from vidchatbench.testset.candidates.words import alike, beginning, contains, fitting, likeness, tokens, words

MINI = load_testset("mini")


@pytest.fixture
def own(root, tmp_path):
    return shutil.copytree(root / "testsets/mini", tmp_path / "own")


def changed(item_id, **fields):
    """Mini with another first turn of one item."""
    items = [
        replace(item, turns=(replace(item.turns[0], **fields), *item.turns[1:])) if item.item_id == item_id else item
        for item in MINI.items
    ]
    return replace(MINI, items=tuple(items))


def with_texts(**texts):
    """Mini's d01 with candidates of these texts: `g02="...", g10="..."`."""
    (item,) = [item for item in MINI.items if item.item_id == "d01"]
    mine = {round(one.grade * 10): one for one in item.turns[0].candidates}
    mine |= {int(name[1:]): replace(mine[int(name[1:])], text=text) for name, text in texts.items()}
    return changed("d01", candidates=tuple(mine.values()))


def findings(testset):
    return [(one.wrong, one.kind, one.where) for one in check_candidates(testset)]


# Building


def test_every_spoken_turn_gets_the_five_grades_and_passes_the_check():
    built = build_candidates(MINI)
    assert len(built.candidates) == 13 and not built.left_out
    for candidates in built.candidates.values():
        assert [one.grade for one in candidates] == [1.0, 0.8, 0.6, 0.4, 0.2]
    assert not [one for one in check_candidates(with_candidates(MINI, built.candidates)) if one.wrong]


def test_each_construction_is_what_its_grade_says():
    built = build_candidates(MINI).candidates
    turns = {(item.item_id, k): (item, turn) for item in MINI.items for k, turn in enumerate(item.turns)}
    for place, candidates in built.items():
        item, turn = turns[place]
        best, half, same, generic, other = (one.text for one in candidates)
        assert best == turn.text
        assert words(turn.text)[: len(words(half))] == words(half) and len(words(half)) < len(words(best))
        assert generic in generic_replies()
        for text in (same, other):
            sources = {it.source_video for it in MINI.items for one in it.turns if one.text == text}
            assert sources and item.source_video not in sources


def test_the_same_topic_is_nearer_than_the_unrelated_one():
    items = [(item.item_id, k, turn) for item in MINI.items for k, turn in enumerate(item.turns) if turn.text]
    near = likeness([f"{turn.initiator_text} {turn.text}" for _, _, turn in items])
    row = {turn.text: k for k, (_, _, turn) in enumerate(items)}
    for candidates in build_candidates(MINI).candidates.values():
        best, _, same, _, other = (row.get(one.text) for one in candidates)
        assert near[best, same] >= near[best, other]


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_items_and_other_ids_do_not_matter(shuffler):
    items = list(MINI.items)
    random.Random(shuffler.random()).shuffle(items)
    assert build_candidates(replace(MINI, items=tuple(items))) == build_candidates(MINI)


def test_the_topic_slice_is_kept_to():
    items = [replace(item, slices={"topic": "x" if item.item_id in ("d01", "d06") else "y"}) for item in MINI.items]
    built = build_candidates(replace(MINI, items=tuple(items))).candidates
    (loved,) = [item.turns[0].text for item in items if item.item_id == "d06"]
    assert built["d01", 0][2].text == loved


def test_what_cannot_be_built_says_why():
    built = build_candidates(changed("d01", text="Yes."))
    assert built.left_out == {("d01", 0): "its reply is one word, of which there is no half"}
    assert build_candidates(changed("d01", text=" ... ")).left_out == {("d01", 0): "its reply has no text"}
    alone = replace(MINI, items=tuple(item for item in MINI.items if item.item_id == "d01"))
    assert build_candidates(alone).left_out == {("d01", 0): "no other text is there for the grade 0.6"}
    with pytest.raises(DataError, match="no rule can write"):
        build_candidates(replace(MINI, info=replace(MINI.info, best_candidate="paraphrase")))


# Checking


def test_mini_has_no_findings():
    assert findings(MINI) == []


@pytest.mark.parametrize(
    ("testset", "expected"),
    [
        (changed("d01", candidates=()), [(True, "missing", "d01")]),
        (with_texts(g2=" - "), [(True, "empty", "d01")]),
        (with_texts(g2="in a small TOWN, near the coast"), [(True, "tie", "d01")]),
        (with_texts(g6="In a very small town near the coast"), [(False, "tie", "d01")]),
        (with_texts(g2="Well: by the sea, actually! My father had a small boat, and we were out on it EVERY summer."),
         [(True, "leak", "d01")]),
        (with_texts(g2="Yes, I still play every day."), []),
        (with_texts(g10="Yes, I still play every day"), [(True, "duplicate", "d01, d02")]),
        (with_texts(g4="Music is a nice thing."), [(False, "duplicate", "d01, d02")]),
        (with_texts(g4="word " * 80), [(True, "long", "d01")]),
        (with_texts(g4="internationalisation " * 40), [(False, "long", "d01")]),
    ],
)  # fmt: skip
def test_a_fault_is_found_and_nothing_else(testset, expected):
    assert findings(testset) == expected


def test_a_missing_grade_is_found():
    (item,) = [item for item in MINI.items if item.item_id == "d01"]
    (one,) = check_candidates(changed("d01", candidates=item.turns[0].candidates[1:]))
    assert one.kind == "grades" and "has 0.2, 0.4, 0.6, 0.8; must have" in one.text


def test_the_best_candidate_is_what_the_set_declares():
    (item,) = [item for item in MINI.items if item.item_id == "d01"]
    real = with_texts(g10=item.turns[0].text)
    kinds = {}
    for name, testset in (("real", real), ("other", MINI)):
        for said in ("any", "reference", "paraphrase"):
            found = check_candidates(replace(testset, info=replace(testset.info, best_candidate=said)))
            kinds[name, said] = [one.kind for one in found if one.where == "d01"]
    assert kinds == {
        ("real", "any"): [], ("real", "reference"): [], ("real", "paraphrase"): ["leak"],
        ("other", "any"): [], ("other", "reference"): ["reference"], ("other", "paraphrase"): [],
    }  # fmt: skip


# Words


@given(st.text(max_size=60), st.integers(1, 20))
def test_a_beginning_holds_the_first_words(text, n):
    assert words(beginning(text, n)) == words(text)[:n]
    assert alike(text, text) == 1.0 and (not words(text) or contains(text, beginning(text, n)))


def test_a_text_is_cut_to_what_clip_reads():
    assert fitting("a short one") == "a short one"
    assert words(fitting("a long word " * 40)) == (["a", "long", "word"] * 25)[:74]
    assert tokens(fitting("word " * 90))[1] == 77


def test_chinese_has_words_too():
    assert len(words("你好吗")) == 3 and beginning("你好吗", 2) == "你好." and contains("我说你好", "你好")


@given(st.text(st.characters(max_codepoint=0x24F), max_size=40) | st.text("ab'sd 12,_-é你", max_size=20))
def test_clip_makes_no_fewer_tokens(text):
    """Of the published tokenizer's first step: every piece becomes one token or more."""
    tokenizers = pytest.importorskip("tokenizers")
    pattern = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    split = tokenizers.pre_tokenizers.Split(tokenizers.Regex(pattern), "removed", invert=True)
    clean = " ".join(text.casefold().split())
    assert tokens(clean)[0] <= len(split.pre_tokenize_str(clean)) + 2
    assert tokens(clean)[0] == len(split.pre_tokenize_str(clean)) + 2 or not clean.isascii()


# A language model's answers


def answer(item_id, turn=0, **other):
    texts = {"1.0": "a b", "0.8": "c d", "0.6": "e f", "0.4": "g h", "0.2": "i j"} | other
    return json.dumps(
        {"item_id": item_id, "turn": turn, "candidates": {k: v for k, v in texts.items() if v is not None}}
    )


def test_the_prompt_holds_every_turn_that_is_asked_about_and_what_was_said_before():
    asked = places(MINI, every=True)
    text = prompt(MINI, asked)
    lines = [json.loads(line) for line in text.splitlines() if line.startswith('{"item_id": "') and '"..."' not in line]
    assert [(line["item_id"], line["turn"]) for line in lines] == asked and len(asked) == 13
    (second,) = [line for line in lines if (line["item_id"], line["turn"]) == ("m01", 1)]
    assert second["before"][-2:] == ["initiator: You have one, right?", "responder: Two of them. They are brothers."]
    assert places(MINI) == []


def test_answers_are_read_between_fences(tmp_path):
    file = tmp_path / "answers.jsonl"
    file.write_text(f"```json\n{answer('d01')}\n\n{answer('m01', 1)}\n```\n")
    found = read_answers(file, MINI)
    assert list(found) == [("d01", 0), ("m01", 1)]
    assert [(one.grade, one.text) for one in found["d01", 0]][::4] == [(1.0, "a b"), (0.2, "i j")]
    assert {one.grade for one in found["m01", 1]} == set(GRADES)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Here you are:\n", ":1: line: Invalid JSON"),
        (answer("nope"), "no spoken turn 0 of 'nope'"),
        (answer("l01"), "no spoken turn 0 of 'l01'"),
        (answer("d01", 1), "no spoken turn 1 of 'd01'"),
        (answer("d01", -1), "no spoken turn -1"),
        (answer("d01") + "\n" + answer("d01"), ":2: d01 turn 0 is answered twice"),
        (answer("d01", **{"0.2": None}), "the grades are 1.0, 0.8, 0.6, 0.4; they must be"),
        (answer("d01", **{"0.2": None, "0.3": "x"}), "they must be 1.0"),
        (answer("d01", **{"1": "x"}), "they must be 1.0"),
        (answer("d01", **{"0.2": None, "nan": "x"}), "they must be 1.0"),
        (answer("d01", **{"0.2": None, "low": "x"}), "a grade is not a number"),
        (answer("d01", **{"0.2": " ! "}), "the text of 0.2 has no words"),
        (answer("d01", **{"0.2": "a \x07 b"}), "signs that are none"),
        (answer("d01", **{"0.2": 7}), "Input should be a valid string"),
        (answer("d01")[:-2], "Invalid JSON"),
        ("```\n```\n", "there is no answer in it"),
    ],
)
def test_a_wrong_answer_is_refused_with_its_line(tmp_path, text, says):
    file = tmp_path / "answers.jsonl"
    file.write_text(text)
    with pytest.raises(DataError) as caught:
        read_answers(file, MINI)
    assert says in str(caught.value)


# The command


def command(*arguments, code=0):
    done = subprocess.run(
        [sys.executable, "-m", "vidchatbench", "testset", "candidates", *map(str, arguments)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == code and "Traceback" not in done.stderr, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_nothing_is_written_without_the_word(own):
    before = (own / "items.jsonl").read_bytes()
    assert "nothing is written without --write" in command("build", own, "--all")
    assert (own / "items.jsonl").read_bytes() == before
    assert "vidchatbench testset lock" in command("build", own, "--all", "--write")
    after = [json.loads(line) for line in (own / "items.jsonl").read_text().splitlines()]
    for old, new in zip(map(json.loads, before.decode().splitlines()), after, strict=True):
        if old["task"] != "listening":
            assert old != new
        for one in (*old["turns"], *new["turns"]):
            one.pop("candidates", None)
        assert old == new
    assert "0 problems" in command("check", own)


def test_answers_with_problems_are_not_written(own, tmp_path):
    before = (own / "items.jsonl").read_bytes()
    file = tmp_path / "answers.jsonl"
    file.write_text(answer("d01"))
    assert "--all replaces them" in command("import", own, file, code=2)
    file.write_text(answer("d01", **{"0.2": "a b."}))
    assert "tie" in command("import", own, file, "--all", "--write", code=2)
    assert (own / "items.jsonl").read_bytes() == before
    file.write_text(answer("d01"))
    command("import", own, file, "--all", "--write")
    assert load_testset(own).items[0].turns[0].candidates[0].text == "a b"


def test_a_built_in_set_is_not_changed():
    assert "copy its folder first" in command("build", "mini", "--all", "--write", code=2)
