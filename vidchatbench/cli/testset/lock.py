"""`vidchatbench testset lock`."""

from __future__ import annotations

import argparse

from vidchatbench.cli.options import count


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("testset", metavar="NAME|DIR")
    parser.add_argument("--workers", type=count, metavar="N", help="worker processes (default: one per core)")


def run(args: argparse.Namespace) -> int:
    """Write the lock of a test set whose media are here."""
    from collections import Counter

    from vidchatbench.engine.lock import lock_testset
    from vidchatbench.testset import load_testset
    from vidchatbench.testset.lock import TimelineLine

    found = load_testset(args.testset)
    lines = lock_testset(found, workers=args.workers)
    kinds = Counter(line.kind for line in lines)
    times = [line for line in lines if isinstance(line, TimelineLine)]
    print(f"{found.root / 'media.lock.jsonl'}: {kinds['media']} media files, the timeline of {len(times)} turns, "
          f"{kinds['exclusion']} exclusions for {kinds['metric']} metrics")  # fmt: skip
    for what, origins in (
        ("the question's end", Counter(line.speech_end_from for line in times)),
        ("the reply's start", Counter(line.reference_start_from for line in times)),
    ):
        print(f"{what}: {', '.join(f'{n} from {origin}' for origin, n in sorted(origins.items()))}")
    offsets = sorted(line.human_offset_s for line in times if line.human_offset_s is not None)
    if offsets:
        print(f"people reply after {offsets[len(offsets) // 2]:.2f} s (median of {len(offsets)})")
    words = sum(line.words_end_s is not None for line in times)
    print(f"checked by the end of the last word: {words} of {len(times)}")
    for line in times:
        if line.note:
            print(f"note: {line.item_id}{f' turn {line.turn}' if line.turn else ''}: frozen at "
                  f"{line.initiator_speech_end_s:.2f} s, but {line.note}")  # fmt: skip
    return 0
