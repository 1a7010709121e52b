"""A metric's value and interval on its range."""

from __future__ import annotations

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
        known = [metric.value, *(metric.ci95 or ()), *baselines.values()]
        scale = _scale(metric.range, known if metric.real is None else [*known, metric.real])
        whisker = None
        if metric.ci95 is not None:
            start, end = map(scale.percent, metric.ci95)
            whisker = start, round(end - start, 3)
        real = None if metric.real is None else scale.percent(metric.real)
        others = tuple((name, scale.percent(value)) for name, value in baselines.items())
        return cls(scale, scale.percent(metric.value), whisker, real, others)


def _scale(bounds: tuple[float | None, float | None], known: list[float]) -> Scale:
    """The declared range; a side without a bound ends a little beyond what is known, at a round value."""
    low, high = bounds
    least, greatest = min(known), max(known)
    if low is None:
        anchor = greatest if high is None else high
        low = anchor - step_above(1.1 * (anchor - least) or abs(anchor) or 1.0)
    if high is None:
        high = low + step_above(1.1 * (greatest - low) or abs(low) or 1.0)
    return Scale(low, high) if low < high else Scale(low, low + 1)
