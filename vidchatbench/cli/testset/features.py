"""`vidchatbench testset features`."""

from __future__ import annotations

import argparse

from vidchatbench.cli.options import count, names


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("testset", metavar="NAME|DIR")
    parser.add_argument("--workers", type=count, metavar="N", help="worker processes (default: one per core)")
    add = parser.add_argument
    add("--profile", metavar="NAME", help="named set of metrics (default: the test set's)")
    add("--metrics", metavar="A,B", type=names, help="for these metrics or families instead of the profile's")
    add("--metric", metavar="FILE.py:NAME", action="append", default=[], help="for a metric from a file, too")
    add("--device", default="cpu", metavar="NAME", help="where features that can choose run: cpu, cuda, cuda:1")


def run(args: argparse.Namespace) -> int:
    """Exit 0 where every metric's features are stored, 3 where a metric cannot run here and was left out."""
    from pathlib import Path

    from vidchatbench.engine.reference_features import store_features
    from vidchatbench.registry import Entry, from_file, ready, select
    from vidchatbench.testset import load_testset
    from vidchatbench.testset.reference_features import FOLDER

    found = load_testset(args.testset)
    loaded = [from_file(spec) for spec in args.metric]
    plugins = [Path(spec.rpartition(":")[0]).expanduser().resolve() for spec in args.metric]
    usable, left_out = {}, {}
    for id, metric in select(args.profile or found.info.profile, args.metrics, (), loaded).items():
        why = metric.error if isinstance(metric, Entry) else ready(metric)
        if isinstance(metric, Entry) or why is not None:
            left_out[id] = why
        else:
            usable[id] = metric
    stored = store_features(found, usable, workers=args.workers, device=args.device, plugins=plugins)
    print(f"{found.root / FOLDER}: {len(stored.files)} files\n{stored}")
    for id, metric in usable.items():
        if any("response" in on.names and len(on.names) > 1 for on in metric.needs().values()):
            print(f"note: {id} looks at the response and a file of the test set together, and needs the media anyway")
    for id, why in left_out.items():
        print(f"left out: {id}: {why}")
    return 3 if left_out else 0
