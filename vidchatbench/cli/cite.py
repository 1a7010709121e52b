"""`vidchatbench cite`."""

from __future__ import annotations

import argparse
from pathlib import Path

from vidchatbench.errors import UsageError


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "results", nargs="?", type=Path, metavar="RUN", help="results directory: its methods section is printed, too"
    )
    parser.add_argument(
        "--format", choices=("bibtex", "text", "cff"), default="bibtex",
        help="bibtex (default; the methods section is LaTeX), text, or cff: the content of CITATION.cff",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what to cite, and with a run what it computed from which sources."""
    from vidchatbench.report.citation import PAPER, cff, harness
    from vidchatbench.report.methods import methods
    from vidchatbench.results import read_results

    if args.format == "cff":
        if args.results is not None:
            raise UsageError("CITATION.cff is of the program, not of a run", remedy="vidchatbench cite --format cff")
        print(cff(), end="")
        return 0
    results = None if args.results is None else read_results(args.results)
    works = (harness() if results is None else harness(results.harness.version), PAPER)
    latex = args.format == "bibtex"
    print(*(work.bibtex if latex else work.reference for work in works), sep="\n\n")
    if results is not None:
        print("\n% needs \\usepackage{url}, for \\path\n" if latex else "")
        print(methods(results, latex=latex), end="")
    return 0
