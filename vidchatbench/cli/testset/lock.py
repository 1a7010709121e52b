"""`vidchatbench testset lock`."""

from __future__ import annotations

import argparse

from vidchatbench.cli.options import count


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("testset", metavar="NAME|DIR")
    parser.add_argument("--workers", type=count, metavar="N", help="worker processes (default: one per core)")


def run(args: argparse.Namespace) -> int:
    """Write the lock of a test set whose media are here."""
    from collections import Counter

    from vidchatbench.engine.lock import lock_testset
    from vidchatbench.testset import load_testset

    found = load_testset(args.testset)
    lines = lock_testset(found, workers=args.workers)
    kinds = Counter(line.kind for line in lines)
    print(f"{found.root / 'media.lock.jsonl'}: {kinds['media']} media files, {kinds['exclusion']} exclusions "
          f"for {kinds['metric']} metrics")  # fmt: skip
    return 0
