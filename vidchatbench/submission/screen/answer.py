"""A submission's answers one by one: what each file says of the same sample, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vidchatbench.results import ItemRecord
from vidchatbench.submission.opened import Opened
from vidchatbench.submission.schema import ManifestLine
from vidchatbench.tasks import TASKS
from vidchatbench.testset.fingerprint import Fingerprint
from vidchatbench.types import SampleKey


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that could be decoded."""

    key: str
    record: ItemRecord
    line: ManifestLine
    print: Fingerprint

    @property
    def place(self) -> tuple[str, int]:
        """Item and turn, whatever the seed."""
        return self.record.item_id, self.record.turn

    @property
    def speaks(self) -> bool:
        """Whether the task asks for speech."""
        return TASKS[self.record.task].speaks


def answers(opened: Opened) -> list[Answer]:
    """All answers that have a line in every file, in order."""
    found = []
    for record in opened.items:
        key = str(SampleKey(item_id=record.item_id, turn=record.turn, seed=record.seed))
        if key in opened.manifest and key in opened.fingerprints:
            found.append(Answer(key, record, opened.manifest[key], opened.fingerprints[key]))
    return found


def by_place(many: Sequence[Answer]) -> Mapping[tuple[str, int], list[Answer]]:
    """The answers to each question: one a seed."""
    found: dict[tuple[str, int], list[Answer]] = {}
    for one in many:
        found.setdefault(one.place, []).append(one)
    return found
