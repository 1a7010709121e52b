"""`vidchatbench metrics ls|describe`."""

from __future__ import annotations

import argparse

from vidchatbench.errors import UsageError


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ls|describe")
    ls = actions.add_parser("ls", help="all metrics, with who brings them; broken plugins with their reason")
    ls.set_defaults(run=list_metrics)
    describe = actions.add_parser("describe", help="the card of one metric")
    describe.add_argument("id", help="metric id, such as turn.fto_w1")
    describe.set_defaults(run=print_card)


def list_metrics(args: argparse.Namespace) -> int:
    """One line a metric, then what the numbers of each family mean."""
    from rich.console import Console
    from rich.table import Table

    from vidchatbench import __version__
    from vidchatbench.registry import entries, families

    table = Table(box=None, pad_edge=False)
    for head in ("id", "better", "unit", "profiles", "what"):
        table.add_column(head, no_wrap=head != "what")
    for entry in entries().values():
        if entry.metric is not None:
            card = entry.metric.card
            theirs = "" if entry.source == f"vidchatbench {__version__}" else f" (from {entry.source})"
            table.add_row(entry.id, card.direction, card.unit, ",".join(sorted(card.profiles)), card.title + theirs)
    Console().print(table)
    brought = {entry.metric.card.family for entry in entries().values() if entry.metric is not None}
    meanings = Table(box=None, pad_edge=False, show_header=False)
    meanings.add_column(no_wrap=True, style="bold")
    for family, said in sorted(families().items()):
        if family in brought:
            meanings.add_row(family, said)
    print()
    Console().print(meanings)
    for entry in entries().values():
        if entry.metric is None:
            print(f"{entry.id} of {entry.source} cannot be loaded: {entry.error}")
    return 0


def print_card(args: argparse.Namespace) -> int:
    """Everything a metric's card says, and its signature."""
    from rich.console import Console
    from rich.table import Table

    from vidchatbench.registry import entries, ready
    from vidchatbench.report.card_text import card_text

    entry = entries().get(args.id)
    if entry is None:
        raise UsageError(f"there is no metric {args.id!r}", remedy="vidchatbench metrics ls")
    lines = card_text(entry)
    why = None if entry.metric is None else ready(entry.metric)
    lines["here"] = "ready" if why is None else f"{why.cause} -> {why.remedy}"
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for name, text in lines.items():
        table.add_row(name, text)
    Console().print(table)
    return 0
