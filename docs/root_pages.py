"""A Sphinx extension: the pages of the repository's root among the others; links and pictures out of `docs/` hold.

The text stays what GitHub shows. A link to a page of the root leads to its page here; one to any other file of the
repository, which is no page, becomes the file's name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from os.path import normpath, relpath
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

PAGES = {"getting-started": "README.md", "contributing": "CONTRIBUTING.md", "changelog": "CHANGELOG.md"}
"""By the page's name here, which brings the title, the file of the root that brings the rest."""
_LINK = re.compile(r"(!?\[[^\[\]]*\])\(([^()\s#:]+)(#[^()\s]*)?\)")
"""Of a link or a picture: its text in brackets, its path, and its anchor."""


def setup(app: Sphinx) -> Mapping[str, Any]:
    """Sphinx calls it once."""
    app.connect("source-read", read)
    return {"parallel_read_safe": True}


def read(app: Sphinx, docname: str, content: list[str]) -> None:
    """Change the text of a page before it is parsed."""
    docs = Path(app.srcdir)
    file = docs / f"{docname}.md"
    if docname in PAGES:
        title, _, _ = content[0].partition("\n")
        file = docs.parent / PAGES[docname]
        app.env.note_dependency(str(file))
        content[0] = title + "\n" + file.read_text("utf-8").partition("\n")[2]
    content[0] = _LINK.sub(lambda link: _here(link, file.parent, docs), content[0])


def _here(link: re.Match[str], folder: Path, docs: Path) -> str:
    """A link of a page that stands in `folder`, as it must be on a page of `docs`; a dead one stays, to be found."""
    label, path, anchor = link[1], link[2], link[3] or ""
    target = Path(normpath(folder / path))
    names = {docs.parent / name: docs / f"{page}.md" for page, name in PAGES.items()}
    if target in names:
        return f"{label}(/{names[target].name}{anchor})"
    if target.is_relative_to(docs):
        return f"{label}(/{target.relative_to(docs)}{anchor})"
    if not target.exists() or label.startswith("!"):
        return link[0]
    text = label[1:-1]
    name = f"`{relpath(target, docs.parent)}`"
    return name if text.strip("`") == name.strip("`") else f"{text} ({name})"
