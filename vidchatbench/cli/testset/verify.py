"""`vidchatbench testset verify`."""

from __future__ import annotations

import argparse

from vidchatbench.cli.options import count


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("testset", metavar="NAME|DIR")
    parser.add_argument("--workers", type=count, metavar="N", help="worker processes (default: one per core)")


def run(args: argparse.Namespace) -> int:
    """Exit 0 where every file is that of the lock, 2 with a line for each that is not, and what it is."""
    import os
    from collections import Counter

    from vidchatbench.engine.pool import Pool
    from vidchatbench.engine.verify import verify_media
    from vidchatbench.testset import load_testset
    from vidchatbench.testset.reference_features import FOLDER, ReferenceFeatures

    found = load_testset(args.testset)
    with Pool(args.workers if args.workers is not None else os.cpu_count() or 1) as pool:
        wrong = verify_media(found, pool)
    for one in wrong:
        print(one)
    if wrong:
        told = Counter(one.status for one in wrong)
        counts = ", ".join(f"{n} {status}" for status, n in told.most_common())
        print(f"{found.info.id} {found.info.version}: of {len(found.media())} media files "
              f"{len(found.media()) - len(wrong)} are those of the lock, {counts}")  # fmt: skip
    if not wrong:
        print(f"{found.info.id} {found.info.version}: {len(found.media())} media files are there"
              + (" and are those of the lock" if found.lock else "; there is no lock to hold them to"))  # fmt: skip
    stored = ReferenceFeatures.of(found.root)
    if stored:
        print(f"{FOLDER}/ is whole: {len(stored.files)} features, for metrics that need no more of absent files")
    return 2 if wrong else 0
