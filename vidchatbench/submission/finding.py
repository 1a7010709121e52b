"""What a check of a submission says; the shape of `check-submission --json`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

SCHEMA: Final = "vidchatbench.check/1"
Level = Literal[0, 1, 2, 3]
"""0 form, 1 arithmetic, 2 copies and cheats, 3 media scored again."""
Severity = Literal["error", "warning", "note"]
_STRICT = {"extra": "forbid", "allow_inf_nan": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a check found."""

    __pydantic_config__ = _STRICT
    level: Level
    code: str
    """In kebab case, closed list: `path`, `schema`, `digest`, `total-differs`, `copy-of-reference` ..."""
    severity: Severity
    """An `error` refuses the submission; a `warning` is for whoever merges; a `note` is for the record."""
    where: str
    """File of the submission with line, sample or metric: `items.jsonl.gz: d01`."""
    detail: str
    """What is wrong, in a sentence, with value and threshold."""
    remedy: str | None
    """What to do or type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotChecked:
    """What no level that was run could see."""

    __pydantic_config__ = _STRICT
    what: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Of one submission."""

    __pydantic_config__ = _STRICT
    path: str
    verdict: Literal["accepted", "refused"]
    level: Level | None
    """The highest level that was passed, all below it passed too; None where none was."""
    findings: tuple[Finding, ...]
    not_checked: tuple[NotChecked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """Of all submissions given."""

    __pydantic_config__ = _STRICT
    schema: Literal["vidchatbench.check/1"] = SCHEMA
    submissions: tuple[Verdict, ...]
