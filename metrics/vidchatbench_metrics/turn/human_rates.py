"""Distances between how often something happens with the model and how often with people."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from vidchatbench.stats import split_halves
from vidchatbench.types import Floats, NamedArrays
from vidchatbench_metrics.turn.two_tracks import TwoTracks

_SPLITS = 50


class HumanRates(TwoTracks):
    """Events per minute over the whole test set, model against human.

    Rows hold the numbers of events, `response` and `human` (k,), and the minutes in which they were counted,
    `response_min` and `human_min`; rates are ratios of sums, so that long items weigh more. A row whose human side is
    not known has 0 events in 0 minutes there.
    """

    names: ClassVar[tuple[str, ...]]
    """Of the k events, for the values beside."""

    @abstractmethod
    def distances(self, model: Floats, human: Floats) -> Floats:
        """The distances of rates per minute (B, k) from rates (B, k): (B,)."""

    def total(self, rows: Sequence[NamedArrays], weights: Floats) -> float:
        """The distance over all rows."""
        return float(self.totals(rows, weights[None, :])[0])

    def totals(self, rows: Sequence[NamedArrays], weights: Floats) -> Floats:
        """The distance for each line of `weights`; NaN where a line leaves no time."""
        return self.distances(rates(rows, "response", weights), rates(rows, "human", weights))

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """The rates per minute, `ipu` of the model and `human_ipu` of people."""
        model, human = (rates(rows, side, weights[None])[0] for side in ("response", "human"))
        return {
            **{name: float(rate) for name, rate in zip(self.names, model, strict=True)},
            **{f"human_{name}": float(rate) for name, rate in zip(self.names, human, strict=True)},
        }

    def floor(self, rows: Sequence[NamedArrays], rng: np.random.Generator) -> float | None:
        """The distance between disjoint halves of the human replies, averaged over 50 splits."""
        known = [row for row in rows if float(row["human_min"]) > 0]
        if len(known) < 2:
            return None
        lines = np.zeros((2, _SPLITS, len(known)))
        for k in range(_SPLITS):
            for side, half in enumerate(split_halves(len(known), rng)):
                lines[side, k, half] = 1
        return float(self.distances(*(rates(known, "human", line) for line in lines)).mean())


def rates(rows: Sequence[NamedArrays], side: str, weights: Floats) -> Floats:
    """Events per minute of a side for each line of `weights` (B, n): (B, k)."""
    counts = np.array([row[side] for row in rows], np.float64).reshape(len(rows), -1)
    minutes = np.array([float(row[f"{side}_min"]) for row in rows])
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((weights @ counts) / (weights @ minutes)[:, None])
