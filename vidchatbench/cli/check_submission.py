"""`vidchatbench check-submission`."""

from __future__ import annotations

import argparse
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = parser.add_argument
    add("paths", type=Path, nargs="+", metavar="PATH", help="a run's folder, or a submissions/ folder: all its runs")
    add("--against", type=Path, metavar="DIR", help="submissions/ folder of merged runs to compare with")
    add("--base-tree", type=Path, metavar="DIR",
        help="submissions/ folder before the change: nothing in it may be edited or gone")  # fmt: skip
    add("--level", type=int, choices=(0, 1, 2, 3), default=2, help="highest level: 0 form, 1 arithmetic, 2 copies and "
        "cheats, 3 answers scored again (default: 2)")  # fmt: skip
    add("--testset", action="append", default=[], metavar="DIR", help="a test set that is not built in; repeatable")
    add("--outputs", type=Path, metavar="DIR", help="the answers, for level 3")
    add("--beacon", metavar="HEX", help="public random number from which level 3 draws its samples")
    add("--json", type=Path, metavar="FILE", help="write the report (vidchatbench schema check)")
    add("--annotations", choices=("github",), help="print findings as annotations of a pull request, too")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Exit 0 where all are accepted, 4 where one is refused."""
    from vidchatbench.engine.cache import write_atomic
    from vidchatbench.submission.check import Asked, check_submissions
    from vidchatbench.submission.pack import readable
    from vidchatbench.submission.told import github, tell

    report = check_submissions(
        args.paths, against=args.against, base_tree=args.base_tree, testsets=args.testset, level=args.level,
        asked=Asked(outputs=args.outputs, beacon=args.beacon),
    )  # fmt: skip
    if args.json is not None:
        write_atomic(args.json, readable(report))
    tell(report.submissions)
    if args.annotations:
        for line in github(report.submissions):
            print(line)
    return 4 if any(one.verdict == "refused" for one in report.submissions) else 0
