"""The model's distribution of a quantity and people's, over each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vidchatbench.report.charts.scale import Scale
from vidchatbench.results.schema import Compared
from vidchatbench.types import Quantity

_MARGIN = 0.03
_MOST_TICKS = 6
_STEP = 0.2
"""Values that stand closer than this, in per cent of the width, are drawn as one step."""

Step = tuple[float, float]
"""x in per cent, and the share of the samples up to it in per cent."""


@dataclass(frozen=True)
class Line:
    """A cumulative distribution: for each value, the share of the samples that have it or less."""

    steps: tuple[Step, ...]
    median: float
    """In the quantity's unit; every sample weighs the same, whatever the number of its values."""
    samples: int

    @property
    def points(self) -> list[Step]:
        """The line's corners from left to right, on axes of 0 to 100, upwards."""
        corners, share = [(0.0, 0.0)], 0.0
        for x, up_to in self.steps:
            corners += [(x, share), (x, up_to)]
            share = up_to
        return [*corners, (100.0, share)]


@dataclass(frozen=True)
class Comparison:
    """Two lines; on the scale of the distance, the area between them is the Wasserstein-1 distance."""

    quantity: Quantity
    scale: Scale
    """Of the values, or of their decimal logarithms."""
    ticks: tuple[tuple[float, float], ...]
    """Values and x."""
    response: Line
    human: Line
    zero_x: float | None
    """Where 0 is, if it is not at an end."""

    @classmethod
    def of(cls, quantity: Quantity, found: Sequence[Compared]) -> Comparison | None:
        """The picture of all samples' values; None where one of the two sides has none."""
        sides = [[one.response for one in found if one.response], [one.human for one in found if one.human]]
        if not all(sides):
            return None
        values = [value for side in sides for own in side for value in own]
        log = quantity.scale == "log" and min(values) > 0
        on: Callable[[float], float] = math.log10 if log else float
        low, high = on(min(values)), on(max(values))
        pad = _MARGIN * (high - low) if high - low > 1e-9 * max(abs(low), abs(high), 1e-3) else 0.5
        scale = Scale(low - pad, high + pad)
        response, human = (_line(side, lambda value: scale.percent(on(value))) for side in sides)
        ticks = _decades(scale) if log else scale.ticks(_MOST_TICKS)
        zero = None if log or not scale.low < 0 < scale.high else scale.percent(0)
        return cls(quantity, scale, tuple((t, scale.percent(on(t))) for t in ticks), response, human, zero)


def _line(side: Sequence[Sequence[float]], place: Callable[[float], float]) -> Line:
    weighed = sorted((value, 1 / len(own)) for own in side for value in own)
    steps: list[Step] = []
    mass, median = 0.0, weighed[-1][0]
    for value, weight in weighed:
        if mass < len(side) / 2 * (1 - 1e-12) <= mass + weight:
            median = value
        mass += weight
        x, share = place(value), round(100 * mass / len(side), 3)
        if steps and x - steps[-1][0] < _STEP:
            steps[-1] = (steps[-1][0], share)
        else:
            steps.append((x, share))
    return Line(tuple(steps), median, len(side))


def _decades(scale: Scale) -> list[float]:
    """1, 2, 5, 10, ... within a logarithmic axis; fewer of them where it is long."""
    span = range(math.floor(scale.low) - 1, math.ceil(scale.high) + 1)
    for digits in ((1, 2, 5), (1, 3), (1,)):
        found = [d * 10.0**k for k in span for d in digits if scale.low <= math.log10(d * 10.0**k) <= scale.high]
        if len(found) <= _MOST_TICKS:
            return found
    return found[:: math.ceil(len(found) / _MOST_TICKS)]
