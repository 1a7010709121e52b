"""Every link leads somewhere, and every file that a page names is there, as the pages stand in the repository."""

from __future__ import annotations

import re

import pytest
from helpers import pages
from metric_pages import pages as made

MADE = {f"docs/metrics/{name}" for name, _ in made()}
"""The pages that are made when the others are built: only the front page may lead to them."""
PATH = re.compile(r"(?:docs|examples|tests|benchmarks|testsets|metrics|leaderboard|vidchatbench|\.ci)/[\w./-]+")


@pytest.mark.parametrize("page", pages.ALL, ids=pages.name)
def test_its_links_lead_somewhere(page):
    dead = []
    for link in pages.links(page):
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", path):
            assert path.startswith("https:"), f"{link}: only https leads out of here"
            continue
        target = (page.parent / path).resolve() if path else page
        made_here = page.name == "index.md" and pages.name(target) in MADE
        if not (target.exists() or made_here) or (anchor and anchor not in pages.anchors(target)):
            dead.append(link)
    assert not dead


@pytest.mark.parametrize("page", pages.ALL, ids=pages.name)
def test_the_files_that_it_names_are_there(page):
    named = {mention for mention in pages.mentions(page) if PATH.fullmatch(mention)}
    any_name = {path: re.sub(r"(?<=/)[A-Z]+(?=/|$)", "*", path.rstrip("/")) for path in named}  # `testsets/NAME/x`
    assert [path for path, pattern in any_name.items() if not any(pages.ROOT.glob(pattern))] == []


def test_dead_ones_are_seen(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A page: `x`, (y)\n\n[a](b.md) [c](#a-page-x-y) ![d](e.png)\n\n`docs/f.md`\n\n    g h\n")
    assert pages.links(page) == ["b.md", "#a-page-x-y", "e.png"]
    assert pages.anchors(page) == {"a-page-x-y"}
    assert pages.mentions(page) == ["x", "docs/f.md", "g h"]
