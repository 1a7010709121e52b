"""`vidchatbench testset ls|describe|verify|lock|features`."""

from __future__ import annotations

import argparse

from vidchatbench.cli.options import count, names


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ls|describe|verify|lock|features")
    actions.add_parser("ls", help="the built-in test sets").set_defaults(run=list_testsets)
    for name, function, text in (
        ("describe", describe, "what a test set holds"),
        ("verify", verify, "whether its media are there and are those that the lock names"),
        (
            "lock",
            lock,
            "write media.lock.jsonl: digests, durations, and what the metrics cannot measure on the references",
        ),
        (
            "features",
            store,
            "write reference_features/: what metrics need of the test set's own files, for who lacks these files",
        ),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("testset", metavar="NAME|DIR")
        action.set_defaults(run=function)
        if name in ("lock", "features"):
            action.add_argument("--workers", type=count, metavar="N", help="worker processes (default: one per core)")
        if name == "features":
            add = action.add_argument
            add("--profile", metavar="NAME", help="named set of metrics (default: the test set's)")
            add("--metrics", metavar="A,B", type=names, help="for these metrics or families instead of the profile's")
            add("--metric", metavar="FILE.py:NAME", action="append", default=[], help="for a metric from a file, too")
            add("--device", default="cpu", metavar="NAME", help="where features that can choose run: cpu, cuda, cuda:1")


def list_testsets(args: argparse.Namespace) -> int:
    """One line a test set."""
    from vidchatbench.testset import available, load_testset

    for name in available():
        found = load_testset(name)
        print(f"{name:16} {found.info.version:8} {len(found.items):5} items  {found.info.title}")
    return 0


def describe(args: argparse.Namespace) -> int:
    """Facts and counts of a test set."""
    from collections import Counter

    from vidchatbench.testset import load_testset
    from vidchatbench.testset.reference_features import FOLDER, ReferenceFeatures

    found = load_testset(args.testset)
    info = found.info
    tasks = Counter(item.task for item in found.items)
    print(f"{info.id} {info.version}: {info.title}\n\n{info.description.strip()}\n")
    print(f"protocol   {info.protocol}\nprofile    {info.profile}\nlicence    {info.licence}\nmedia      {info.media}")
    print(f"items      {len(found.items)} ({', '.join(f'{n} {task}' for task, n in sorted(tasks.items()))})")
    print(
        f"samples    {len(found.keys())} for each seed, of {len({i.source_video for i in found.items})} source videos"
    )
    for name in sorted({name for item in found.items for name in item.slices}):
        counts = Counter(item.slices.get(name, "none") for item in found.items)
        print(f"{name:10} {', '.join(f'{n} {value}' for value, n in sorted(counts.items()))}")
    print(f"lock       {'media.lock.jsonl' if found.lock else 'none (vidchatbench testset lock)'}")
    stored = ReferenceFeatures.of(found.root)
    print(f"features   {f'{FOLDER}/, {len(stored.files)} files' if stored else 'none stored'}")
    print(f"sha256     {found.sha256}\nfolder     {found.root}")
    if stored:
        print(f"\n{stored}")
    return 0


def verify(args: argparse.Namespace) -> int:
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


def lock(args: argparse.Namespace) -> int:
    """Write the lock of a test set whose media are here."""
    from collections import Counter

    from vidchatbench.engine.lock import lock_testset
    from vidchatbench.testset import load_testset

    found = load_testset(args.testset)
    lines = lock_testset(found, workers=args.workers)
    kinds = Counter(line.kind for line in lines)
    print(f"{found.root / 'media.lock.jsonl'}: {kinds['media']} media files, {kinds['exclusion']} exclusions "
          f"for {kinds['metric']} metrics")  # fmt: skip
    return 0


def store(args: argparse.Namespace) -> int:
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
