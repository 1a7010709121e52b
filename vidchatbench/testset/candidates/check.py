"""What is wrong with the graded candidates of a test set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations

from vidchatbench.tasks import TASKS
from vidchatbench.testset.candidates.build import GRADES, NEAR
from vidchatbench.testset.candidates.words import CLIP_TOKENS, alike, contains, fitting, tokens, words
from vidchatbench.testset.check import Finding
from vidchatbench.testset.load import TestSet, TestSetInfo
from vidchatbench.types import Candidate, SampleKey, Turn

_GOOD = 0.8
"""From this grade on, one text for several items is a problem: a model that always says it would be good at both."""


def check_candidates(testset: TestSet) -> list[Finding]:
    """All findings, in order of the items; texts that stand in several items last.

    Problems make scores wrong; notes are to be looked at.
    """
    found: list[Finding] = []
    users: dict[tuple[float, str], list[str]] = defaultdict(list)
    for item in testset.items:
        if not TASKS[item.task].speaks:
            continue
        for number, turn in enumerate(item.turns):
            where = str(SampleKey(item_id=item.item_id, turn=number))
            found += check_turn(turn, testset.info, where)
            for one in turn.candidates:
                users[one.grade, " ".join(words(one.text))].append(where)
    for (grade, text), places in sorted(users.items(), reverse=True):
        if text and len(places) > 1:
            more = f" and {len(places) - 3} more" if len(places) > 3 else ""
            where = ", ".join(places[:3]) + more
            found.append(Finding(grade >= _GOOD, "duplicate", where, f"all have {text!r} with the grade {grade:g}"))
    return found


def check_turn(turn: Turn, info: TestSetInfo, where: str) -> list[Finding]:
    """The findings of one turn."""
    if not turn.candidates:
        return [Finding(True, "missing", where, "has no candidates")]
    found = []
    grades = sorted(one.grade for one in turn.candidates)
    if grades != list(GRADES):
        has = ", ".join(f"{grade:g}" for grade in grades)
        found.append(Finding(True, "grades", where, f"has {has}; must have 0.2, 0.4, 0.6, 0.8 and 1, once each"))
    for one in turn.candidates:
        found += _text(one, where)
    for a, b in combinations(sorted(turn.candidates, key=lambda one: one.grade), 2):
        share = alike(a.text, b.text) if words(a.text) else 0.0
        if share >= NEAR:
            how = "are the same words" if share == 1 else f"have {share:.0%} of their words in common"
            found.append(Finding(share == 1, "tie", where, f"{a.grade:g} and {b.grade:g} {how}"))
    return found + _leaks(turn.candidates, turn.text, info, where)


def _text(one: Candidate, where: str) -> list[Finding]:
    if not words(one.text):
        return [Finding(True, "empty", where, f"{one.grade:g} has no words")]
    fewest, about = tokens(one.text)
    if fewest > CLIP_TOKENS:
        return [Finding(True, "long", where, f"{one.grade:g} has {fewest} tokens or more, CLIP reads {CLIP_TOKENS}")]
    if about > CLIP_TOKENS:
        return [Finding(False, "long", where, f"{one.grade:g} has about {about} tokens, CLIP reads {CLIP_TOKENS}")]
    return []


def _leaks(candidates: Sequence[Candidate], reply: str, info: TestSetInfo, where: str) -> list[Finding]:
    """Lower grades that hold the real reply; a best candidate that is not what the test set declares."""
    found = []
    sentence = len(words(reply)) > 2  # "yes" stands in many good sentences
    for one in candidates:
        same = words(one.text) == words(reply)
        if one.grade < max(GRADES) and (same or (sentence and contains(one.text, reply))) and words(reply):
            found.append(Finding(True, "leak", where, f"{one.grade:g} holds the real reply"))
        elif one.grade == max(GRADES) and info.best_candidate == "paraphrase" and contains(one.text, reply):
            found.append(Finding(True, "leak", where, "1 is the real reply; testset.toml says a paraphrase"))
        elif (
            one.grade == max(GRADES) and info.best_candidate == "reference" and words(one.text) != words(fitting(reply))
        ):
            found.append(Finding(True, "reference", where, "1 is not the real reply; testset.toml says that it is"))
    return found
