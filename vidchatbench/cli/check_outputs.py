"""`vidchatbench check-outputs`."""

from __future__ import annotations

import argparse
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--pred", type=Path, required=True, metavar="DIR", help="the folder of outputs")
    parser.add_argument("--testset", metavar="NAME|DIR", help="test set, where the outputs' manifest names none")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Exit 0 where every sample is there and readable, 2 where not. Doubts are printed and do not change the code."""
    from vidchatbench.api import find_testset
    from vidchatbench.testset import read_outputs
    from vidchatbench.testset.check import check_outputs

    outputs = read_outputs(args.pred)
    testset = find_testset(outputs, args.testset)
    findings = check_outputs(testset, outputs)
    for finding in findings:
        print(finding)
    wrong = sum(finding.wrong for finding in findings)
    expected = len(testset.keys(outputs.seeds))
    print(f"{args.pred}: {expected} samples of {testset.info.id} {testset.info.version} expected, {wrong} problems, "
          f"{len(findings) - wrong} notes")  # fmt: skip
    return 2 if wrong else 0
