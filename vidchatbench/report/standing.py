"""Where a sample stands among all samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vidchatbench.results.schema import ItemRecord, MetricResult


@dataclass(frozen=True)
class Standing:
    """One metric's ranks over the samples that have a value, failed ones at the declared worst value."""

    rank: tuple[int | None, ...]
    """1 is best; equal values share the better rank; None where the sample has no value."""
    share: tuple[float | None, ...]
    """Share of the other samples that this one is worse than, ties by half: 0 is best of all, 1 worst of all."""
    n: int
    """Samples with a value."""

    @classmethod
    def of(cls, id_: str, metric: MetricResult, items: Sequence[ItemRecord]) -> Standing:
        """Rank the samples, in their order, by one metric."""
        cells = [item.metrics.get(id_) for item in items]
        values = [None if cell is None else cell.value for cell in cells]
        known = np.array([v for v in values if v is not None])
        worse = -known if metric.direction == "higher" else known
        ordered = np.sort(worse)
        better, up_to = (np.searchsorted(ordered, worse, side) for side in ("left", "right"))
        ranks = iter((better + 1).tolist())
        middles = iter(((better + up_to + 1) / 2).tolist())
        others = max(1, len(known) - 1)
        return cls(
            rank=tuple(None if v is None else int(next(ranks)) for v in values),
            share=tuple(None if v is None else (next(middles) - 1) / others for v in values),
            n=len(known),
        )


def mean_share(standings: Sequence[Standing], count: int) -> list[float | None]:
    """Each sample's share, averaged over the metrics on which it has a value."""
    lines = [[s.share[k] for s in standings] for k in range(count)]
    known = [[share for share in line if share is not None] for line in lines]
    return [sum(line) / len(line) if line else None for line in known]
