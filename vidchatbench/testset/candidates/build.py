"""Candidates by rule: from the real reply, the other items' replies, and replies that fit anything."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vidchatbench._data import data_dir
from vidchatbench.errors import DataError
from vidchatbench.tasks import TASKS
from vidchatbench.testset.candidates.words import alike, beginning, contains, fitting, likeness, words
from vidchatbench.testset.load import TestSet
from vidchatbench.types import Candidate, Floats

Place = tuple[str, int]
"""Item id and turn."""
GRADES = (0.2, 0.4, 0.6, 0.8, 1.0)
"""The grades of the paper's five candidates (arXiv:2507.09862)."""
NEAR = 0.85
"""Texts that have so large a share of their words in common are nearly one text."""
_TOPIC = "topic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """Candidates by turn, best first, and why other turns have none."""

    candidates: Mapping[Place, tuple[Candidate, ...]]
    left_out: Mapping[Place, str]


@dataclass(frozen=True, slots=True)
class _Said:
    """What the real responder of one turn says."""

    place: Place
    source: str
    topic: str | None
    question: str
    text: str

    def order(self, of: str) -> bytes:
        """A place in a row that depends on the two texts alone: another one for each `of`."""
        return hashlib.sha256(f"{self.question}\0{self.text}\0{of}".encode()).digest()


def generic_replies() -> tuple[str, ...]:
    """The replies that come with VidChatBench and fit nearly any question, in English."""
    lines = (data_dir("testsets") / "generic_replies.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def build_candidates(testset: TestSet, generic: Sequence[str] | None = None) -> Built:
    """Five candidates for each turn in which somebody speaks, a pure function of the set's texts.

    1.0 the real reply; 0.8 its first half; 0.6 another item's reply on the same topic; 0.4 a reply that fits anything;
    0.2 another item's reply on something else. Other items are of other source videos. Which of several
    that would do is decided by how often each was taken for the grade, then by digests of the texts.

    Raises:
        DataError: Where the test set declares that its best candidates are paraphrases.
    """
    if testset.info.best_candidate == "paraphrase":
        raise DataError(
            "testset.toml says that the best candidate is a paraphrase, and no rule can write one",
            where=testset.root,
            remedy=f"ask a language model: vidchatbench testset candidates prompt {testset.root}",
        )
    said = [
        _Said((item.item_id, number), item.source_video, item.slices.get(_TOPIC), turn.initiator_text, turn.text)
        for item in testset.items
        if TASKS[item.task].speaks
        for number, turn in enumerate(item.turns)
    ]
    left_out = {one.place: "its reply has no text" for one in said if not words(one.text)}
    left_out |= {
        one.place: "its reply is one word, of which there is no half" for one in said if len(words(one.text)) == 1
    }
    spoken = sorted((one for one in said if words(one.text)), key=lambda one: one.order(""))
    near = likeness([f"{one.question} {one.text}" for one in spoken])
    fit = [fitting(one.text) for one in spoken]
    pool = tuple(generic_replies() if generic is None else generic)
    uses: dict[tuple[float, str], int] = {}
    candidates: dict[Place, tuple[Candidate, ...]] = {}
    for k, one in enumerate(spoken):
        if one.place in left_out:
            continue
        chosen = {1.0: fit[k]}
        chosen[0.8] = beginning(chosen[1.0], (len(words(chosen[1.0])) + 1) // 2)
        others = [m for m, other in enumerate(spoken) if other.source != one.source]
        same = [m for m in others if one.topic is not None and spoken[m].topic == one.topic] or others
        for grade, texts in (
            (0.6, [fit[m] for m in _nearest(near[k], same, one, spoken)]),
            (0.4, sorted(pool, key=lambda text: one.order(text))),
            (0.2, [fit[m] for m in _farthest(near[k], others, one, spoken)]),
        ):
            least_used_first = sorted(texts, key=lambda text: uses.get((grade, text), 0))
            text = next((text for text in least_used_first if _differs(text, chosen.values(), one.text)), None)
            if text is None:
                left_out[one.place] = f"no other text is there for the grade {grade:g}"
                break
            chosen[grade] = text
        else:
            for grade in (0.2, 0.4, 0.6):
                uses[grade, chosen[grade]] = uses.get((grade, chosen[grade]), 0) + 1
            candidates[one.place] = tuple(Candidate(grade=grade, text=chosen[grade]) for grade in reversed(GRADES))
    return Built(candidates=dict(sorted(candidates.items())), left_out=dict(sorted(left_out.items())))


def _nearest(near: Floats, others: list[int], one: _Said, spoken: Sequence[_Said]) -> list[int]:
    """The few others that are most about the same thing: what is not the least about it, ten at most."""
    ordered = sorted(others, key=lambda m: (-near[m], one.order(spoken[m].text)))
    return ordered[: max(1, min(10, len(ordered) // 2))]


def _farthest(near: Floats, others: list[int], one: _Said, spoken: Sequence[_Said]) -> list[int]:
    """The half that is least about the same thing, by digest."""
    if not others:
        return []
    middle = np.sort(near[others])[(len(others) - 1) // 2]
    return sorted((m for m in others if near[m] <= middle), key=lambda m: one.order(spoken[m].text))


def _differs(text: str, taken: Iterable[str], reply: str) -> bool:
    return not contains(text, reply) and all(alike(text, other) < NEAR for other in taken)
