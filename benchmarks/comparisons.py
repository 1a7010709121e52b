"""What comparisons cost on one thread: `python benchmarks/comparisons.py`. Medians of 5, in s, beside the slow way."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import median

import numpy as np
from threadpoolctl import threadpool_limits

from vidchatbench.stats import KernelBlocks, frechet_influence, max_t, wasserstein, wasserstein1_many


def seconds(run: Callable[[], object]) -> float:
    """The median time of 5 runs on the processor."""
    run()
    found = []
    for _ in range(5):
        started = time.process_time()
        run()
        found.append(time.process_time() - started)
    return median(found)


def say(what: str, quick: Callable[[], object], slow: Callable[[], object] | None = None) -> None:
    """Print a line."""
    took = seconds(quick)
    beside = "" if slow is None else f"  {seconds(slow):.3f}  {seconds(slow) / took:.1f} x"
    print(f"{what:58} {took:.3f}{beside}", flush=True)


def main() -> None:
    """Time the pieces of `compare` and of a table of many systems."""
    rs = np.random.RandomState(0)
    for systems in (20, 100):
        scores = rs.randn(500, systems)
        say(f"max_t, {systems} systems on 500 sources, 9999 draws", lambda scores=scores: max_t(scores, seed=0))

    x, y, lines = rs.randn(750), rs.randn(750), rs.randint(0, 4, (9999, 750)).astype(float)
    block = wasserstein._BLOCK

    def in_memory() -> None:
        wasserstein._BLOCK = 15_000_000
        wasserstein1_many(x, y, lines, lines)
        wasserstein._BLOCK = block

    say("W1 of 750 values, 9999 weightings; all at once", lambda: wasserstein1_many(x, y, lines, lines), in_memory)

    influence = sys.modules["vidchatbench.stats.frechet_influence"]
    a, b, each = rs.randn(8000, 400), rs.randn(8000, 400), np.arange(8000)
    cholesky = influence.sound_triangle

    def by_qr() -> None:
        influence.sound_triangle = lambda factor: None
        frechet_influence(a, b, each, each)
        influence.sound_triangle = cholesky

    say("Frechet influences, 8000 vectors of 400; by QR", lambda: frechet_influence(a, b, each, each), by_qr)

    blocks = KernelBlocks.of(list(rs.randn(1000, 1, 64)), list(rs.randn(1000, 1, 64)))
    left_out = 1 - np.eye(1000)
    say("kernel influences, 1000 clips; by weightings", blocks.influence, lambda: blocks.distances(left_out))


if __name__ == "__main__":
    with threadpool_limits(limits=1):
        main()
