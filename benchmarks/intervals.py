"""How often intervals from influences hold the expected value: `python benchmarks/intervals.py [draws, 1000]`.

Each draw has n clips of 4 frames in 10 dimensions; person, clip and frame add variance, and a response shares the
person with its reference. Prints, for the kernel and the Frechet distance, the share of draws whose interval holds the
mean of all draws, and the mean standard error over the true one; `equal` are equal distributions, in the others the
response is shifted, and for the Frechet distance 1.2 times as wide.
"""

from __future__ import annotations

import sys

import numpy as np
from threadpoolctl import threadpool_limits

from vidchatbench.stats import KernelBlocks, frechet_distance, frechet_influence, influence_interval
from vidchatbench.types import Floats

D, FRAMES = 10, 4


def clips(n: int, shift: float, gain: float, seed: int) -> list[Floats]:
    """Responses and references, (n, 4, 10)."""
    rs = np.random.RandomState(seed)
    person = rs.randn(n, 1, D)
    one, real = (0.6 * person + 0.4 * rs.randn(n, 1, D) + 0.7 * rs.randn(n, FRAMES, D) for _ in range(2))
    return [gain * (one + shift), real]


def kernel(x: Floats, y: Floats) -> tuple[float, Floats]:
    """Kernel distance and influences."""
    blocks = KernelBlocks.of(list(x), list(y))
    return blocks.distance(), blocks.influence()


def frechet(x: Floats, y: Floats) -> tuple[float, Floats]:
    """Frechet distance and influences."""
    groups = np.repeat(np.arange(len(x)), FRAMES)
    x, y = x.reshape(-1, D), y.reshape(-1, D)
    return frechet_distance(x, y), frechet_influence(x, y, groups, groups)


def main() -> None:
    """Print a line for each distance, difference and number of clips."""
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    cases = (("kernel", kernel, 0.0, 1.0), ("kernel", kernel, 0.1, 1.0), ("kernel", kernel, 0.3, 1.0),
             ("frechet", frechet, 0.0, 1.0), ("frechet", frechet, 0.2, 1.2))  # fmt: skip
    for name, distance, shift, gain in cases:
        for n in (20, 30, 51, 100, 200):
            found = []
            for seed in range(draws):
                value, influence = distance(*clips(n, shift, gain, seed))
                interval = influence_interval(value, influence, np.arange(n))
                found.append((value, interval.low, interval.high, interval.se))
            value, low, high, se = np.array(found, dtype=np.float64).T
            holds = np.mean((low <= value.mean()) & (value.mean() <= high))
            ratio = np.sqrt((se**2).mean()) / value.std()
            what = f"shift {shift:g}" if shift else "equal"
            print(f"{name:8} {what:10} {n:4} clips: mean {value.mean():7.4f}, holds {holds:6.1%}, se {ratio:.2f} x")


if __name__ == "__main__":
    with threadpool_limits(limits=1):
        main()
