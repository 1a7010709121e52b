"""`vidchatbench leaderboard anchors`."""

from __future__ import annotations

import argparse
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("testset", metavar="TESTSET", help="the test set's name, as its board has it")
    parser.add_argument("--version", metavar="X.Y.Z", help="its version, where there are boards for several")
    parser.add_argument(
        "--root",
        type=Path,
        default=Path("leaderboard"),
        metavar="DIR",
        help="the leaderboard's folder (default: leaderboard)",
    )


def run(args: argparse.Namespace) -> int:
    """Freeze anchors; what is frozen for a version of a test set is never written over."""
    from vidchatbench.leaderboard.anchors import read_anchors
    from vidchatbench.leaderboard.freeze import freeze

    path = freeze(args.root, args.testset, args.version)
    found = read_anchors(args.root, args.testset, path.stem.removeprefix(f"{args.testset}-"))
    assert found is not None
    for name, anchors in found.boards.items():
        print(name)
        for id, one in anchors.items():
            ends = (
                f"{one.low:.4g} ({one.low_id}) to {one.high:.4g} ({one.high_id})" if one.reason is None else one.reason
            )
            print(f"  {id}: {ends}")
    print(f"wrote    {path}")
    return 0
