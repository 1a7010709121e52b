"""How screens word what they find: one finding for all samples that it is true of, with the first of them named."""

from __future__ import annotations

from collections.abc import Sequence

from vidchatbench.submission.codes import CODES, printable
from vidchatbench.submission.finding import Finding, Severity

_NAMED = 3
SOME, MOST = 0.05, 0.5
"""Shares of answers: from `SOME` on a finding is more than an accident, from `MOST` on it is what the system does."""


def flag(
    code: str, file: str, samples: Sequence[str], detail: str, remedy: str, severity: Severity | None = None
) -> Finding:
    """A finding about samples; the code's usual severity where none is given."""
    where = f"{file}: {named(samples)}" if samples else file
    usual = CODES[code]
    return Finding(
        level=usual.level,
        code=code,
        severity=severity or usual.severity,
        where=printable(where),
        detail=printable(detail),
        remedy=printable(remedy),
    )


def named(samples: Sequence[str]) -> str:
    """`d01, d02, d03 and 12 more`."""
    more = f" and {len(samples) - _NAMED} more" if len(samples) > _NAMED else ""
    return ", ".join(samples[:_NAMED]) + more


def share(part: int, whole: int) -> float:
    """0 where there is nothing."""
    return part / whole if whole else 0.0


def by_share(part: int, whole: int) -> Severity:
    """What is true of most answers is an error, of some a warning, of few a note."""
    return "error" if share(part, whole) >= MOST else "warning" if share(part, whole) >= SOME else "note"
