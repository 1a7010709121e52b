"""`vidchatbench testset fetch`."""

from __future__ import annotations

import argparse
from pathlib import Path

from vidchatbench.cli.options import count


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("testset", metavar="NAME|DIR")
    add("--from", dest="folder", type=Path, required=True, metavar="FOLDER",
        help="folder of source videos, each file named by its video's id")  # fmt: skip
    add("--download", action="store_true", help="first get absent source videos into it, by yt-dlp; never by default")
    add("--overwrite", action="store_true", help="cut files again that are there and were not made by fetch")
    add("--workers", type=count, metavar="N", help="worker processes (default: one per core)")


def run(args: argparse.Namespace) -> int:
    """Exit 0 where all media are there, 2 where some could not be made; fetch_report.json says which, and why."""
    import os
    import sys
    from collections import Counter

    from vidchatbench.engine.fetch import REPORT, fetch_media
    from vidchatbench.engine.pool import Pool
    from vidchatbench.testset import load_testset

    found = load_testset(args.testset)
    if args.download:
        from vidchatbench.testset.download import download_videos

        for line in download_videos(found, args.folder):
            print(line, flush=True)
    shown = sys.stderr.isatty()

    def progress(done: int, total: int, what: str) -> None:
        if shown:
            print(f"\r\x1b[K{done}/{total} {what}", end="", file=sys.stderr, flush=True)

    with Pool(args.workers if args.workers is not None else os.cpu_count() or 1) as pool:
        done = fetch_media(found, args.folder, pool, overwrite=args.overwrite, progress=progress)
    if shown:
        print(file=sys.stderr)
    for one in sorted(done.troubles, key=lambda one: one.path):
        print(f"{one.problem:18} {one.path} (video {one.video}): {one.detail}")
    for path in done.unlisted:
        print(f"{'not listed':18} {path}: sources.jsonl does not say where it is from")
    told = Counter(one.problem for one in done.troubles)
    counts = "".join(f", {n} {problem}" for problem, n in told.most_common())
    print(f"{len(done.made)} files made, {len(done.before)} were there{counts}; "
          f"{done.items_whole} of {len(found.items)} items have all their media")  # fmt: skip
    print(f"report  {found.root / REPORT}")
    return 2 if done.troubles or done.unlisted else 0
