"""Anchors: the two values between which a metric becomes a score, frozen for each version of a test set."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import TypeAdapter, ValidationError

from vidchatbench.engine.cache import write_atomic
from vidchatbench.errors import DataError, UsageError
from vidchatbench.leaderboard.config import part
from vidchatbench.leaderboard.plain import plain
from vidchatbench.leaderboard.schema import Anchor
from vidchatbench.testset.jsonl import explain
from vidchatbench.types import Floats

SCHEMA: Final = "vidchatbench.anchors/1"
LOWEST, HIGHEST = -0.25, 1.25
"""Where an anchored value is cut, so that one number far out does not decide a mean."""
_STRICT = {"extra": "forbid", "allow_inf_nan": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenAnchor:
    """The anchors of one metric on one task, and the runs that they are from; or why there are none."""

    __pydantic_config__ = _STRICT
    signature: str
    """Of the metric: an anchor is never used for another number."""
    low: float | None
    low_id: str | None
    low_run: str | None
    high: float | None
    high_id: str | None
    high_run: str | None
    reason: str | None
    """Why there are none."""

    @property
    def anchor(self) -> Anchor | None:
        """As a board shows it."""
        if self.low is None or self.high is None or self.low_id is None or self.high_id is None:
            return None
        return Anchor(low=self.low, low_id=self.low_id, high=self.high, high_id=self.high_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """`anchors/<testset>-<version>.json`."""

    __pydantic_config__ = _STRICT
    schema: Literal["vidchatbench.anchors/1"] = SCHEMA
    testset: str
    version: str
    testset_sha256: str | None
    boards: Mapping[str, Mapping[str, FrozenAnchor]]
    """By `task/protocol`, then by metric."""


def anchored(value: Floats, anchor: Anchor) -> Floats:
    """(value - low) / (high - low), cut at -0.25 and 1.25: 0 as the degenerate baseline, 1 as real clips."""
    score = (value - anchor.low) / (anchor.high - anchor.low)
    return score.clip(LOWEST, HIGHEST)


def anchors_file(root: Path, testset: str, version: str) -> Path:
    """Where the anchors of a version of a test set stand."""
    return part(root, "anchors") / f"{testset}-{version}.json"


def read_anchors(root: Path, testset: str, version: str) -> Anchors | None:
    """The anchors of a version of a test set; None where none were frozen.

    Raises:
        DataError: Where the file is not right.
    """
    path = anchors_file(root, testset, version)
    if not path.is_file():
        return None
    try:
        found = TypeAdapter(Anchors).validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise DataError(explain(error) if isinstance(error, ValidationError) else str(error), where=path) from error
    if (found.testset, found.version) != (testset, version):
        raise DataError(f"it is of {found.testset} {found.version}", where=path)
    return found


def write_anchors(root: Path, found: Anchors) -> Path:
    """Freeze the anchors.

    Raises:
        UsageError: Where other ones are frozen for this version already.
    """
    path = root / "anchors" / f"{found.testset}-{found.version}.json"
    text = json.dumps(plain(asdict(found)), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
    if path.is_file() and path.read_text(encoding="utf-8") != text:
        raise UsageError(
            f"the anchors of {found.testset} {found.version} are frozen, and these are others",
            where=path,
            remedy="scores with other anchors are other numbers: raise the test set's version, with a board of its own",
        )
    write_atomic(path, text.encode())
    return path
