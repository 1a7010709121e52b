"""What the screens of level 2 cost for a whole test set: `python benchmarks/screen_cost.py [--items 500] [--runs 10]`.

A test set of so many items, a submission of three seeds, and merged runs of as many answers each are made up in memory:
every answer has the look of its item's reference, and of every second system all answers have one voice, which are the
dear cases. Prints CPU seconds by screen, on one thread.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from vidchatbench.submission.context import Context
from vidchatbench.submission.finding import Finding
from vidchatbench.submission.screen.screen import SCREENS
from vidchatbench.testset import load_testset
from vidchatbench.testset.fingerprint import Fingerprint
from vidchatbench.testset.lock import Lock, MediaLine
from vidchatbench.types import Floats, Item, Turn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from helpers.opened import opened

SEEDS, METRICS = 3, 30


def main(argv: Sequence[str] | None = None) -> None:
    """Make up, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=500)
    parser.add_argument("--runs", type=int, default=10)
    args = parser.parse_args(argv)
    rng = np.random.default_rng(0)
    looks = rng.integers(0, 256, (2 * args.items, 8), dtype=np.uint8)
    looks[:, 0] &= 127
    voices = 60 + 8 * rng.standard_normal((2 * args.items, 8))
    items, media = [], {}
    for k in range(args.items):
        paths = f"media/i{k}.mp4", f"media/r{k}.mp4"
        for who, path in enumerate(paths, 2 * k):
            print_ = clip(looks[who], voices[who], rng)
            media[path] = MediaLine(path=path, sha256=f"{who:064x}", bytes=1, fingerprint=str(print_))
        turn = Turn(initiator=paths[0], reference=paths[1], initiator_speech_end_s=1.0, reference_start_s=1.0)
        items.append(Item(item_id=f"x{k:04}", task="dialogue", turns=(turn,), portrait="p.jpg", source_video=f"v{k}"))
    testset = replace(load_testset("mini"), items=tuple(items), lock=Lock(media=media, timeline={}, exclusions={}))

    def run(model: str, one_voice: bool) -> object:
        voice = 60 + 8 * rng.standard_normal(8)
        keys = [f"x{k:04}" + f".s{seed}" * bool(seed) for k in range(args.items) for seed in range(SEEDS)]
        answers = {
            key: clip(looks[2 * k + 1], voice if one_voice else voices[2 * k + 1], rng)
            for n, key in enumerate(keys)
            for k in [n // SEEDS]
        }
        values = {f"made.m{n}": {key: float(rng.normal(3, 0.5)) for key in keys} for n in range(METRICS)}
        return opened(answers, testset=testset, model=model, values=values)

    mine = run("lab/new", True)
    context = Context(testset=testset, others=tuple(run(f"other/{n}", n % 2 == 0) for n in range(args.runs)))
    total = 0.0
    with threadpool_limits(limits=1):
        for look in SCREENS:
            begin = time.process_time()
            found = look(mine, context)
            took = time.process_time() - begin
            total += took
            said = [f"{one.severity} {one.code}" for one in found if isinstance(one, Finding)]
            print(f"{look.__name__:12} {took:6.1f} CPU s  {', '.join(said)}")
    print(f"{'all':12} {total:6.1f} CPU s: {args.items * SEEDS} answers, {args.runs} merged runs")


def clip(look: np.ndarray, voice: Floats, rng: np.random.Generator) -> Fingerprint:
    """Somebody who moves and speaks for 3 to 10 s: a look that drifts, and speech with pauses."""
    n = int(25 * rng.uniform(3, 10))
    drift = np.packbits((np.cumsum(rng.random((n, 64)) < 0.004, 0) % 2).astype(np.uint8), axis=1)
    looks = look[None] ^ drift
    looks[:, 0] &= 127
    steps = np.convolve(rng.standard_normal(n + 8), np.ones(9) / 3, "valid")
    moves = np.clip(100 + 20 * steps, 1, 255).astype(np.uint8)
    speaks = np.repeat(rng.random(n // 5 + 1) < 0.7, 5)[:n]
    sounds = np.where(speaks[:, None], voice + 6 * rng.standard_normal((n, 8)), 25)
    return Fingerprint(
        looks, moves, np.full((n, 3), 90, np.uint8), np.clip(sounds, 0, 255).astype(np.uint8), n / 25, n / 25
    )


if __name__ == "__main__":
    main()
