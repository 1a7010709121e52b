"""A metric's value and interval on its range."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from vidchatbench.report.charts.scale import Scale, step_above
from vidchatbench.results.schema import MetricResult


@dataclass(frozen=True)
class IntervalBar:
    """Positions in per cent of the width."""

    scale: Scale
    value: float
    whisker: tuple[float, float] | None
    """Where the 95 % interval begins, and its width."""
    real: float | None
    baselines: tuple[tuple[str, float], ...]

    @classmethod
    def of(cls, metric: MetricResult, baselines: Mapping[str, float]) -> IntervalBar | None:
        """The bar of a metric, with other systems' values on it; None where there is no value."""
        if metric.value is None:
            return None
        marks = [metric.value, *baselines.values(), *(() if metric.real is None else (metric.real,))]
        scale = _scale(metric.range, marks, metric.ci95 or ())
        whisker = None
        if metric.ci95 is not None:
            start, end = map(scale.percent, metric.ci95)
            whisker = start, round(end - start, 3)
        real = None if metric.real is None else scale.percent(metric.real)
        others = tuple((name, scale.percent(value)) for name, value in baselines.items())
        return cls(scale, scale.percent(metric.value), whisker, real, others)


def _scale(bounds: tuple[float | None, float | None], marks: list[float], ends: tuple[float, ...]) -> Scale:
    """The declared range, widened where a mark lies beyond it; a side without a bound ends a little beyond them."""
    low, high = bounds
    left = min([*marks, *ends] if low is None else [*marks, low])
    right = max([*marks, *ends] if high is None else [*marks, high])
    if low is None and high is None:  # both ends at round values, 0 between them
        left, right = min(left, 0), max(right, 0)
        step = step_above((right - left) / 4 or abs(right) or 1.0)
        return Scale(step * math.floor(left / step), step * (math.floor(right / step) + 1))
    if high is None:
        right = left + step_above(1.1 * (right - left) or abs(right) or 1.0)
    if low is None:
        left = right - step_above(1.1 * (right - left) or abs(left) or 1.0)
    return Scale(left, right) if left < right else Scale(left, left + 1)
