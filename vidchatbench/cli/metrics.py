"""`vidchatbench metrics ls|describe`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from vidchatbench.errors import UsageError

if TYPE_CHECKING:
    from vidchatbench.metric import Metric


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

    from vidchatbench.registry import entries, features, ready

    entry = entries().get(args.id)
    if entry is None:
        raise UsageError(f"there is no metric {args.id!r}", remedy="vidchatbench metrics ls")
    if entry.metric is None:
        raise UsageError(f"it cannot be loaded: {entry.error}", where=entry.source)
    card = entry.metric.card
    why = ready(entry.metric)
    low, high = ("unbounded" if bound is None else f"{bound:g}" for bound in card.range)
    lines = {
        "id": f"{card.id}, version {card.version}, from {entry.source}",
        "title": card.title,
        "meaning": card.meaning,
        "better": card.direction,
        "unit": card.unit or "none",
        "range": f"{low} to {high}",
        "tasks": ", ".join(sorted(card.tasks)),
        "protocols": ", ".join(sorted(card.protocols)),
        "profiles": ", ".join(sorted(card.profiles)) or "none",
        "source": card.source,
        "unspecified by paper": card.unspecified_by_paper or "nothing",
        "responds to": "; ".join(card.responds_to),
        "ignores": "; ".join(card.ignores),
        "a failed item": _failed(entry.metric),
        "needs samples": str(card.min_n),
        "machines differ": f"by at most {card.tolerance:g}",
        "real clips": {
            "same_item": "each real reply in the response's place: the ceiling",
            "halves": "disjoint halves of the real replies against each other: the noise floor",
            "none": "no value: a clip against itself says nothing",
        }[card.real],
        "limits of use": card.licence or "none known",
        "features": "\n".join(feature.signature() for feature in features(entry.metric)),
        "signature": entry.metric.signature(),
        "here": "ready" if why is None else f"{why.cause} -> {why.remedy}",
    }
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for name, text in lines.items():
        table.add_row(name, text)
    Console().print(table)
    return 0


def _failed(metric: Metric) -> str:
    """What becomes of a sample that failed."""
    from vidchatbench.metric import Metric

    if metric.card.fail_value is not None:
        return f"counts as {metric.card.fail_value:g}"
    return "is left out, and the value is partial" if type(metric).failed is Metric.failed else "see meaning"
