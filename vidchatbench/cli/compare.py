"""`vidchatbench compare`."""

from __future__ import annotations

import argparse
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = parser.add_argument
    add("first", type=Path, metavar="A", help="results directory that the others are compared with")
    add("others", nargs="+", type=Path, metavar="B", help="results directories")
    add("--json", type=Path, metavar="FILE", help="write everything that is known to a file")
    add("--html", type=Path, metavar="FILE", help="write the forest plot, a page that needs nothing else")
    add(
        "--metric",
        metavar="FILE.py:NAME",
        action="append",
        default=[],
        help="a metric from a file, as eval was given it; may be repeated",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Compare, print, write; 3 where no metric of a run could be compared."""
    from dataclasses import asdict

    from rich.console import Console

    from vidchatbench.comparison import compare
    from vidchatbench.engine.cache import write_atomic
    from vidchatbench.report.comparison_table import print_comparison
    from vidchatbench.report.forest import write_forest

    found = compare(args.first, args.others, extra_metrics=args.metric)
    print_comparison(found, Console())
    if args.json:
        import json

        text = json.dumps(asdict(found), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
        write_atomic(args.json, (text + "\n").encode())
        print(f"json     {args.json}")
    if args.html:
        write_forest(args.html, found)
        print(f"forest   {args.html}")
    empty = any(all(one.difference is None for one in pair.differences.values()) for pair in found.pairs)
    return 3 if empty else 0
