"""One reply for everything: the same content, or the same words, as the answer to different questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from vidchatbench.submission.context import Context
from vidchatbench.submission.finding import Finding, NotChecked
from vidchatbench.submission.opened import Opened
from vidchatbench.submission.schema import FINGERPRINTS, ITEMS
from vidchatbench.submission.screen.alike import alike_if_near
from vidchatbench.submission.screen.answer import Answer, answers
from vidchatbench.submission.screen.flag import SOME, by_share, flag, share
from vidchatbench.submission.screen.said import said
from vidchatbench.testset.candidates.words import words

FEWEST: Final = 5
"""Of fewer answers nothing is said."""
ONE_TEXT: Final = 0.2
"""Share of answers with the very same words from which on it is no chance: people share the shortest replies alone."""
MOST_HELD: Final = 64
"""So many of the answers that come near to one are held against it: of what 5 % share, three are among them."""
_REMEDY: Final = "answer each question; the baseline `constant_latency` shows what one reply for all is worth"


def one_reply(opened: Opened, context: Context) -> list[Finding | NotChecked]:
    """Questions whose answer is also that of another question; an error where most of the questions are such."""
    first = min((record.seed for record in opened.items), default=0)
    own = [one for one in answers(opened) if one.record.seed == first]
    found: list[Finding | NotChecked] = []
    if len(own) >= FEWEST:
        twins = _twins(own)
        for part, what in enumerate(("picture", "sound")):
            hits = [one.key for one in own if twins[one.key][part]]
            rest = [one for one in own if part == 0 or one.speaks]
            if share(len(hits), len(rest)) >= SOME and len(hits) > 1:
                detail = f"{len(hits)} of {len(rest)} answers have the {what} of an answer to another question"
                severity = by_share(len(hits), len(rest))
                found.append(flag("one-reply", FINGERPRINTS, hits, detail, _REMEDY, severity))
    return found + _texts(own)


def _twins(own: Sequence[Answer]) -> dict[str, tuple[bool, bool]]:
    """By answer: whether another item has the same picture, and the same sound."""
    prints = {one.key: one.print for one in own}
    item = {one.key: one.record.item_id for one in own}
    digests = defaultdict[str | None, set[str]](set)
    for one in own:
        digests[one.line.sha256].add(one.record.item_id)
    found = {one.key: (len(digests[one.line.sha256]) > 1,) * 2 for one in own}
    for (a, b), held in alike_if_near(prints, prints, MOST_HELD).items():
        if item[a] != item[b]:
            picture, sound = found[a]
            found[a] = picture or bool(held.same_picture.any()), sound or bool(held.same_sound.any())
    return found


def _texts(own: Sequence[Answer]) -> list[Finding | NotChecked]:
    heard = {one.key: " ".join(words(text)) for one in own if one.speaks and (text := said(one.record))}
    if len(heard) < FEWEST:
        return []
    by_text = defaultdict[str, list[str]](list)
    for key, text in heard.items():
        by_text[text].append(key)
    most, keys = max(by_text.items(), key=lambda pair: len(pair[1]))
    if len(keys) < 2 or share(len(keys), len(heard)) < ONE_TEXT:
        return []
    detail = f"{len(keys)} of {len(heard)} answers in which words were heard say the very same: {most[:80]!r}"
    return [flag("one-reply", ITEMS, keys, detail, _REMEDY, by_share(len(keys), len(heard)))]
