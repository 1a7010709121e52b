"""A check's report for people, and as annotations of a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from rich.console import Console
from rich.text import Text

from vidchatbench.submission.codes import printable
from vidchatbench.submission.finding import Finding, Level, Verdict

_LEVELS: dict[Level, str] = {0: "form", 1: "arithmetic", 2: "copies and cheats", 3: "answers scored again"}
_COLOURS = {"error": "bold red", "warning": "yellow", "note": "dim"}


def tell(verdicts: Sequence[Verdict], *, names: bool = True) -> None:
    """Print verdicts. What a submission brings is printed as text, never as markup."""
    console = Console(soft_wrap=True, highlight=False)
    for verdict in verdicts:
        if names:
            console.print(Text(printable(verdict.path), "bold"))
        for finding in verdict.findings:
            head = f"{finding.severity:8}{finding.code}"
            console.print(Text(head, _COLOURS[finding.severity]), Text(f"{finding.where}: {finding.detail}"))
            if finding.remedy:
                console.print(Text(f"        -> {finding.remedy}"))
        for one in verdict.not_checked:
            console.print(Text(f"not seen: {one.what} ({one.why})", "dim"))
        passed = "none" if verdict.level is None else f"{verdict.level} ({_LEVELS[verdict.level]})"
        colour = "bold green" if verdict.verdict == "accepted" else "bold red"
        console.print(Text(verdict.verdict, colour), Text(f"highest level passed: {passed}"))


def github(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """GitHub's workflow commands, one a finding: `::error file=...,title=...::...`."""
    for verdict in verdicts:
        for finding in verdict.findings:
            kind = {"error": "error", "warning": "warning", "note": "notice"}[finding.severity]
            file, line = _place(verdict, finding)
            properties = {"file": file, "title": f"level {finding.level}: {finding.code}"}
            if line:
                properties["line"] = line
            text = f"{finding.where}: {finding.detail}" + (f"\n-> {finding.remedy}" if finding.remedy else "")
            told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
            yield f"::{kind} {told}::{_data(text)}"


def _place(verdict: Verdict, finding: Finding) -> tuple[str, str]:
    match = re.match(r"([\w.-]+)(?::(\d+))?(?::|$)", finding.where)
    if match is None:
        return verdict.path, ""
    return str(PurePosixPath(verdict.path) / match[1]), match[2] or ""


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
