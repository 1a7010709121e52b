"""Candidates from a language model: the text to give it, and the reader of its answers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from vidchatbench.errors import DataError
from vidchatbench.tasks import TASKS
from vidchatbench.testset.candidates.build import GRADES, Place
from vidchatbench.testset.candidates.words import words
from vidchatbench.testset.jsonl import explain
from vidchatbench.testset.load import TestSet
from vidchatbench.types import Candidate

_BYTES = 50_000_000
_TASK = """\
You write graded candidate replies for a benchmark of conversation.

Below stand questions with the real reply, one JSON object a line. For each of them write five replies that somebody
could say aloud in that place, in the language of the real reply, each of 3 to 40 words:

1.0  answers the question as well as the real reply does, {best}
0.8  answers it, but less fully or less to the point
0.6  is on the topic, and does not quite answer
0.4  is on the topic's edge, or so general that it would fit any question
0.2  has nothing to do with the question

The five must differ clearly in their words and meaning. None below 1.0 may contain the real reply or repeat the
question. All five should be about as long as the real reply, and equally well-formed: only how well they answer may
tell them apart.

Answer with one JSON object a line and nothing else, in this form:
{{"item_id": "...", "turn": 0, "candidates": {{"1.0": "...", "0.8": "...", "0.6": "...", "0.4": "...", "0.2": "..."}}}}

"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    __pydantic_config__ = {"extra": "forbid", "strict": True}  # noqa: RUF012 - pydantic reads it from the class
    item_id: str
    turn: int = 0
    candidates: Mapping[str, str]


def prompt(testset: TestSet, places: Sequence[Place]) -> str:
    """The text to paste to a language model, for these turns."""
    same = testset.info.best_candidate == "reference"
    best = "and is the real reply, word for word" if same else "in other words (never the real reply itself)"
    parts = [_TASK.format(best=best)]
    items = {item.item_id: item for item in testset.items}
    for item_id, number in places:
        item = items[item_id]
        turn = item.turns[number]
        before = [f"{one.speaker}: {one.text}" for one in item.history]
        for earlier in item.turns[:number]:
            before += [f"initiator: {earlier.initiator_text}", f"responder: {earlier.text}"]
        line = {
            "item_id": item_id,
            "turn": number,
            "before": before,
            "question": turn.initiator_text,
            "reply": turn.text,
        }
        parts.append(json.dumps({key: value for key, value in line.items() if value != []}, ensure_ascii=False) + "\n")
    return "".join(parts)


def places(testset: TestSet, *, every: bool = False) -> list[Place]:
    """The spoken turns whose words are known, and that have no candidates yet, unless `every`."""
    return [
        (item.item_id, number)
        for item in testset.items
        if TASKS[item.task].speaks
        for number, turn in enumerate(item.turns)
        if words(turn.text) and (every or not turn.candidates)
    ]


def read_answers(file: Path, testset: TestSet) -> dict[Place, tuple[Candidate, ...]]:
    """The candidates of a file with a language model's answers: a JSON object a line, fences of code passed over.

    Raises:
        DataError: With the line: no JSON, an unknown item or turn, one answered twice, grades that are not the five.
    """
    try:
        if file.stat().st_size > _BYTES:
            raise DataError(f"has more than {_BYTES // 1_000_000} MB: no file of answers is so large", where=file)
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot be read as UTF-8 text: {error}", where=file) from error
    turns = {item.item_id: len(item.turns) for item in testset.items if TASKS[item.task].speaks}
    found: dict[Place, tuple[Candidate, ...]] = {}
    adapter = TypeAdapter(_Answer)
    for number, line in enumerate(lines, 1):
        where = f"{file}:{number}"
        if not line.strip() or line.strip().startswith("```"):
            continue
        try:
            answer = adapter.validate_json(line)
        except ValidationError as error:
            raise DataError(
                explain(error), where=where, remedy="each line is one JSON object, as the prompt says"
            ) from error
        place = (answer.item_id, answer.turn)
        if not 0 <= answer.turn < turns.get(answer.item_id, 0):
            raise DataError(f"{testset.info.id} has no spoken turn {answer.turn} of {answer.item_id!r}", where=where)
        if place in found:
            raise DataError(f"{answer.item_id} turn {answer.turn} is answered twice", where=where)
        found[place] = tuple(_graded(answer.candidates, where))
    if not found:
        raise DataError("there is no answer in it", where=file)
    return found


def _graded(given: Mapping[str, str], where: str) -> list[Candidate]:
    try:
        texts = {float(grade): " ".join(text.split()) for grade, text in given.items()}
    except ValueError as error:
        raise DataError(f"a grade is not a number: {', '.join(given)}", where=where) from error
    if len(given) != len(GRADES) or sorted(texts) != list(GRADES):
        raise DataError(f"the grades are {', '.join(given)}; they must be 1.0, 0.8, 0.6, 0.4 and 0.2", where=where)
    for grade, text in texts.items():
        if not words(text) or any(ord(sign) < 32 or 0x7F <= ord(sign) < 0xA0 for sign in text):
            raise DataError(f"the text of {grade:g} has no words, or signs that are none: {text!r}", where=where)
    return [Candidate(grade=grade, text=texts[grade]) for grade in reversed(GRADES)]
