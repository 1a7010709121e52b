"""Whether answers read out what they are graded by: a candidate reply, or the real responder's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Final

from vidchatbench.submission.context import Context
from vidchatbench.submission.finding import Finding, NotChecked
from vidchatbench.submission.opened import Opened
from vidchatbench.submission.schema import ITEMS
from vidchatbench.submission.screen.flag import MOST, SOME, flag, share
from vidchatbench.submission.screen.said import said
from vidchatbench.tasks import TASKS, given
from vidchatbench.testset.candidates.words import words
from vidchatbench.types import SampleKey

READ: Final = 0.8
"""Share of words in common and in the same order from which on one text is the other as a recogniser may hear it."""
WORDS: Final = 4
"""Texts of fewer words are alike by chance."""
MOST_WORDS: Final = 300
"""Of a longer answer the beginning counts."""
_WHAT: Final = "whether answers read out a graded candidate or the real reply"


def read_out(opened: Opened, context: Context) -> list[Finding | NotChecked]:
    """Answers whose words are a candidate's or the real reply's, held against chance: the other items' texts.

    Where the protocol gives the words to be said, saying them is the task.
    """
    protocol, items = opened.results.benchmark.protocol, {item.item_id: item for item in context.testset.items}
    asked = [
        r for r in opened.items if r.item_id in items and TASKS[r.task].speaks and "text" not in given(r.task, protocol)
    ]
    if not asked:
        return [NotChecked(what=_WHAT, why="no task of this test set lets the model choose its words")]
    heard = {r: words(text)[:MOST_WORDS] for r in range(len(asked)) if (text := said(asked[r])) is not None}
    if not heard:
        return [
            NotChecked(what=_WHAT, why="no recogniser in this profile: items.jsonl.gz holds no words of the answers")
        ]
    turns = {n: items[asked[n].item_id].turns[asked[n].turn] for n in heard}
    findings: list[Finding | NotChecked] = []
    kinds: Mapping[str, Mapping[int, list[list[str]]]] = {
        "a graded candidate": {n: [words(one.text) for one in turn.candidates] for n, turn in turns.items()},
        "the real responder's words": {n: [words(turn.text)] for n, turn in turns.items()},
    }
    for what, texts in kinds.items():
        able = [n for n in heard if len(heard[n]) >= WORDS and any(len(text) >= WORDS for text in texts[n])]
        own = [n for n in able if _reads(heard[n], texts[n])]
        strange = [_reads(heard[n], texts[able[(k + 1) % len(able)]]) for k, n in enumerate(able)]
        part, chance = share(len(own), len(able)), share(sum(strange), len(able))
        if len(own) > 1 and part >= SOME and part > 3 * chance:
            keys = [str(SampleKey(item_id=asked[n].item_id, turn=asked[n].turn, seed=asked[n].seed)) for n in own]
            detail = (
                f"{len(own)} of {len(able)} answers say {what} nearly word for word ({READ:.0%} of it or more); "
                f"of another question's texts {sum(strange)} do. First: {' '.join(heard[own[0]])[:120]!r}"
            )
            remedy = (
                "the model must not be given the candidates or the real reply; generate the answers anew without them"
            )
            findings.append(flag("read-out", ITEMS, keys, detail, remedy, "error" if part >= MOST else "warning"))
    return findings


def _reads(heard: Sequence[str], texts: Sequence[Sequence[str]]) -> bool:
    return any(
        len(text) >= WORDS and SequenceMatcher(None, heard, text, autojunk=False).ratio() >= READ for text in texts
    )
