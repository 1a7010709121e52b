"""`vidchatbench testset describe`."""

from __future__ import annotations

import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("testset", metavar="NAME|DIR")


def run(args: argparse.Namespace) -> int:
    """Facts and counts of a test set."""
    from collections import Counter

    from vidchatbench.testset import load_testset
    from vidchatbench.testset.reference_features import FOLDER, ReferenceFeatures
    from vidchatbench.testset.timeline import untimed

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
    lacking = len(untimed(found.items))
    told = f"{lacking} turns lack it (vidchatbench testset lock)" if lacking else f"known of {len(found.keys())} turns"
    print(f"timeline   {told}")
    stored = ReferenceFeatures.of(found.root)
    print(f"features   {f'{FOLDER}/, {len(stored.files)} files' if stored else 'none stored'}")
    print(f"sha256     {found.sha256}\nfolder     {found.root}")
    if stored:
        print(f"\n{stored}")
    return 0
