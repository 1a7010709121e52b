"""`vidchatbench leaderboard build`."""

from __future__ import annotations

import argparse
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--root",
        type=Path,
        default=Path("leaderboard"),
        metavar="DIR",
        help="the leaderboard's folder (default: leaderboard)",
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing, and say where the committed leaderboard.json differs"
    )
    parser.add_argument(
        "--record",
        metavar="WHO",
        help="first write what the check finds of new runs to verified.json, so that no build checks them again",
    )


def run(args: argparse.Namespace) -> int:
    """Exit 0 where leaderboard.json is written (with --check: is what the submissions say), 2 where it is not."""
    import json

    from vidchatbench.engine.cache import Cache, write_atomic
    from vidchatbench.errors import UsageError
    from vidchatbench.leaderboard.build import FILE, build, differences, text
    from vidchatbench.leaderboard.entry import record

    if not args.root.is_dir():
        raise UsageError("there is no such folder", where=args.root, remedy="--root names a leaderboard's folder")
    if args.record:
        from datetime import UTC, datetime

        n = record(args.root, args.record, datetime.now(UTC).date().isoformat())
        print(f"recorded {n} run(s) in {args.root / 'verified.json'}")
    found = build(args.root, cache=Cache())
    made, file = text(found), args.root / FILE
    for board in found.boards:
        ranked = sum(system.ranked for system in board.systems)
        print(f"{board.id}: {len(board.systems)} systems, {ranked} ranked, {len(board.past)} past runs, "
              f"{len(board.reported)} reported rows")  # fmt: skip
    for path, why in found.refused.items():
        print(f"refused  {path}: {why}")
    if not args.check:
        write_atomic(file, made.encode())
        print(f"wrote    {file}")
        return 0
    if not file.is_file():
        raise UsageError(
            "there is none to check", where=file, remedy=f"vidchatbench leaderboard build --root {args.root}"
        )
    lines = differences(json.loads(made), json.loads(file.read_text(encoding="utf-8")))
    for line in lines[:20]:
        print(f"differs  {line.lstrip('.')}")
    if lines[20:]:
        print(f"and {len(lines) - 20} more")
    print(f"{file} is {'not ' if lines else ''}what the submissions say")
    return 2 if lines else 0
