"""`leaderboard/verified.json`: the level of verification that was recorded of a run when it was merged."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from vidchatbench.engine.cache import write_atomic
from vidchatbench.errors import DataError
from vidchatbench.submission.schema import SUBMISSION
from vidchatbench.testset.jsonl import explain

FILE = "verified.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedRun:
    """What was found of one run."""

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012 - pydantic reads it from the class
    level: Literal[0, 1, 2, 3, 4]
    """0 form, 1 arithmetic, 2 copies and cheats, 3 answers scored again, 4 answers made again."""
    flags: tuple[str, ...]
    """What the check warned of, in words; the board shows it."""
    submission: str
    """sha256 of its submission.json, which names the digests of all its files: an edited run is checked anew."""
    by: str
    """Who recorded it: `ci`, a maintainer's name."""
    date: str | None
    """When: `2026-11-28`."""
    beacon: str | None = None
    """For level 3: the public random number that its samples were drawn from."""


def submission_sha256(run: Path) -> str:
    """The digest of a run's submission.json; of nothing where it cannot be read."""
    try:
        return hashlib.sha256((run / SUBMISSION).read_bytes()).hexdigest()
    except OSError:
        return hashlib.sha256().hexdigest()


def read_verified(root: Path) -> Mapping[str, VerifiedRun]:
    """The record, by run id; empty where there is none.

    Raises:
        DataError: Where it is not right.
    """
    file = root / FILE
    if not file.is_file():
        return {}
    try:
        return TypeAdapter(dict[str, VerifiedRun]).validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise DataError(explain(error) if isinstance(error, ValidationError) else str(error), where=file) from error


def write_verified(root: Path, runs: Mapping[str, VerifiedRun]) -> Path:
    """Write the record, sorted."""
    said = {run_id: asdict(runs[run_id]) for run_id in sorted(runs)}
    write_atomic(root / FILE, (json.dumps(said, indent=1, ensure_ascii=False) + "\n").encode())
    return root / FILE
