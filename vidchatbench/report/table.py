"""The table that a run prints."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from vidchatbench.report.gaps import gaps, unranked
from vidchatbench.report.quote import Quote
from vidchatbench.results.schema import MetricResult, Results

_ASCII = str.maketrans({"–": "-", "↑": "^", "↓": "v"})
_NARROW = 100
"""Below so many columns the gaps between a table's columns shrink."""


def print_table(results: Results, console: Console, report: Path | None = None) -> None:
    """Print one line a metric, by family, then coverage, what is missing and what to type, and where `report` is.

    Nothing in it is read as markup, and it carries its meaning without colour.
    """
    b = results.benchmark
    items = f"{b.n_items} of {b.items_total}" if b.items_total not in (None, b.n_items) else b.n_items
    seeds = f", {b.n_seeds} seeds" if b.n_seeds > 1 else ""
    on = f" on {b.testset} {b.version} ({items} items{seeds}), protocol {b.protocol}, profile {b.profile}"
    console.print(Text.assemble((results.model.name, "bold"), on), soft_wrap=True)
    console.print(_table(results, console))
    console.print(_legend(console.options.ascii_only), style="dim", soft_wrap=True)
    for line in _below(results, report):
        console.print(line, soft_wrap=True)


def by_family(results: Results) -> Iterator[tuple[str, list[tuple[str, MetricResult]]]]:
    """Families in order of first appearance, each with its metrics and their ids."""
    for family in dict.fromkeys(metric.family for metric in results.metrics.values()):
        yield family, [(id_, metric) for id_, metric in results.metrics.items() if metric.family == family]


def _table(results: Results, console: Console) -> Table:
    plain = console.options.ascii_only
    table = Table(
        box=box.SIMPLE_HEAD if console.is_terminal else None,
        pad_edge=False,
        collapse_padding=console.width < _NARROW,
        header_style="bold",
    )
    table.add_column("metric", overflow="fold")
    for head in ("value", "", "95 % interval", "real clips", "n (failed)"):
        table.add_column(head, justify="right", no_wrap=True)
    for family, members in by_family(results):
        table.add_row(Text(family, style="bold"))
        for _, metric in members:
            cells = _cells(Quote(metric), plain)
            style = "dim" if metric.value is None else ""
            table.add_row(Padding(Text(metric.title), (0, 0, 0, 2)), *cells, style=style)
    return table


def _cells(quote: Quote, plain: bool) -> list[Text]:
    r = quote.result
    count = f"{r.n}/{r.expected}" + (f" ({r.failed})" if r.failed else "")
    star = " *" if r.partial else ""
    cells = [quote.value + star, quote.arrow, quote.interval, quote.real, count]
    if plain:
        cells = [cell.translate(_ASCII) for cell in cells]
    return [Text(cell, style="red" if cell is count and r.failed else "") for cell in cells]


def _legend(plain: bool) -> Text:
    text = "↑ higher is better, ↓ lower is better; failed samples count at the declared worst value, except where *"
    return Text(text.translate(_ASCII) if plain else text)


def _below(results: Results, report: Path | None) -> Iterator[Text]:
    c = results.coverage
    why = ", ".join(f"{code} {count}" for code, count in c.by_reason.items())
    yield Text(f"coverage: {c.ok} of {c.expected} samples usable, {c.failed} failed" + (f" ({why})" if why else ""))
    if excluded := max((m.excluded for m in results.metrics.values()), default=0):
        yield Text(f"excluded because of the test set's own files: at most {excluded} of a metric's samples")
    for why in unranked(results):
        yield Text(f"not ranked: {why}", style="bold")
    state = "complete" if results.complete else "incomplete"
    yield Text(f"profile {results.benchmark.profile}: {state}", style="" if results.complete else "bold")
    for gap in gaps(results):
        yield Text(f"  {gap.kind}{' (*)' if gap.kind == 'partial' else ''}: {', '.join(gap.metrics)}: {gap.reason}")
        if gap.remedy:
            yield Text(f"    -> {gap.remedy}")
    if report is not None:
        yield Text(f"report: {report}")
