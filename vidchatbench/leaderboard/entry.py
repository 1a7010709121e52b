"""A merged submission as the boards see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vidchatbench.leaderboard.config import read_boards
from vidchatbench.leaderboard.verified import VerifiedRun, read_verified, submission_sha256, write_verified
from vidchatbench.results import ItemRecord, Results, StoredRows
from vidchatbench.submission.check import Asked, check_submissions
from vidchatbench.submission.context import merged_runs
from vidchatbench.submission.declared import folder_of
from vidchatbench.submission.finding import CheckReport, Verdict
from vidchatbench.submission.opened import open_submission
from vidchatbench.submission.schema import Submission, Withdrawal

SUBMISSIONS = "submissions"
LEAST = 1
"""The level below which a run is on no board: its numbers are not those of its rows."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One run that the check did not refuse."""

    path: str
    """Below the leaderboard's folder: `submissions/org__model/run_id`."""
    submission: Submission
    results: Results
    items: Sequence[ItemRecord]
    rows: StoredRows
    verified: VerifiedRun
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

    A run's level of verification is the one that `verified.json` records of these very files, else what the check
    finds here: form, arithmetic, copies. Media are not scored again by this. What makes the answers of a control
    degenerate (any system that a board's file calls a baseline, an example or a reference) is a note.
    """
    folder = root / SUBMISSIONS
    runs = merged_runs(folder)
    known = read_verified(root)
    recorded = {run: one for run in runs if (one := known.get(run.name)) and one.submission == submission_sha256(run)}
    unknown = [run for run in runs if run not in recorded]
    controls = {folder_of(model) for config in read_boards(root) for ids in config.kinds.values() for model in ids}
    verdicts: dict[Path, Verdict] = {}
    for baseline in (False, True):
        some = [run for run in unknown if (run.parent.name in controls) == baseline]
        report = (
            check_submissions(some, against=folder, asked=Asked(baseline=baseline))
            if some
            else CheckReport(submissions=())
        )
        verdicts |= zip(some, report.submissions, strict=True)
    entries: list[Entry] = []
    refused: dict[str, str] = {}
    for run in runs:
        path = run.relative_to(root).as_posix()
        verified = recorded[run] if run in recorded else _verified(run, verdicts[run])
        opened, findings = open_submission(run)
        if opened is None or verified is None or (verified.level < LEAST and opened.withdrawal is None):
            told = findings or [one for one in verdicts[run].findings if one.severity == "error"]
            refused[path] = f"{told[0].code}: {told[0].where}: {told[0].detail}" if told else "it passed no level"
            continue
        entries.append(
            Entry(
                path=path, submission=opened.submission, results=opened.results, items=opened.items, rows=opened.rows,
                verified=verified, withdrawal=opened.withdrawal,
            )
        )  # fmt: skip
    return entries, refused


def record(root: Path, by: str, date: str) -> int:
    """Write what the check finds of runs that `verified.json` does not know yet; returns how many there were.

    A record that is there is kept, also where the check would find more: levels 3 and 4 are recorded by people.
    """
    known = dict(read_verified(root))
    fresh = {
        entry.run_id: replace(entry.verified, by=by, date=date)
        for entry in read_entries(root)[0]
        if known.get(entry.run_id) != entry.verified
    }
    write_verified(root, known | fresh)
    return len(fresh)


def _verified(run: Path, verdict: Verdict) -> VerifiedRun | None:
    if verdict.level is None:
        return None
    flags = [one for one in verdict.findings if one.severity != "note"]
    return VerifiedRun(
        level=verdict.level,
        flags=tuple(f"{one.code}: {one.where}: {one.detail}" for one in flags),
        submission=submission_sha256(run),
        by="build",
        date=None,
    )
