"""Transcripts in Markdown: commands with the output that a page says they have, and whether they have it."""

from __future__ import annotations

import difflib
import re
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_STATUS = "echo $?"


@dataclass(frozen=True)
class Command:
    """One command of a page, and what the page says that it prints."""

    text: str
    expected: str
    line: int
    """Where it stands in the page, for the message."""


def commands(page: str) -> list[Command]:
    """All commands of the ```console blocks of a page, in order."""
    found = []
    for block in _FENCE.finditer(page):
        at = page[: block.start()].count("\n") + 2
        lines = block[1].splitlines()
        k = 0
        while k < len(lines):
            assert lines[k].startswith("$ "), f"line {at + k}: a block begins with a command, `$ ...`, not {lines[k]!r}"
            start, text = k, [lines[k][2:]]
            k += 1
            while k < len(lines) and (lines[k] + " ").startswith("> "):
                text.append(lines[k][2:])
                k += 1
            output = []
            while k < len(lines) and not lines[k].startswith("$ "):
                output.append(lines[k])
                k += 1
            found.append(Command("\n".join(text), _clean("\n".join(output)), at + start))
    return found


def play(page: list[Command], folder: Path, environment: dict[str, str], *, limit_s: float) -> list[str]:
    """Run the commands of a page in one shell; what differs, a text each.

    Standard error comes where it falls in standard output. A command that fails must say so: `$ echo $?` follows it.
    """
    mark = uuid.uuid4().hex
    # The exit code is put back after it was told, so that `echo $?` sees it.
    script = "".join(f'{one.text}\n__code=$?; printf "\\n{mark} %s\\n" $__code; (exit $__code)\n' for one in page)
    try:
        done = subprocess.run(
            ["bash", "-c", script], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=limit_s, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as late:
        return [f"the page takes more than {limit_s:g} s; so far it printed\n{(late.output or b'').decode()}"]
    parts = re.split(rf"\n{mark} (\d+)\n", done.stdout.decode())
    printed, codes = parts[::2], parts[1::2]
    wrong = []
    for k, one in enumerate(page):
        if k >= len(codes):
            return [*wrong, f"line {one.line}: $ {one.text}\nthe shell ended here:\n{printed[-1]}"]
        difference = mismatch(one.expected, printed[k])
        if difference:
            wrong.append(f"line {one.line}: $ {one.text}\n{difference}")
        follows = page[k + 1].text if k + 1 < len(page) else ""
        if codes[k] != "0" and follows != _STATUS:
            wrong.append(
                f"line {one.line}: $ {one.text}\nexits with {codes[k]}, and no `$ {_STATUS}` follows:\n{printed[k]}"
            )
    return wrong


def mismatch(expected: str, printed: str) -> str:
    """Empty where the output is the expected one; else both, line by line.

    A line `...` stands for any lines or none, `...` inside a line for any text or none; spaces at the ends of lines do
    not count.
    """
    expected, printed = _clean(expected), _clean(printed)
    pattern = "".join(
        r"(?:[^\n]*\n)*" if line.strip() == "..." else re.escape(line).replace(r"\.\.\.", r"[^\n]*") + r"\n"
        for line in expected.splitlines()
    )
    if re.fullmatch(pattern, printed + "\n" if printed else ""):
        return ""
    return "\n".join(
        difflib.unified_diff(
            expected.splitlines(), printed.splitlines(), "the page says", "it prints", lineterm="", n=99
        )
    )


def _clean(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")
