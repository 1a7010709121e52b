"""`vidchatbench testset verify`."""

from __future__ import annotations

import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("testset", metavar="NAME|DIR")


def run(args: argparse.Namespace) -> int:
    """Exit 0 where all is well, 2 with a line for each problem."""
    from vidchatbench.testset import load_testset
    from vidchatbench.testset.reference_features import FOLDER, ReferenceFeatures
    from vidchatbench.testset.verify import problems

    found = load_testset(args.testset)
    wrong = problems(found)
    for line in wrong:
        print(line)
    if not wrong:
        print(f"{found.info.id} {found.info.version}: {len(found.media())} media files are there"
              + (" and are those of the lock" if found.lock else "; there is no lock to hold them to"))  # fmt: skip
    stored = ReferenceFeatures.of(found.root)
    if stored:
        print(f"{FOLDER}/ is whole: {len(stored.files)} features, for metrics that need no more of absent files")
    return 2 if wrong else 0
