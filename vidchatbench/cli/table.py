"""`vidchatbench table`."""

from __future__ import annotations

import argparse
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("results", nargs="+", type=Path, metavar="RESULTS", help="results directories or results.json")
    parser.add_argument("--format", choices=("text", "md", "csv", "latex"), default="text", help="default: text")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the results side by side; values that are not comparable are refused."""
    from vidchatbench.report.export import export
    from vidchatbench.report.table import print_table
    from vidchatbench.results import read_results

    found = [(result.model.name, result) for result in map(read_results, args.results)]
    if args.format == "text":
        from rich.console import Console

        for _, result in found:
            print_table(result, Console())
        return 0
    print(export(found, args.format), end="")
    return 0
