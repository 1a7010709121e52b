"""`vidchatbench leaderboard site`."""

from __future__ import annotations

import argparse
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = parser.add_argument
    add("--board", type=Path, default=Path("leaderboard/leaderboard.json"), metavar="FILE", help="default: %(default)s")
    add(
        "--submissions",
        type=Path,
        default=Path("leaderboard/submissions"),
        metavar="DIR",
        help="what the board was built from, for reports and comparisons; default: %(default)s",
    )
    add("--out", type=Path, required=True, metavar="DIR", help="a new folder, an empty one, or an earlier site")
    add("--source", metavar="URL", help="where the folder with the submissions can be looked at (https), to link to")


def run(args: argparse.Namespace) -> int:
    """Write the leaderboard as pages that are opened from a file or any server, and load nothing from elsewhere."""
    from vidchatbench.leaderboard.site import build_site

    built = build_site(args.board, args.submissions, args.out, args.source)
    for note in built.notes:
        print(f"note: no report and no comparison of {note}")
    print(f"site     {args.out / 'index.html'}, {built.pages} pages, {built.bytes / 1e6:.1f} MB")
    return 0
