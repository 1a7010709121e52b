"""The pages build without a warning, hold a page for each metric, and need nothing from elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from helpers.pages import ROOT

from vidchatbench.registry import entries, families
from vidchatbench.report.card_text import card_text

COMMAND = ["-m", "sphinx", "-W", "--keep-going", "docs", "site"]
"""As CONTRIBUTING.md has it."""


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *COMMAND], cwd=folder, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The repository as it is, with copies of `docs/` and README.md, and the pages in `site/`."""
    folder = tmp_path_factory.mktemp("pages")
    for path in ROOT.iterdir():
        if path.name not in ("docs", "site", "README.md"):
            (folder / path.name).symlink_to(path)
    shutil.copy(ROOT / "README.md", folder)
    shutil.copytree(ROOT / "docs", folder / "docs", ignore=shutil.ignore_patterns("metrics", "__pycache__"))
    done = build(folder)
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr.lower(), done.stderr
    return folder / "site"


class Page(HTMLParser):
    """Where a page leads, what it loads, what may be led to, and its text."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.links, self.loads, self.ids, self.text = [], [], set(), ""
        self.feed(file.read_text("utf-8"))
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids |= {given[name] for name in ("id", "name") if given.get(name)}
        where = given.get("href") or given.get("src")
        if where:
            (self.links if tag == "a" else self.loads).append(where)

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def found(site):
    return {file: Page(file) for file in site.rglob("*.html")}


@pytest.mark.slow
def test_every_link_leads_somewhere_and_nothing_comes_from_elsewhere(site, found):
    assert len(found) > 90
    dead, foreign = [], []
    for file, page in found.items():
        for link in (*page.links, *page.loads):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                foreign += [link] if link in page.loads and parts.scheme != "data" else []
                continue
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            known = found[target].ids if target in found else ()
            if not target.exists() or (parts.fragment and parts.fragment not in known):
                dead.append(f"{file.relative_to(site)}: {link}")
    assert (dead, foreign) == ([], [])
    for sheet in site.rglob("*.css"):
        assert "url(http" not in sheet.read_text("utf-8") and "@import" not in sheet.read_text("utf-8"), sheet
    assert (site / "searchindex.js").stat().st_size > 10_000


@pytest.mark.slow
def test_each_metric_has_a_page_that_says_what_its_card_says(site, found):
    said = families()
    for entry in entries().values():
        if not entry.source.startswith("vidchatbench "):
            continue
        page = found[site / "metrics" / f"{entry.id.replace('.', '/', 1)}.html"].text
        text = card_text(entry)
        for key in ("title", "meaning", "source", "unspecified by paper", "responds to", "a failed item", "real clips"):
            assert " ".join(text[key].replace("`", "").split()) in page, (entry.id, key)
        for line in text["weights"].splitlines():
            assert line == "none" or line.split(".")[0] in page, (entry.id, line)
        family, name = entry.id.split(".", 1)
        own = found[site / "metrics" / family / "index.html"]
        assert f"{name}.html" in own.links and said[family] in own.text


@pytest.mark.slow
def test_they_name_no_folder_of_the_machine_that_built_them(site, found):
    for file in found:
        text = file.read_text("utf-8")
        assert not [path for path in (str(ROOT), str(site.parent), str(Path.home())) if len(path) > 5 and path in text]


@pytest.mark.slow
def test_what_is_wrong_stops_the_build(site):
    page = site.parent / "docs" / "more.md"
    page.write_text("# A page\n\n[a](nowhere.md), [b](design.md#nothing), [right](design.md#blame)\n")
    readme = site.parent / "README.md"
    kept = readme.read_text("utf-8")
    readme.write_text(
        f"{kept}\n[c](docs/design.md#absent), [right](docs/design.md#blame), [also](CONTRIBUTING.md#add)\n"
    )
    done = build(site.parent)
    page.unlink()
    readme.write_text(kept)
    assert done.returncode != 0
    for fault in ("nowhere.md", "nothing", "absent", "isn't included in any toctree"):
        assert fault in done.stderr
    assert "blame" not in done.stderr and "CONTRIBUTING" not in done.stderr


def test_the_metrics_pages_need_neither_weights_nor_networks(tmp_path):
    code = """
        import sys
        for name in ("torch", "onnxruntime", "dlib", "faster_whisper", "tokenizers", "lpips"):
            sys.modules[name] = None  # as if it were not installed
        import metric_pages
        print(*(name for name, _ in metric_pages.pages()), sep="\\n")
    """
    lean = {"PYTHONPATH": str(ROOT / "docs"), "VIDCHATBENCH_WEIGHTS": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(line[8:] for line in code.splitlines())],
        env=os.environ | lean, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    made = done.stdout.split()
    assert {f"{id.replace('.', '/', 1)}.md" for id in entries()} <= set(made)
    assert len(made) == len(set(made))
