"""A Sphinx extension: one page a metric, one a family, made of the cards when the pages are built.

They are written to `metrics/` beside this file, which is not committed. No metric needs to be ready here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from shutil import rmtree
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from vidchatbench.registry import Entry, entries, families
from vidchatbench.report.card_text import card_text

_FACTS = ("better", "unit", "range", "tasks", "protocols", "profiles", "a failed item", "needs samples",
          "machines differ", "real clips", "submissions", "limits of use")  # fmt: skip
_SECTIONS = {
    "source": "Source",
    "unspecified by paper": "What the paper leaves open, and what is done here",
    "responds to": "Moves it",
    "ignores": "Does not move it",
}


def setup(app: Sphinx) -> Mapping[str, Any]:
    """Sphinx calls it once."""
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True}


def write_pages(app: Sphinx) -> None:
    """Write those that have changed, remove those of metrics that are gone."""
    folder = Path(app.srcdir) / "metrics"
    if broken := [f"{entry.id}: {entry.error}" for entry in entries().values() if entry.metric is None]:
        raise ExtensionError("no page without a card: " + "; ".join(broken))
    made = {folder / name: text for name, text in pages()}
    for file, text in made.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.is_file() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")
    for stale in set(folder.rglob("*.md")) - made.keys():
        stale.unlink()
    for empty in [path for path in folder.iterdir() if path.is_dir() and not any(path.iterdir())]:
        rmtree(empty)


def pages() -> Iterator[tuple[str, str]]:
    """File names below `metrics/`, and their text."""
    by_family: dict[str, list[Entry]] = {}
    for entry in entries().values():
        by_family.setdefault(entry.id.partition(".")[0], []).append(entry)
    yield "index.md", _index(by_family)
    for family, own in by_family.items():
        yield f"{family}/index.md", _family(family, own)
        for entry in own:
            yield f"{_path(entry.id)}.md", _metric(entry)


def _index(by_family: Mapping[str, list[Entry]]) -> str:
    said = families()
    total = sum(map(len, by_family.values()))
    return "\n".join([
        "# Metrics",
        "",
        f"{total} metrics in {len(by_family)} families. A profile is a named set of them: `bundled` needs nothing but "
        "pip, `paper` is the published protocol with its reference networks. These pages are made of the metrics' own "
        "cards; `vidchatbench metrics describe ID` prints one, and says whether it can run on your machine.",
        "",
        *(f"- **[{family}]({family}/index.md)** ({len(own)}). {_prose(said.get(family, ''))}"
          for family, own in by_family.items()),
        "",
        *_toctree(f"{family}/index" for family in by_family),
    ])  # fmt: skip


def _family(family: str, own: list[Entry]) -> str:
    rows = []
    for entry in own:
        text = card_text(entry)
        unit = "" if text["unit"] == "none" else text["unit"]
        name = f"[{_escape(entry.id)}]({entry.id.partition('.')[2]}.md)"
        rows.append(f"| {name} | {_escape(text['title'])} | {text['better']} | {_escape(unit)} | {text['profiles']} |")
    return "\n".join([
        f"# {family}",
        "",
        _prose(families().get(family, "")),
        "",
        "| metric | what | better | unit | profiles |",
        "|---|---|---|---|---|",
        *rows,
        "",
        *_toctree("{0} <{0}>".format(entry.id.partition(".")[2]) for entry in own),
    ])  # fmt: skip


def _metric(entry: Entry) -> str:
    text = card_text(entry)
    weights = text["weights"].split("\n") if text["weights"] != "none" else []
    return "\n".join([
        f"# {_escape(entry.id)}",
        "",
        f"**{_escape(text['title'])}**",
        "",
        _prose(text["meaning"]),
        "",
        "| | |",
        "|---|---|",
        *(f"| {name} | {_prose(text[name])} |" for name in _FACTS),
        "",
        *(line for key, head in _SECTIONS.items() for line in (f"## {head}", "", _prose(text[key]), "")),
        "## Weights",
        "",
        *([f"- {_prose(line)}" for line in weights] or ["None: it runs no network."]),
        "",
        "## Signature",
        "",
        "All that defines the number. Values of different signatures are never compared. Where it says `unrecorded`, "
        "nobody here knows the sha256 of the published weights: that of your file stands there once you have it.",
        "",
        "```{code-block} text",
        ":class: signature",
        "",
        text["signature"],
        "```",
        "",
        f"From {_escape(text['id'].rpartition(' from ')[2])}, version {entry.metric.card.version} of the metric. "
        "What intervals, floors and ceilings are: [statistics](/statistics.md).",
        "",
    ])  # fmt: skip


def _path(id: str) -> str:
    return id.replace(".", "/", 1)


def _toctree(names: Iterator[str]) -> list[str]:
    return ["```{toctree}", ":hidden:", "", *names, "```", ""]


def _prose(text: str) -> str:
    """A card's sentence as Markdown: what stands in backticks is code, ids are links, all else is as it is written."""
    ids = "|".join(sorted(map(re.escape, entries()), key=len, reverse=True))
    spans = re.split(rf"(`[^`]+`|\b(?:{ids})\b)", text)
    return "".join(
        span
        if span.startswith("`")
        else f"[{_escape(span)}](/metrics/{_path(span)}.md)"
        if span in entries()
        else _escape(span)
        for span in spans
    )


def _escape(text: str) -> str:
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)
