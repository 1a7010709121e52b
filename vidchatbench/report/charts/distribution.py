"""How a metric's values are spread over the samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vidchatbench.report.charts.scale import Scale

BINS = 24
_DOTS_UP_TO = 60
_DOT_COLUMNS = 40


@dataclass(frozen=True)
class Distribution:
    """A histogram, or a dot for each value where there are few. Positions in per cent of width and height."""

    n: int
    mean: float
    spread: float
    """Standard deviation of the values."""
    scale: Scale
    bars: tuple[tuple[float, float, float], ...]
    """x, width and height of each bar that is not empty."""
    dots: tuple[tuple[float, int], ...]
    """x of each value, and on which level it is stacked, from 0."""
    tallest: int
    """Samples in the tallest bar."""
    mean_x: float
    real_x: float | None

    @classmethod
    def of(
        cls, values: Sequence[float], real: float | None, bounds: tuple[float | None, float | None] = (None, None)
    ) -> Distribution | None:
        """The picture of at least one value; the real clips' own value is marked where it is known.

        `bounds` are the least and greatest possible value: the axis does not run beyond them.
        """
        if not values:
            return None
        mean = float(np.mean(values))
        marks = [*values, mean] if real is None else [*values, mean, real]
        low, high = min(marks), max(marks)
        apart = high - low > 1e-9 * max(abs(low), abs(high), 1e-3)  # less has no room for 24 bins in floats
        pad = 0.0 if apart else 0.5 * abs(low) or 0.5
        least, greatest = bounds
        scale = Scale(
            low - pad if least is None or not pad else max(least, low - pad),
            high + pad if greatest is None or not pad else min(greatest, high + pad),
        )
        few = len(values) <= _DOTS_UP_TO
        counts, edges = np.histogram(values, bins=BINS, range=(scale.low, scale.high))
        width = round(100 / BINS, 3)
        bars = tuple(
            (scale.percent(float(edge)), width, round(100 * int(count) / int(counts.max()), 2))
            for count, edge in zip(counts, edges, strict=False)
            if count
        )
        return cls(
            n=len(values),
            mean=mean,
            spread=float(np.std(values)),
            scale=scale,
            bars=() if few else bars,
            dots=_stack([scale.percent(v) for v in sorted(values)]) if few else (),
            tallest=int(counts.max()),
            mean_x=scale.percent(mean),
            real_x=None if real is None else scale.percent(real),
        )


def _stack(positions: Sequence[float]) -> tuple[tuple[float, int], ...]:
    """Lift each dot above those that already stand in its column."""
    filled: dict[int, int] = {}
    found = []
    for x in positions:
        column = int(x * _DOT_COLUMNS / 100)
        level = filled.get(column, 0)
        filled[column] = level + 1
        found.append((x, level))
    return tuple(found)
