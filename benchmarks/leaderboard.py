"""What `leaderboard build` costs: `python benchmarks/leaderboard.py [--systems 100] [--items 500] [--seeds 1]`.

Made-up runs of 13 real metrics (10 means, 2 Wasserstein distances, 1 Frechet distance) on as many source videos as
items (tests/helpers/made_board.py). Making, reading and checking them is not part of the times, which are CPU
seconds of one thread, with wall seconds in brackets (a shared machine has more of these):
  first    with an empty cache: every run's values, intervals and scores
  again    the same from the cache: what only all systems together decide
  tests    of that, the joint tests of one metric (median over metrics)
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "tests")]
from helpers.made_board import MEANS, MadeBoard

from vidchatbench.engine.cache import Cache
from vidchatbench.leaderboard import standing
from vidchatbench.leaderboard.build import form, text


def main() -> None:
    """Make, form twice, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, count in (("systems", 100), ("items", 500), ("seeds", 1), ("repeat", 1)):
        parser.add_argument(f"--{name}", type=int, default=count)
    args = parser.parse_args()
    tests: list[float] = []
    plain_claims = standing.claims

    def timed(*words: object, **named: object) -> object:
        start = time.process_time()
        found = plain_claims(*words, **named)  # type: ignore[arg-type]
        tests.append(time.process_time() - start)
        return found

    standing.claims = timed  # type: ignore[assignment]
    with tempfile.TemporaryDirectory() as folder:
        board = MadeBoard(Path(folder), args.items, args.seeds)
        for k in range(args.systems):
            board.add(f"o/m{k:03}", board.rows(0.2 + 0.7 * k / args.systems, k))
        first, again = [], []
        for number in range(args.repeat):
            cache = Cache(Path(folder) / f"cache{number}")
            for kept in (first, again):
                start, wall = time.process_time(), time.perf_counter()
                found = form(board.root, board.entries, {}, cache=cache)
                kept.append((time.process_time() - start, time.perf_counter() - wall))
    ranked = found.boards[0].systems
    wide = median(one.overall.rank.worst - one.overall.rank.best for one in ranked if one.overall.rank)
    print(f"{args.systems} systems x {len(MEANS) + 3} metrics x {args.items} items x {args.seeds} seed(s)")
    for name, kept in (("first", first), ("again", again)):
        cpu, wall = (median(one) for one in zip(*kept, strict=True))
        print(f"{name}    {cpu:7.1f} s ({wall:.1f}), {cpu / args.systems:.2f} s a system")
    print(f"tests    {median(tests):7.2f} s a metric, {len(tests) // (2 * args.repeat)} of them")
    print(f"leaderboard.json {len(text(found)) / 1e6:.1f} MB; overall rank sets span {wide:g} ranks (median)")


if __name__ == "__main__":
    main()
