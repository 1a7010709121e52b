"""One line of the report of `check-adapter`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Verdict = Literal["passed", "FAILED", "note", "skipped"]


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, and what was seen."""

    id: str
    title: str
    verdict: Verdict
    text: str
    clips: tuple[Path, ...] = ()
    """Two answers that should differ and do not, or the other way round."""
