"""Whether answers change with the seed, as the model's declaration says, and rows with the answers."""

from __future__ import annotations

from itertools import combinations
from typing import Final

from vidchatbench.submission.context import Context
from vidchatbench.submission.finding import Finding, NotChecked
from vidchatbench.submission.opened import Opened
from vidchatbench.submission.schema import ITEMS, MANIFEST
from vidchatbench.submission.screen.alike import alike
from vidchatbench.submission.screen.answer import Answer, answers, by_place
from vidchatbench.submission.screen.flag import MOST, SOME, flag, share
from vidchatbench.submission.screen.frozen import frozen
from vidchatbench.submission.screen.numbers import telling
from vidchatbench.submission.screen.silence import silent

EQUAL: Final = 0.2
"""Share of places whose values are equal over seeds though the files are not, from which on they were not measured."""
_FEWEST: Final = 5


def seeds(opened: Opened, context: Context) -> list[Finding | NotChecked]:
    """The declaration `deterministic` against the files, and values that are equal over seeds whose files differ."""
    places = {place: many for place, many in by_place(answers(opened)).items() if len(many) > 1}
    if not places:
        return []
    found: list[Finding | NotChecked] = []
    alike_at = {place: _equal(many) for place, many in places.items()}
    same = [place for place, equal in alike_at.items() if equal]
    keys = [places[place][0].key for place in same]
    if not opened.submission.model.deterministic and share(len(same), len(places)) >= MOST:
        detail = f"the answers to {len(same)} of {len(places)} questions are the same for every seed"
        remedy = "declare `deterministic`, or give the seed to the model and generate anew"
        found.append(flag("seeds-same", MANIFEST, keys, detail, remedy))
    varied = [places[place][0].key for place, equal in alike_at.items() if not equal]
    if opened.submission.model.deterministic and share(len(varied), len(places)) >= SOME:
        detail = (
            f"declared deterministic, but the answers to {len(varied)} of {len(places)} questions change with the seed"
        )
        found.append(flag("seeds-vary", MANIFEST, varied, detail, "declare `deterministic` as false"))
    return found + _values(opened, [many for place, many in places.items() if place not in same])


def _equal(many: list[Answer]) -> bool:
    """Whether all answers are one content."""
    if len({(one.line.sha256, one.line.audio_sha256) for one in many}) == 1:
        return True
    for a, b in combinations(many, 2):
        held = alike([a.print], [b.print])
        picture = held.same_picture.all() or (frozen(a.print) and frozen(b.print))
        sound = held.same_sound.all() or (silent(a.print) and silent(b.print))
        if not (picture and sound):
            return False
    return True


def _values(opened: Opened, differ: list[list[Answer]]) -> list[Finding | NotChecked]:
    found: list[Finding | NotChecked] = []
    for id in opened.results.metrics:
        known = telling(opened, id)
        pairs = [(a.key, b.key) for many in differ for a, b in combinations(many, 2) if {a.key, b.key} <= known.keys()]
        equal = [a for a, b in pairs if known[a] == known[b]]
        if len(pairs) >= _FEWEST and share(len(equal), len(pairs)) >= EQUAL:
            detail = (
                f"{id} has the very same value for two seeds in {len(equal)} of {len(pairs)} pairs of different "
                "answers: values were copied, not measured"
            )
            found.append(flag("rows-repeated", ITEMS, equal, detail, "score the outputs anew: vidchatbench eval"))
    return found
