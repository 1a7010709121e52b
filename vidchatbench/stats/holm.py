"""Several tests at once."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p: Sequence[float]) -> list[float]:
    """p-values adjusted for a family of tests, in the order given.

    Rejecting where the adjusted value is at most 5 % wrongly rejects any true null of the family in at most 5 of 100
    families, however the tests depend on each other.

    Source: S. Holm, A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6 (1979), 65-70.

    Raises:
        ValueError: Where a value is not between 0 and 1.
    """
    if not all(0 <= value <= 1 for value in p):
        raise ValueError("p-values must lie between 0 and 1")
    adjusted, reached = [0.0] * len(p), 0.0
    for rank, k in enumerate(sorted(range(len(p)), key=lambda k: p[k])):
        reached = max(reached, min(1.0, (len(p) - rank) * p[k]))
        adjusted[k] = reached
    return adjusted
