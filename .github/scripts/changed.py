"""Which run a change of the repository adds, or why it may not be merged as a submission.

    python3 changed.py REPO BASE HEAD REPORT

Looks at git's objects alone, before anything of the change is opened as a file: a submission adds plain files to one
folder leaderboard/submissions/ORG__MODEL/RUN_ID, and changes nothing else; which files, new folder or old, is left to
`check-submission`. Prints the folder; else writes REPORT (vidchatbench.check/1), prints annotations and exits with 4.
Standard library only.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

NAME = r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}"
FILE = re.compile(rf"(leaderboard/submissions/{NAME}__{NAME}/[0-9a-f-]{{36}})/({NAME})")
PLAIN = "100644"
SHOWN = 20
"""Findings in a report; the others are counted."""


class Change(NamedTuple):
    """One changed path."""

    status: str
    """A(dded), M(odified), D(eleted), T(ype changed)."""
    mode: str
    path: str


def changes(repo: Path, base: str, head: str) -> Iterator[Change]:
    """What differs between two commits, renames told as a deletion and an addition."""
    command = ["git", "-C", str(repo), "diff", "--raw", "-z", "--no-renames", "--no-ext-diff", base, head, "--"]
    words = subprocess.run(command, check=True, capture_output=True).stdout.decode("utf-8", "replace").split("\0")
    for head_line, path in zip(words[::2], words[1::2], strict=False):
        _, mode, _, _, status = head_line.split(" ")
        yield Change(status, mode, path)


def judge(changed: list[Change]) -> tuple[set[str], list[tuple[str, str, str]]]:
    """The runs' folders, and what is wrong: code, where, detail."""
    runs, wrong = set(), []
    for status, mode, path in changed:
        where = printable(path)
        match = FILE.fullmatch(path)
        if match is None:
            wrong.append(("path", where, "is no file of a run: leaderboard/submissions/ORG__MODEL/RUN_ID/FILE"))
            continue
        runs.add(match[1])
        if status != "A":
            told = {"M": "changed", "D": "taken away"}.get(status, "of another type")
            wrong.append(("append-only", where, f"was merged, and is {told}"))
        elif mode != PLAIN:
            wrong.append(("path", where, f"is no plain file (git mode {mode}): a link, a program or a submodule"))
    if len(runs) > 1:
        wrong.append(
            ("append-only", ", ".join(sorted(runs)[:4]), f"files of {len(runs)} runs are added: one at a time")
        )
    if not changed:
        wrong.append(("path", ".", "nothing is changed"))
    return runs, wrong


def printable(text: str) -> str:
    """Text of others on one line, without control characters and commands to the runner (`##[...]`), cut."""
    kept = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text[:300]).replace("##[", "# #[")
    return kept if len(text) <= 300 else kept + "..."


def report(wrong: list[tuple[str, str, str]]) -> dict[str, object]:
    """The findings in the shape of `vidchatbench check-submission --json`."""
    more = [("append-only", ".", f"{len(wrong) - SHOWN} more like these")] if len(wrong) > SHOWN else []
    remedy = "add the files of one run that vidchatbench submit has packed, and nothing else"
    findings = [
        {"level": 0, "code": code, "severity": "error", "where": where, "detail": detail, "remedy": remedy}
        for code, where, detail in (*wrong[:SHOWN], *more)
    ]
    rest = {"what": "the files' contents", "why": "a change that may not be merged is not opened"}
    verdict = {"path": ".", "verdict": "refused", "level": None, "findings": findings, "not_checked": [rest]}
    return {"schema": "vidchatbench.check/1", "submissions": [verdict]}


def main(repo: str, base: str, head: str, out: str) -> int:
    """Exit 0 where one run is added, 4 where the change is something else."""
    runs, wrong = judge(list(changes(Path(repo), base, head)))
    if not wrong:
        print(*runs)
        return 0
    Path(out).write_text(json.dumps(report(wrong), indent=1) + "\n", encoding="utf-8")
    for _, where, detail in wrong[:SHOWN]:
        told = f"{where}: {detail}".replace("%", "%25")
        print(f"::error title=not a submission::{told}", file=sys.stderr)
    return 4


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
