"""The page of submissions says what every code means, and every finding has one."""

from __future__ import annotations

import re
from pathlib import Path

from vidchatbench.submission.codes import CODES, found, printable
from vidchatbench.submission.finding import Verdict
from vidchatbench.submission.told import github

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
    assert "##[" not in printable("a ###[stop-commands]b"), "a GitHub runner obeys it anywhere in a line"


def test_annotations_cannot_be_broken_out_of():
    one = found("declaration", "submission.json", "100 % of\r\n::error::forged", "say, or: not")
    (line,) = github([Verdict(path="a,b:c%/r", verdict="refused", level=None, findings=(one,), not_checked=())])
    assert line == (
        "::error file=a%2Cb%3Ac%25/r/submission.json,title=level 0%3A declaration"
        "::submission.json: 100 %25 of\\r\\n::error::forged%0A-> say, or: not"
    )
    placed = found("json", "manifest.jsonl:12", "no", "do")
    (line,) = github([Verdict(path="r", verdict="refused", level=None, findings=(placed,), not_checked=())])
    assert line.startswith("::error file=r/manifest.jsonl,title=level 0%3A json,line=12::")
