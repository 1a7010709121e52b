"""A system as a row of its board, and on a page of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vidchatbench.leaderboard.schema import System
from vidchatbench.leaderboard.site.column import LABELS, Column

LEVELS: Mapping[int | None, tuple[str, str]] = {
    None: ("unverified", "No check has passed it."),
    0: ("L0 form", "Its files are whole and of the right form."),
    1: ("L1 recomputed", "Every value was computed anew from its rows."),
    2: ("L2 screened", "It was held against all other runs for copies, and against known cheats."),
    3: ("L3 re-scored", "A sample of its videos was fetched and scored again."),
    4: ("L4 regenerated", "A sample of its videos was made again with its model."),
}
"""What the highest level of verification that a run passed is called, and what was done."""
KINDS: Mapping[str, str] = {
    "submission": "submission",
    "baseline": "baseline",
    "example": "example",
    "reference": "real clips",
}


@dataclass(frozen=True)
class Row:
    """A system with the places of its files."""

    system: System
    page: str
    """Its page, from the site's root."""
    report: str | None
    """Its report, from the site's root; None where its files are not at hand."""
    data: str | None
    """Its numbers by item, from the site's root."""
    without: Mapping[str, str]
    """Metrics that a comparison has no numbers of, and why."""
    files: str | None
    """Where its files can be looked at."""
    absent: str | None
    """Why it has neither report nor numbers."""

    @property
    def level(self) -> tuple[str, str]:
        """Name and meaning of its level."""
        return LEVELS[self.system.level]

    @property
    def kind(self) -> str:
        """In words."""
        return KINDS[self.system.kind]


@dataclass(frozen=True)
class Group:
    """Rows that stand together."""

    id: str
    title: str
    said: str
    rows: Sequence[tuple[int, Row]]
    """With each row's number on the board."""


def groups(rows: Sequence[Row]) -> list[Group]:
    """Who is ranked; who is not; and what is there to compare with. None is empty, but for the first."""
    parts: dict[str, list[tuple[int, Row]]] = {"ranked": [], "unranked": [], "beside": []}
    for k, row in enumerate(rows):
        beside = row.system.kind in ("baseline", "reference")
        parts["ranked" if row.system.ranked else "beside" if beside else "unranked"].append((k, row))
    found = [
        Group("ranked", "Ranked", "", parts["ranked"]),
        Group("unranked", "Not ranked", "each row says why", parts["unranked"]),
        Group("beside", "Baselines and real clips", "to compare with, not ranked", parts["beside"]),
    ]
    return [group for group in found if group.rows or group.id == "ranked"]


def page_data(columns: Sequence[Column], rows: Sequence[Row]) -> dict[str, object]:
    """What the page's script sorts, filters, shows in its panel and compares by."""
    return {
        "labels": LABELS,
        "columns": [
            {"key": c.key, "title": c.title, "lower": c.direction == "lower", "unit": c.unit, "decimals": c.decimals}
            for c in columns
        ],
        "systems": [
            {
                "id": row.system.id,
                "title": row.system.title,
                "kind": row.system.kind,
                "open": row.system.open_weights,
                "license": row.system.license,
                "level": -1 if row.system.level is None else row.system.level,
                "ranked": row.system.ranked,
                "text": " ".join((row.system.title, row.system.id, row.system.revision, *row.system.training_data)),
                "coverage": row.system.coverage[0] / max(1, row.system.coverage[1]),
                "path": row.system.path,
                "data": row.data,
                "without": row.without,
                "absent": row.absent,
                "flags": row.system.flags,
                "values": [c.number(row.system) for c in columns],
                "ranks": [r and (r.best, r.worst) for r in (c.rank(row.system) for c in columns)],
                "facts": [c.facts(row.system) for c in columns],
            }
            for row in rows
        ],
    }
