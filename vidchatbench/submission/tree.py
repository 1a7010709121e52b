"""Append-only: what a change of the `submissions/` folder may be. Nothing that was merged is edited or taken away."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from vidchatbench.submission.codes import found
from vidchatbench.submission.finding import Finding
from vidchatbench.submission.schema import FILES, WITHDRAWAL

_MOST: Final = 200_000
_REMEDY: Final = (
    "a merged run stays as it is: give it up with vidchatbench submit --withdraw DIR --reason TEXT, and put a better "
    "one beside it with --supersedes RUN_ID"
)
_ONE: Final = "one run, or one withdrawal, in a pull request: send the others in their own"


def appended(base: Path, head: Path) -> list[Finding]:
    """What forbids to merge `head` (a `submissions/` folder) over `base`, the one before."""
    before, after = _entries(base), _entries(head)
    if before is None or after is None:
        what = base if before is None else head
        return [found("append-only", what.name, "is no folder that can be compared", "give the submissions/ folder")]
    findings = []
    for name in sorted(before):
        if name not in after:
            findings.append(found("append-only", name, "was merged, and is gone", _REMEDY))
        elif not _same(base / name, head / name, before[name], after[name]):
            findings.append(found("append-only", name, "was merged, and is changed", _REMEDY))
    new = sorted(name for name in after if name not in before and not stat.S_ISDIR(after[name].st_mode))
    runs = sorted({str(Path(name).parent) for name in new if Path(name).name != WITHDRAWAL})
    withdrawn = [name for name in new if Path(name).name == WITHDRAWAL]
    for name in new:
        parts = Path(name).parts
        if len(parts) != 3 or parts[2] not in (*FILES, WITHDRAWAL):
            findings.append(found("append-only", name, "is new, and no file of a run", "take it out"))
    lower = {name.lower(): name for name in before}
    for name in sorted({Path(name).parts[0] for name in new}):
        if lower.get(name.lower(), name) != name:
            detail = f"differs from {lower[name.lower()]} in the case of letters alone"
            findings.append(found("append-only", name, detail, "write the model's id as in its earlier runs"))
    for run in runs:
        model, _, run_id = run.partition("/")
        last = max(
            (
                Path(name).name
                for name in before
                if str(Path(name).parent) == model and stat.S_ISDIR(before[name].st_mode)
            ),
            default="",
        )
        if run not in before and run_id < last:  # ids begin with their time
            detail = f"is dated before a merged run of this model, {last}"
            findings.append(found("append-only", run, detail, "pack it anew: vidchatbench submit RUN --pred OUTPUTS"))
    findings += [found("append-only", run, "a file is added to a merged run", _REMEDY) for run in runs if run in before]
    if len(runs) + len(withdrawn) > 1:
        findings.append(found("append-only", ", ".join([*runs, *withdrawn][:4]), "more than one thing is new", _ONE))
    findings += [
        found("append-only", name, "withdraws a run that is not merged", "leave the run out instead")
        for name in withdrawn
        if str(Path(name).parent) not in before
    ]
    return findings


def _entries(root: Path) -> dict[str, os.stat_result] | None:
    """Everything below a folder by its path in it; links are listed, not followed."""
    if not root.is_dir():
        return None
    entries: dict[str, os.stat_result] = {}
    open_folders = [""]
    while open_folders:
        folder = open_folders.pop()
        with os.scandir(root / folder) as inside:
            for entry in inside:
                name = f"{folder}/{entry.name}" if folder else entry.name
                entries[name] = entry.stat(follow_symlinks=False)
                if len(entries) > _MOST:
                    return None
                if stat.S_ISDIR(entries[name].st_mode):
                    open_folders.append(name)
    return entries


def _same(one: Path, two: Path, a: os.stat_result, b: os.stat_result) -> bool:
    if stat.S_IFMT(a.st_mode) != stat.S_IFMT(b.st_mode):
        return False
    if stat.S_ISLNK(a.st_mode):
        return one.readlink() == two.readlink()
    if not stat.S_ISREG(a.st_mode):
        return stat.S_ISDIR(a.st_mode)
    if a.st_size != b.st_size:
        return False
    with one.open("rb") as x, two.open("rb") as y:
        while block := x.read(1 << 20):
            if block != y.read(1 << 20):
                return False
    return True
