"""A column of a board, and what its numbers look like in numerals and words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import Literal

from vidchatbench.leaderboard.schema import Board, BoardMetric, Dimension, Overall, RankSet, Score, System, Value
from vidchatbench.report.quote import decimals, numeral

LABELS = (
    "value",
    "95 % interval",
    "rank set",
    "why there is no value or rank",
    "interval",
    "score between the anchors",
    "samples",
    "source videos",
    "valid samples",
    "standard deviation over seeds",
    "mean of the dimensions",
    "worst dimension",
    "places when a dimension is left out",
)
"""What `Column.facts` says, in this order."""
_UNKNOWN = "–"
_METHODS = {
    "bca": "bootstrap of source videos, BCa",
    "percentile": "bootstrap of source videos, percentiles",
    "influence": "from what each source video adds to the value",
}


@dataclass(frozen=True)
class Column:
    """Overall, a dimension or a metric."""

    kind: Literal["overall", "dimension", "metric"]
    id: str
    title: str
    direction: Literal["higher", "lower"]
    unit: str
    board: Board

    @property
    def key(self) -> str:
        """Its name in links: `overall`, `dimension:turn`, `metric:turn.fto_w1`."""
        return self.kind if self.kind == "overall" else f"{self.kind}:{self.id}"

    @property
    def arrow(self) -> str:
        """Points to the better side."""
        return "↑" if self.direction == "higher" else "↓"

    @property
    def metric(self) -> BoardMetric:
        """Of a metric's column."""
        return self.board.metrics[self.id]

    @property
    def dimension(self) -> Dimension:
        """Of a dimension's column."""
        return self.board.dimensions[self.id]

    @property
    def tested(self) -> bool:
        """Whether a test tells its systems apart: else all share one rank set, which says nothing."""
        if self.kind == "overall":
            return True
        return self.metric.ranked_by != "none" if self.kind == "metric" else self.dimension.no_rank is None

    def entry(self, system: System) -> Value | Score | Overall | None:
        """A system's cell; None where it has none."""
        if self.kind == "overall":
            return system.overall
        return system.dimensions.get(self.id) if self.kind == "dimension" else system.values.get(self.id)

    def number(self, system: System) -> float | None:
        """What the column is sorted by."""
        found = self.entry(system)
        return found.value if isinstance(found, Value) else found.score if found else None

    @cached_property
    def decimals(self) -> int:
        """The same for the whole column, so that points stand below each other: two digits of the usual half width."""
        entries = [entry for system in self.board.systems if (entry := self.entry(system))]
        halves = [half for e in entries if e.ci95 and (half := (e.ci95[1] - e.ci95[0]) / 2) > 0]
        if halves:
            return decimals(median(halves), 2)
        values = [abs(v) for system in self.board.systems if (v := self.number(system))]
        return decimals(median(values), 3) if values else 2

    def text(self, value: float | None) -> str:
        """Any value on its scale, without the unit."""
        return _UNKNOWN if value is None else numeral(value, self.decimals)

    def interval(self, system: System) -> str:
        """`[0.71, 0.84]`, or nothing."""
        entry = self.entry(system)
        return f"[{self.text(entry.ci95[0])}, {self.text(entry.ci95[1])}]" if entry and entry.ci95 else ""

    def rank(self, system: System) -> RankSet | None:
        """The ranks that a system may have in this column."""
        entry = self.entry(system)
        return entry.rank if entry else None

    def facts(self, system: System) -> list[str]:
        """All that is known of a cell, by `LABELS`; nothing where it does not apply or is not known."""
        entry = self.entry(system)
        unit = f" {self.unit}" if self.unit else ""
        if entry is None:
            return [_UNKNOWN, "", "", "this system has no such cell", *[""] * (len(LABELS) - 4)]
        number, said = self.number(system), self.interval(system)
        facts = [self.text(number) + unit * (number is not None), said + unit * bool(said), ranks(entry.rank)]
        facts.append(entry.reason or ("" if entry.rank else system.not_ranked or ""))
        if isinstance(entry, Value):
            facts += [
                _made(entry),
                "" if entry.anchored is None else numeral(entry.anchored, 3),
                f"{entry.n} of {self.metric.n_expected * max(1, len(system.seeds))}",
                str(entry.n_sources),
                "" if entry.valid_fraction is None else f"{numeral(100 * entry.valid_fraction, 1)} %",
                "one seed alone" if entry.seed_sd is None else numeral(entry.seed_sd, self.decimals) + unit,
                "", "", "",
            ]  # fmt: skip
        elif isinstance(entry, Overall):
            worst = self.board.dimensions.get(entry.worst or "")
            name = worst.title if worst else entry.worst or ""
            facts += [
                *[""] * 6,
                self.text(entry.mean),
                f"{name}: {self.text(entry.min)}" if name else "",
                "" if entry.leave_one_out is None else span(entry.leave_one_out),
            ]
        return facts + [""] * (len(LABELS) - len(facts))


def _made(value: Value) -> str:
    """How the interval was made, and what is to be known of it, or why there is none."""
    if value.ci95 is None:
        return f"none: {value.ci_reason or 'no reason was recorded'}"
    method = value.ci_method and _METHODS.get(value.ci_method, value.ci_method)
    return "; ".join(part for part in (method, value.ci_reason) if part)


def columns(board: Board) -> Sequence[Column]:
    """All columns: overall, dimensions, metrics in the board's order."""
    return tuple(_columns(board))


def _columns(board: Board) -> Iterator[Column]:
    yield Column("overall", "overall", "Overall", "higher", "", board)
    for id, dimension in board.dimensions.items():
        yield Column("dimension", id, dimension.title, "higher", "", board)
    for id, metric in board.metrics.items():
        yield Column("metric", id, metric.title, metric.direction, metric.unit, board)


def span(places: tuple[int, int]) -> str:
    """`1–3`, or `2` where both are one."""
    return str(places[0]) if places[0] == places[1] else f"{places[0]}–{places[1]}"


def ranks(rank: RankSet | None) -> str:
    """A rank set: `1–3`; nothing where there is none."""
    return "" if rank is None else span((rank.best, rank.worst))
