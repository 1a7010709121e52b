"""Reading `leaderboard.json`."""

from __future__ import annotations

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from vidchatbench.errors import DataError
from vidchatbench.leaderboard.schema import SCHEMA, Leaderboard
from vidchatbench.testset.jsonl import explain


def read_leaderboard(path: Path) -> Leaderboard:
    """All boards.

    Raises:
        DataError: Where the file is absent, of another schema, or not right.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"cannot be read: {error.strerror or error}",
            where=path,
            remedy="make it with vidchatbench leaderboard build, or name it: --board FILE",
        ) from error
    try:
        return TypeAdapter(Leaderboard).validate_json(text)
    except ValidationError as error:
        raise DataError(f"not a {SCHEMA} file: {explain(error)}", where=path) from error
