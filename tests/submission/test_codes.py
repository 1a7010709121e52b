"""The page of submissions says what every code means, and every finding has one."""

from __future__ import annotations

import re
from pathlib import Path

from vidchatbench.submission.codes import CODES, found, printable

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_lists_every_code():
    page = (ROOT / "docs" / "submissions.md").read_text("utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d) \| (\w+) \| (.*) \|$", page, re.MULTILINE)
    assert rows == [(name, str(code.level), code.severity, code.meaning) for name, code in CODES.items()]


def test_every_code_is_used():
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "vidchatbench" / "submission").rglob("*.py"))
    assert [name for name in CODES if sources.count(f'"{name}"') < 2] == []


def test_what_is_printed_is_printable():
    one = found("path", "a\x1b[0m", "x" * 5000 + "\n", "\u202e")
    assert one.where == "a\\x1b[0m" and len(one.detail) < 700 and one.remedy == "\\u202e"
    assert printable("ä ≥ 1") == "ä ≥ 1"
