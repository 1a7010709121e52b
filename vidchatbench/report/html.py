"""The report: one page that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from vidchatbench.report.page import Strips, anchor, build
from vidchatbench.report.quote import numeral
from vidchatbench.report.templating import environment, text
from vidchatbench.results.schema import ItemRecord, Results


def write_report(
    path: Path,
    results: Results,
    items: Sequence[ItemRecord],
    strips: Strips,
    baselines: Sequence[tuple[str, Results]] = (),
) -> None:
    """Write `report.html`: self-contained, opened from a file or a server, the same bytes for the same input.

    Args:
        path: The file to write; it appears whole or not at all.
        results: The run's totals.
        items: Every sample of the run, in any order.
        strips: Film strips by sample and track; samples without any are shown without.
        baselines: Other systems by name, marked beside the values where test set and signature are the same.
    """
    page = build(results, items, strips, baselines)
    style, script = text("base.css", "report.css"), text("report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    parts = (
        environment(numeral=numeral, anchor=anchor)
        .get_template("report.html.j2")
        .generate(page=page, style=Markup(style), script=Markup(script), script_digest=digest)
    )
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(parts)
    part.replace(path)
