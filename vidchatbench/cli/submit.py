"""`vidchatbench submit`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidchatbench.cli.options import count, names
from vidchatbench.cli.progress import progress_bar
from vidchatbench.errors import UsageError

if TYPE_CHECKING:
    from vidchatbench.submission.declared import Declared


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = parser.add_argument
    add("results", type=Path, nargs="?", metavar="RUN", help="results directory of vidchatbench eval")
    add("--pred", type=Path, metavar="DIR", help="the outputs that it scored")
    add("--out", type=Path, default=Path("submissions"), metavar="DIR", help="where to put it (default: submissions/)")
    add("--testset", metavar="NAME|DIR", help="test set, where it is not built in")
    add("--baseline", action="store_true", help="it is a control, whose answers are degenerate by design")
    add("--workers", type=count, metavar="N", help="processes that decode (default: one per core; 0: in this process)")
    add = parser.add_argument_group(
        "declarations (else from --model-file, else from what `generate` recorded)"
    ).add_argument
    add("--model-file", type=Path, metavar="model.toml", help="the declarations in a file; options win")
    add("--model", dest="id", metavar="ORG/NAME", help="whose model, and which")
    add("--revision", metavar="TEXT", help="commit, release or API date that made these answers")
    add("--license", metavar="NAME", help="SPDX name, or proprietary")
    add("--open-weights", type=_yes, metavar="yes|no", help="whether the weights can be had")
    add("--training-data", type=_sets, metavar="A,B|none", help="the data sets that it was trained on")
    add("--saw-test-sources", type=_yes, metavar="yes|no",
        help="whether a source video of the test set may have been in its training data")  # fmt: skip
    add("--deterministic", type=_yes, metavar="yes|no", help="whether every seed gives the same answer")
    add("--all-seeds-reported", action="store_true", help="no other seed was made and left out")
    add("--title", metavar="TEXT", help="how the board calls it")
    add("--url", metavar="URL", help="its page")
    add("--paper", metavar="URL", help="its paper")
    add("--n-params", type=count, metavar="N", help="parameters in all")
    add("--component", action="append", metavar="ROLE=ID@REVISION", help="a part of it, such as tts=org/voice@1.2")
    add("--supersedes", metavar="RUN_ID", help="the earlier run of this model that this one replaces")
    add("--outputs-url", metavar="URL", help="where the answers can be fetched for a re-score")
    add = parser.add_argument_group("withdrawing a merged run").add_argument
    add("--withdraw", type=Path, metavar="DIR", help="write withdrawal.json into submissions/ORG__MODEL/RUN_ID")
    add("--reason", default="", metavar="TEXT", help="why; the board shows it")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Exit 0 where the run is packed, 4 where the check refuses it."""
    if args.withdraw is not None:
        return _withdraw(args)
    if args.results is None or args.pred is None:
        raise UsageError(
            "a results directory and the outputs that it scored are needed",
            remedy="vidchatbench submit runs/NAME --pred outputs/NAME",
        )
    from vidchatbench.submission.declared import components, declared
    from vidchatbench.submission.pack import pack
    from vidchatbench.submission.told import tell

    names_ = ("id", "revision", "license", "open_weights", "training_data", "saw_test_sources", "deterministic",
              "title", "url", "paper", "n_params")  # fmt: skip
    options: dict[str, Any] = {name: getattr(args, name) for name in names_}
    options["components"] = components(args.component) if args.component else None
    said = declared(args.pred, args.model_file, options)
    if sys.stdin.isatty() and sys.stdout.isatty():
        said, args.all_seeds_reported = _ask(said, args.all_seeds_reported)
    with progress_bar("answers") as progress:
        packed = pack(
            args.results, args.pred, args.out, said, testset=args.testset, all_seeds_reported=args.all_seeds_reported,
            supersedes=args.supersedes, outputs_url=args.outputs_url, baseline=args.baseline, progress=progress,
            workers=os.cpu_count() or 1 if args.workers is None else args.workers,
        )  # fmt: skip
    tell([packed.verdict], names=False)
    if packed.folder is None:
        print("\nnothing was packed: the check would refuse it", file=sys.stderr)
        return 4
    files = sum(file.stat().st_size for file in packed.folder.iterdir())
    print(f"\npacked  {packed.folder} ({files // 1024 + 1} kB)")
    print("next    git add it on a branch of its own and open a pull request with this one folder; its check runs "
          f"what you can run here:\n        vidchatbench check-submission {packed.folder}")  # fmt: skip
    print("        keep the outputs: level 3 scores some of them again before the run is called verified")
    return 0


def _withdraw(args: argparse.Namespace) -> int:
    from vidchatbench.submission.pack import withdraw

    file = withdraw(args.withdraw, args.reason)
    print(f"written {file}\nnext    git add it and open a pull request with this one file; the run itself stays listed")
    return 0


def _ask(said: Declared, reported: bool) -> tuple[Declared, bool]:
    """Ask for what is missing, on a terminal."""
    from dataclasses import replace

    values = dict(said.values)
    for name in said.missing:
        ask, read = _QUESTIONS[name]
        while values.get(name) is None:
            try:
                values[name] = read(input(f"{ask}: ").strip())
            except (argparse.ArgumentTypeError, ValueError) as error:
                print(f"  {error}")
    if not reported:
        reported = input("Are all seeds that were made reported, and none left out? yes|no: ").strip() == "yes"
    return replace(said, values=values), reported


def _yes(text: str) -> bool:
    if text.lower() not in ("yes", "no"):
        raise argparse.ArgumentTypeError("say yes or no")
    return text.lower() == "yes"


def _sets(text: str) -> list[str]:
    if not text.strip():
        raise argparse.ArgumentTypeError("name the data sets, or say none")
    return [] if text.strip().lower() == "none" else names(text)


def _id(text: str) -> str:
    from vidchatbench.submission.declared import valid_id

    if not valid_id(text):
        raise ValueError("say ORG/NAME: letters, digits, _ . + -")
    return text


def _text(text: str) -> str:
    if not text:
        raise ValueError("say something")
    return text


_QUESTIONS: dict[str, tuple[str, Any]] = {
    "id": ("Model, as ORG/NAME", _id),
    "revision": ("Revision: commit, release or API date", _text),
    "license": ("License: SPDX name, or proprietary", _text),
    "open_weights": ("Can the weights be had? yes|no", _yes),
    "training_data": ("Training data: names of data sets, or none", _sets),
    "saw_test_sources": ("May a source video of the test set have been in its training data? yes|no", _yes),
    "deterministic": ("Does every seed give the same answer? yes|no", _yes),
}
