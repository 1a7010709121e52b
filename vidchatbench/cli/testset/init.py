"""`vidchatbench testset init`."""

from __future__ import annotations

import argparse
from pathlib import Path

from vidchatbench.cli.options import count


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from vidchatbench.tasks import PROTOCOLS, TASKS

    add = parser.add_argument
    add("folder", metavar="DIR", type=Path, help="a folder with pairs of clips, by name or by order")
    add("--out", required=True, metavar="TESTSET", type=Path, help="the test set's folder, to be made")
    add("--name", metavar="NAME", help="what the test set is called (default: the folder's name)")
    add("--task", default=next(iter(TASKS)), choices=TASKS, help="what every pair is (default: %(default)s)")
    add("--protocol", default=next(iter(PROTOCOLS)), choices=PROTOCOLS, help="default: %(default)s")
    add("--profile", default="bundled", metavar="NAME", help="metrics that are computed (default: %(default)s)")
    add("--copy", action="store_true", help="copy the media (default: hard links, copies where that cannot be)")
    add("--workers", type=count, metavar="N", help="worker processes for the lock (default: one per core)")


def run(args: argparse.Namespace) -> int:
    """Exit 0 where every video is in a pair, 3 where some were left out; both with the lock written."""
    from vidchatbench.engine.lock import lock_testset
    from vidchatbench.errors import VidChatBenchError
    from vidchatbench.registry import select
    from vidchatbench.testset import load_testset
    from vidchatbench.testset.init import init_testset

    select(args.profile, None, (), ())  # an unknown profile is named now, not when the set is scored
    made = init_testset(
        args.folder, args.out, task=args.task, protocol=args.protocol, profile=args.profile, name=args.name,
        copy=args.copy,
    )  # fmt: skip
    for line in made.pairs:
        print(line)
    print("\nguessed:")
    for line in made.guesses:
        print(f"- {line}")
    if made.left_out:
        print("\nleft out:")
        for file, why in made.left_out.items():
            print(f"- {file}: {why}")
    try:
        lines = lock_testset(load_testset(made.root), workers=args.workers)
    except VidChatBenchError:
        print(
            f"\n{made.root} is written, but not locked; once that is put right: vidchatbench testset lock {made.root}"
        )
        raise
    media = sum(line.kind == "media" for line in lines)
    print(f"\n{made.root}: {len(made.pairs)} item{'s' * (len(made.pairs) != 1)}, {media} media files, locked")
    print(f"next: vidchatbench testset describe {made.root}")
    return 3 if made.left_out else 0
