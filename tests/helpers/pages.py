"""The Markdown pages of the project, and what is in them."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]
ALL = sorted(
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
    + [path for folder in ("docs", "examples", "testsets") for path in (ROOT / folder).rglob("*.md")
       if not path.is_relative_to(ROOT / "docs" / "metrics") and "/." not in str(path.relative_to(ROOT))]
)  # fmt: skip
"""Every page that people write; those of the metrics are made when the pages are built."""
_MARKDOWN = MarkdownIt("commonmark").enable("table")


def name(page: Path) -> str:
    """Its path in the repository."""
    return str(page.relative_to(ROOT))


def _tokens(page: Path) -> list[Token]:
    return [
        inner
        for token in _MARKDOWN.parse(page.read_text("utf-8"))
        for inner in (token, *(token.children or ()))
    ]  # fmt: skip


def blocks(page: Path, language: str) -> list[str]:
    """The contents of its fenced blocks in a language."""
    return [token.content for token in _tokens(page) if token.type == "fence" and token.info.strip() == language]


def mentions(page: Path) -> list[str]:
    """Its inline code, and the lines of its indented blocks."""
    inline = [" ".join(token.content.split()) for token in _tokens(page) if token.type == "code_inline"]
    return inline + [line for t in _tokens(page) if t.type == "code_block" for line in t.content.splitlines()]


def links(page: Path) -> list[str]:
    """Where its links and pictures lead."""
    found = [token.attrGet("href") or token.attrGet("src") for token in _tokens(page)]
    return [str(link) for link in found if link]


def anchors(page: Path) -> set[str]:
    """What a link may name after `#`, as GitHub and the builder make it of the headings."""
    tokens = _MARKDOWN.parse(page.read_text("utf-8"))
    heads = [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
