"""`vidchatbench leaderboard export`."""

from __future__ import annotations

import argparse
from pathlib import Path

FORMATS = ("model-index", "eval-results", "eee")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("run_folder", type=Path, metavar="RUN|SUBMISSION", help="results directory of eval, or a submission's folder")
    add("--to", choices=FORMATS, required=True, help="model-index: block of a Hugging Face model card; eval-results: "
        "its .eval_results/*.yaml; eee: Every Eval Ever 0.3.0")  # fmt: skip
    add("--out", type=Path, metavar="FILE", help="write it there (default: print it)")
    add("--dataset-id", metavar="ORG/NAME", help="the test set's dataset at the Hugging Face hub")
    add("--source-url", metavar="URL", help="where the run can be seen")


def run(args: argparse.Namespace) -> int:
    """Print or write a run in the format of others; what cannot be said there is named on standard error."""
    import sys

    from vidchatbench.engine.cache import write_atomic
    from vidchatbench.leaderboard.export.eee import eee
    from vidchatbench.leaderboard.export.eval_results import eval_results
    from vidchatbench.leaderboard.export.model_index import model_index
    from vidchatbench.leaderboard.export.source import read_source

    source = read_source(args.run_folder, dataset_id=args.dataset_id, url=args.source_url)
    text = dict(zip(FORMATS, (model_index, eval_results, eee), strict=True))[args.to](source)
    for id, why in source.left_out.items():
        print(f"left out {id}: {why}", file=sys.stderr)
    if args.out:
        write_atomic(args.out, text.encode())
        print(f"wrote    {args.out}")
    else:
        print(text, end="")
    return 0
