"""`vidchatbench generate`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from vidchatbench.cli.options import count, names

if TYPE_CHECKING:
    from pathlib import Path

    from vidchatbench.adapters.generate import Generated


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = parser.add_argument
    add("adapter", metavar="vcb_NAME.py", help="the adapter's file (vcb_NAME.py::FUNCTION where it has several)")
    add("--testset", required=True, metavar="NAME|DIR", help="the test set whose questions are put to the model")
    add("--out", metavar="DIR", help="the outputs folder (default: outputs/NAME)")
    generation_options(parser)
    add("--reverse", action="store_true", help=argparse.SUPPRESS)
    add("--watch", action="store_true", help=argparse.SUPPRESS)
    add("pytest", nargs="*", metavar="-- ARG", help="anything else that pytest knows")
    parser.set_defaults(run=run)


def generation_options(parser: argparse.ArgumentParser) -> None:
    """What `generate` and `eval --adapter` share."""
    add = parser.add_argument_group("generation").add_argument
    add("-M", metavar="NAME=VALUE", action="append", default=[], help="for the adapter's fixture vcb_args")
    add("--seeds", type=count, default=1, metavar="N", help="answers to each question, with seeds from 0")
    add("--gpus", type=names, default=[], metavar="0,1", help="one GPU for each worker")
    add("--fresh", action="store_true", help="make all answers anew")
    add("--clock", choices=("paced", "virtual", "burst"), default="paced", help="how a question reaches a streaming "
        "adapter: at the speed of life (what a user feels; the default), as fast as it is read with the adapter's own "
        "time counted (flagged as simulated), or all at once (throughput only, no latency)")  # fmt: skip
    add("--warm-ups", type=int, default=3, metavar="N", help="questions put to a streaming adapter first, and thrown "
        "away (default: 3)")  # fmt: skip
    add("--load-timeout", type=float, default=1800.0, metavar="S", help="longest time to load the model")
    more = parser.add_argument_group("as in pytest")
    add = more.add_argument
    add("-k", metavar="WORDS", help="only samples whose name matches, such as 'dialogue and not s2'")
    add("-x", action="store_true", help="stop at the first failure")
    add("--maxfail", type=count, metavar="N", help="stop after N failures")
    add("-n", metavar="N", help="worker processes (needs pytest-xdist)")
    add("--lf", action="store_true", help="only those that failed the last time")
    add("--pdb", action="store_true", help="a debugger where the adapter fails; no time limits")
    add("-s", action="store_true", help="show what the adapter prints")
    add("-v", action="store_true", help="one line a sample")
    if not any("--limit" in action.option_strings for action in parser._actions):
        parser.add_argument("--limit", type=count, metavar="N", help="only the first N items")


def run(args: argparse.Namespace) -> int:
    """Exit 0 where every sample that was asked for has an answer, 4 where one failed."""
    from vidchatbench.adapters.told import say

    done = make(args, args.testset, args.out)
    say(done)
    return exit_code(done)


def make(args: argparse.Namespace, testset: str, out: str | Path | None) -> Generated:
    """Generate with the options of the command line."""
    from vidchatbench.adapters.from_pytest import pairs
    from vidchatbench.adapters.generate import generate

    return generate(
        args.adapter, testset=testset, out=out, args=pairs(args.M), seeds=args.seeds, limit=args.limit, gpus=args.gpus,
        fresh=args.fresh, load_timeout_s=args.load_timeout, clock=args.clock, warm_ups=max(0, args.warm_ups),
        options=_words(args),
        reverse=getattr(args, "reverse", False), watch=getattr(args, "watch", False),
    )  # fmt: skip


def exit_code(done: Generated) -> int:
    """This command's code for pytest's."""
    if done.interrupted:
        raise KeyboardInterrupt
    stuck = done.code == 1 and not done.failed and not done.made and done.untried  # xdist: the file cannot be imported
    if done.code not in (0, 1) or stuck:
        return 1 if done.code == 3 else 2
    return 4 if done.failed else 0


def _words(args: argparse.Namespace) -> list[str]:
    words = [] if args.v else ["-q"]
    words += ["--no-header", "-rN", "--tb=short"]
    words += [f"-{flag}" for flag in "xs" if getattr(args, flag)] + (["-v"] if args.v else [])
    words += [f"--{flag}" for flag in ("lf", "pdb") if getattr(args, flag)]
    words += [word for flag in "kn" if (value := getattr(args, flag)) is not None for word in (f"-{flag}", value)]
    words += [f"--maxfail={args.maxfail}"] if args.maxfail is not None else []
    return words + list(getattr(args, "pytest", []))
