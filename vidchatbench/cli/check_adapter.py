"""`vidchatbench check-adapter`."""

from __future__ import annotations

import argparse
from pathlib import Path

from vidchatbench.cli.options import names


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.description = (
        "Ask an adapter a few questions of our own, twice and in both orders, and say what was seen (C1 to C12).\n"
        "A streaming adapter is asked once more, with another end of one question: what it said before may not\n"
        "have changed (C9)."
    )
    add = parser.add_argument
    add("adapter", metavar="vcb_NAME.py", help="the adapter's file (vcb_NAME.py::FUNCTION where it has several)")
    add(
        "--out",
        type=Path,
        default=Path("check"),
        metavar="DIR",
        help="a new folder for its answers (default: check)",
    )
    add("-M", metavar="NAME=VALUE", action="append", default=[], help="for the adapter's fixture vcb_args")
    add("--gpus", type=names, default=[], metavar="0,1", help="the GPU for the model")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Exit 0 where no check failed, 4 where one did."""
    from vidchatbench.adapters.check import check_adapter
    from vidchatbench.adapters.check_page import write_page

    words = [word for pair in args.M for word in ("-M", pair)] + (["--gpus", ",".join(args.gpus)] if args.gpus else [])
    checks = check_adapter(args.adapter, out=args.out, words=words)
    for check in checks:
        print(f"{check.id:5} {check.verdict:8} {check.title}: {check.text}")
    page = args.out.resolve() / "check.html"
    write_page(page, args.adapter, checks)
    failed = sum(check.verdict == "FAILED" for check in checks)
    print(f"\n{len(checks) - failed} of {len(checks)} without fault; {args.out / 'check.html'} shows the clips")
    return 4 if failed else 0
