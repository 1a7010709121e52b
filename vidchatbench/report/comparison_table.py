"""The table that `compare` prints."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from vidchatbench.comparison import Comparison, Difference, Pair
from vidchatbench.report.quote import decimals, numeral

_ASCII = str.maketrans({"–": "-", "↑": "^", "↓": "v", "−": "-", "≠": "!="})
_NARROW = 100
_LEGEND = (
    "difference: the second value less the first, with its 95 % interval. p: paired test by source video; * at most "
    "5 %. detectable: the least difference that the unadjusted test finds 4 times in 5. ≠: the two are not alike; "
    "which is nearer to people is open."
)


def print_comparison(found: Comparison, console: Console) -> None:
    """Print one table a run, then what the columns say, and why cells are empty.

    Nothing in it is read as markup, and it carries its meaning without colour.
    """
    plain = console.options.ascii_only

    def say(text: str, style: str = "") -> None:
        console.print(Text(text.translate(_ASCII) if plain else text, style=style), soft_wrap=True)

    for pair in found.pairs:
        say(f"{pair.other} against {found.first}, on {found.testset}", "bold")
        for obstacle in pair.obstacles:
            say(f"not comparable, {obstacle.what}: {obstacle.detail}")
            say(f"  -> {obstacle.remedy}")
        if not pair.obstacles:
            console.print(_table(found, pair, console))
            say(f"p is adjusted (Holm) for {pair.n_tests} tests")
            for line in reasons(pair):
                say(line)
        for note in pair.notes:
            say(note)
        say("")
    if any(pair.differences for pair in found.pairs):
        say(_LEGEND, "dim")


def _table(found: Comparison, pair: Pair, console: Console) -> Table:
    plain = console.options.ascii_only
    table = Table(
        box=box.SIMPLE_HEAD if console.is_terminal else None,
        pad_edge=False,
        collapse_padding=console.width < _NARROW,
        header_style="bold",
    )
    table.add_column("metric", overflow="fold", ratio=2)
    for head in ("first", "", "second", "difference", "p", "detectable", "better"):
        table.add_column(head, justify="right", overflow="fold", no_wrap=head in ("", "p"))
    for family in dict.fromkeys(one.family for one in pair.differences.values()):
        table.add_row(Text(family, style="bold"))
        for one in pair.differences.values():
            if one.family == family:
                cells = [Text(cell.translate(_ASCII) if plain else cell) for cell in _cells(one, found, pair)]
                name = Padding(Text(one.title), (0, 0, 0, 2))
                table.add_row(name, *cells, style="dim" if one.difference is None else "")
    return table


def _cells(one: Difference, found: Comparison, pair: Pair) -> list[str]:
    q = DifferenceQuote(one)
    arrow = "↑" if one.direction == "higher" else "↓"
    better = {"first": found.first, "other": pair.other, "differ": "≠", None: "–"}[one.verdict]
    return [q.number(one.first), arrow, q.number(one.other), q.difference, q.p, q.number(one.detectable), better]


def reasons(pair: Pair) -> Iterator[str]:
    """Why cells are empty, and what is to be known of others: a line each, remedies behind an arrow."""
    for said, reason_of in (
        ("not compared", lambda d: d.obstacle and f"{d.obstacle.what}: {d.obstacle.detail}"),
        ("no interval", lambda d: None if d.obstacle or d.ci95 else d.ci_reason),
        ("no test", lambda d: None if d.obstacle or d.p is not None else d.p_reason),
    ):
        found: dict[str, list[str]] = {}
        for id, one in pair.differences.items():
            if reason := reason_of(one):
                found.setdefault(str(reason), []).append(id)
        for reason, ids in found.items():
            yield f"{said}: {', '.join(ids)}: {reason}"
            obstacle = pair.differences[ids[0]].obstacle
            if obstacle and obstacle.remedy:
                yield f"  -> {obstacle.remedy}"
    notes: dict[str, list[str]] = {}
    for id, one in pair.differences.items():
        for note in one.notes:
            notes.setdefault(note, []).append(id)
    yield from (f"{', '.join(ids)}: {note}" for note, ids in notes.items())


class DifferenceQuote:
    """A difference in numerals: two significant digits of what is uncertain, for every number of the metric."""

    def __init__(self, one: Difference) -> None:
        self.one = one
        half = (one.ci95[1] - one.ci95[0]) / 2 if one.ci95 else 0.0
        known = [abs(value) for value in (one.first, one.other) if value]
        self._decimals = decimals(half or one.detectable or max(known, default=1.0), 2 if half or one.detectable else 3)

    def number(self, value: float | None) -> str:
        """Any value of the metric, without its unit; a dash where there is none."""
        return "–" if value is None else numeral(value, self._decimals)

    @property
    def difference(self) -> str:
        """The difference with its sign, unit and interval; a dash where the two are not comparable."""
        one = self.one
        if one.difference is None:
            return "–"
        sign = "+" if one.difference > 0 else ""
        unit = f" {one.unit}" if one.unit else ""
        interval = f" [{self.number(one.ci95[0])}, {self.number(one.ci95[1])}]" if one.ci95 else ""
        return f"{sign}{self.number(one.difference)}{unit}{interval}"

    @property
    def p(self) -> str:
        """The adjusted p-value, with a star where it is at most 5 %."""
        p = self.one.p_holm
        if p is None:
            return "–"
        text = "<0.001" if p < 0.001 else f"{p:.3f}"
        return text + (" *" if p <= 0.05 else "")
