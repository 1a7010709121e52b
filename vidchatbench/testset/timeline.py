"""When things happen in a turn: from `items.jsonl`, else from the lock; never measured while a model is scored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import isnan
from typing import TYPE_CHECKING

from vidchatbench.errors import DataError
from vidchatbench.tasks import TASKS
from vidchatbench.testset.lock import Lock
from vidchatbench.types import Item, Turn

if TYPE_CHECKING:
    from vidchatbench.testset.load import TestSet


def timed(item: Item, lock: Lock | None) -> Item:
    """The item with the times that it leaves out taken from the lock, where that has them."""
    if lock is None or not any(lacks(turn) for turn in item.turns):
        return item
    return replace(item, turns=tuple(_timed(turn, lock, item.item_id, n) for n, turn in enumerate(item.turns)))


def _timed(turn: Turn, lock: Lock, item_id: str, number: int) -> Turn:
    line = lock.timeline.get((item_id, number))
    return turn if line is None else replace(turn, **{name: getattr(line, name) for name in lacks(turn)})


def lacks(turn: Turn) -> list[str]:
    """The names of the times that are not known."""
    return [name for name in ("initiator_speech_end_s", "reference_start_s") if isnan(getattr(turn, name))]


def untimed(items: Iterable[Item]) -> list[str]:
    """The turns without their times: `d01: initiator_speech_end_s`."""
    return [
        f"{item.item_id}{f' turn {number}' if number else ''}: {', '.join(names)}"
        for item in items
        for number, turn in enumerate(item.turns)
        if (names := lacks(turn))
    ]


def need_timeline(testset: TestSet) -> None:
    """Refuse to form numbers where a turn's times are not known.

    Raises:
        DataError: With the first of the turns, and what to type.
    """
    found = untimed(testset.items)
    if found:
        raise DataError(
            f"neither items.jsonl nor media.lock.jsonl gives the times of {len(found)} turns ({found[0]}"
            f"{', ...' if len(found) > 1 else ''})",
            where=testset.root,
            remedy=f"with the media at hand: vidchatbench testset lock {testset.name}; else get the test set's lock",
        )


def default_start(testset: TestSet, item: Item, turn: Turn) -> float:
    """When a reply begins where nothing else says it: when the initiator's clip ends, or, beside it, with it."""
    if TASKS[item.task].beside_question:
        return 0.0
    locked = testset.lock.media.get(turn.initiator) if testset.lock else None
    if locked is not None and locked.duration_s is not None:
        return locked.duration_s
    from vidchatbench.media import Clip  # lists and facts of test sets need no decoder

    info = Clip(testset.file(turn.initiator)).info
    return max(track.duration_s for track in (info.video, info.audio) if track)
