"""What a comparison says; the shape of `compare --json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

SCHEMA: Final = "vidchatbench.comparison/1"
ALPHA: Final = 0.05
"""The level at which a difference is told from chance, for the whole family of tests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why two results may not be compared."""

    what: str
    """In a word or two: `test set`, `signature`, `partial`."""
    detail: str
    remedy: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One metric of two runs. Where `obstacle` stands, nothing is computed and all else that could be is None."""

    title: str
    family: str
    unit: str
    direction: Literal["higher", "lower"]
    first: float | None
    other: float | None
    obstacle: Obstacle | None = None
    difference: float | None = None
    """`other` - `first`, over the same samples."""
    ci95: tuple[float, float] | None = None
    """95 % interval of the difference's expected value."""
    ci_method: str | None = None
    ci_reason: str | None = None
    """Why there is no interval, or what to know of it."""
    p: float | None = None
    """Two-sided, of the paired sign-flip test by source video."""
    p_reason: str | None = None
    null: Literal["mean", "exchangeable"] | None = None
    """What the test asks: whether the expected difference is 0 (`mean`), or whether it matters which of the two systems
    gave which answer (`exchangeable`; so below 50 source videos, and for Frechet and kernel distances)."""
    p_holm: float | None = None
    """Adjusted (Holm) for all metrics of the pair."""
    detectable: float | None = None
    """The least difference that this test, unadjusted, finds 4 times in 5."""
    n: int = 0
    """Samples that both values rest on."""
    n_clusters: int = 0
    """Source videos they come from."""
    verdict: Literal["first", "other", "differ"] | None = None
    """Which is better beyond chance; `differ` where only that they are not alike is shown; None: not told apart."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One run against the first."""

    other: str
    obstacles: tuple[Obstacle, ...]
    """Why the runs as a whole may not be compared; then there are no differences."""
    notes: tuple[str, ...]
    """What differs and forbids nothing: harness, packages, machine."""
    n_tests: int
    """The family that p-values are adjusted for: this pair's metrics with a test whose rows are not all alike."""
    differences: Mapping[str, Difference]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All runs against the first."""

    schema: Literal["vidchatbench.comparison/1"] = SCHEMA
    first: str
    testset: str
    alpha: float = ALPHA
    pairs: tuple[Pair, ...]
