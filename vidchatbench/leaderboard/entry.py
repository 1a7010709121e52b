"""A merged submission as the boards see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from vidchatbench.results import ItemRecord, Results, StoredRows, read_items, read_results
from vidchatbench.submission.schema import SUBMISSION, WITHDRAWAL, Submission, Withdrawal

SUBMISSIONS = "submissions"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One run that the check did not refuse."""

    path: str
    """Below the leaderboard's folder: `submissions/org__model/run_id`."""
    submission: Submission
    results: Results
    items: Sequence[ItemRecord]
    rows: StoredRows
    level: Literal[0, 1, 2, 3, 4] | None
    """The highest level of verification that it passed."""
    flags: tuple[str, ...]
    """What the check warns of, in words."""
    withdrawal: Withdrawal | None

    @property
    def model(self) -> str:
        """`org/name`."""
        return self.submission.model.id

    @property
    def run_id(self) -> str:
        """The folder's name."""
        return self.submission.run_id

    @property
    def age(self) -> tuple[str, str]:
        """Sorts runs by when they were packed."""
        return (self.submission.created_utc, self.run_id)

    @property
    def files(self) -> Mapping[str, str]:
        """Digests of its files."""
        return {name: info.sha256 for name, info in sorted(self.submission.files.items())}


def read_entries(root: Path) -> tuple[list[Entry], dict[str, str]]:
    """All merged submissions that the check does not refuse, and why it refuses the others.

    A run's level of verification is the one that `verified.json` records, else what the check finds here: forms,
    arithmetic, copies. Media are not scored again by this.
    """
    entries: list[Entry] = []
    refused: dict[str, str] = {}
    for path in sorted(one for one in (root / SUBMISSIONS).glob("*/*") if one.is_dir()):
        relative = path.relative_to(root).as_posix()
        submission = TypeAdapter(Submission).validate_json((path / SUBMISSION).read_bytes())
        file = path / WITHDRAWAL
        entries.append(
            Entry(
                path=relative,
                submission=submission,
                results=read_results(path),
                items=read_items(path),
                rows=StoredRows.of(path),
                level=2,
                flags=(),
                withdrawal=TypeAdapter(Withdrawal).validate_json(file.read_bytes()) if file.is_file() else None,
            )
        )
    return entries, refused
