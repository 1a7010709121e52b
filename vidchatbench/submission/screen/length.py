"""Lengths of answers that only somebody can know who knows the real ones, or that lie far from people's."""

from __future__ import annotations

from typing import Final

import numpy as np

from vidchatbench.submission.context import Context
from vidchatbench.submission.finding import Finding, NotChecked
from vidchatbench.submission.opened import Opened
from vidchatbench.submission.schema import FINGERPRINTS
from vidchatbench.submission.screen.answer import Answer, answers
from vidchatbench.submission.screen.flag import MOST, flag, share
from vidchatbench.tasks import TASKS
from vidchatbench.testset.fingerprint import Fingerprint

TICK_S: Final = 0.045
"""Lengths that differ by less are the same: a frame at 25 a second."""
CHANCE: Final = 0.2
"""Where more answers are as long as another item's real reply, lengths tell nothing."""
FAR: Final = 3.0
"""Times the median length of the real replies, or a part of it, from which on lengths are no conversation's."""
_FEWEST: Final = 8


def length(opened: Opened, context: Context) -> list[Finding | NotChecked]:
    """Answers as long as the real reply to the frame, and lengths far from those of people."""
    locked = context.testset.lock.media if context.testset.lock else {}
    items = {item.item_id: item for item in context.testset.items}
    pairs: list[tuple[Answer, float]] = []
    for one in answers(opened):
        if one.record.item_id in items and not TASKS[one.record.task].beside_question:
            path = items[one.record.item_id].turns[one.record.turn].reference
            if path in locked and locked[path].fingerprint:
                pairs.append((one, _seconds(Fingerprint.parse(locked[path].fingerprint))))
    if len(pairs) < _FEWEST:
        return []
    ours = np.array([_seconds(one.print) for one, _ in pairs])
    real = np.array([seconds for _, seconds in pairs])
    found: list[Finding | NotChecked] = []
    same, chance = np.abs(ours - real) <= TICK_S, np.abs(ours[:, None] - real[None]) <= TICK_S
    if share(int(same.sum()), len(pairs)) >= MOST and chance.mean() <= CHANCE:
        keys = [one.key for (one, _), hit in zip(pairs, same, strict=True) if hit]
        detail = (
            f"{len(keys)} of {len(pairs)} answers are as long as the real reply, to a frame; of another item's "
            f"{chance.mean():.0%} are. The model is not told how long the real reply is"
        )
        remedy = "let the model decide how long it answers; the real reply's length is a part of the answer"
        found.append(flag("length-of-reference", FINGERPRINTS, keys, detail, remedy))
    ratio = float(np.median(ours) / np.median(real))
    if not 1 / FAR <= ratio <= FAR:
        detail = (
            f"the answers last {np.median(ours):.1f} s in the median, {ratio:.1f} times the real replies' "
            f"{np.median(real):.1f} s"
        )
        remedy = "nothing, if the model does so; whoever reads its values per second should know"
        found.append(flag("length-far", FINGERPRINTS, [], detail, remedy))
    return found


def _seconds(print: Fingerprint) -> float:
    return print.picture_s or print.sound_s
