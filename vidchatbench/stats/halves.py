"""Two disjoint halves of a set, for the floor of a set metric: real against real."""

from __future__ import annotations

import numpy as np

from vidchatbench.types import Array


def split_halves(n: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Indices of two disjoint random halves of `range(n)`, sorted, floor(n / 2) each; of an odd n one is left out.

    The halves have equal size since the bias of a set metric depends on it. They are drawn from the bit generator's raw
    words, whose stream NumPy keeps fixed, unlike that of `Generator.permutation`.

    Raises:
        ValueError: Where n is less than 2.
    """
    if n < 2:
        raise ValueError(f"{n} cannot be split into two halves")
    order = np.argsort(rng.bit_generator.random_raw(n), kind="stable")
    return np.sort(order[: n // 2]), np.sort(order[n // 2 : 2 * (n // 2)])
