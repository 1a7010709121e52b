"""Quantiles of waiting times where some never ended."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, inf

_ROUNDING = 1e-9


def survival_quantile(reached: Sequence[float], censored: Sequence[float], share: float) -> float | None:
    """The time by which `share` of all had answered, by the product-limit estimate (Kaplan and Meier 1958).

    Without censoring this is the smallest value that `share` of all do not exceed.

    Args:
        reached: Waiting times that ended.
        censored: By when the others had not answered; `inf` for those that never will. One that was censored at a time
            counts as waiting then.
        share: Above 0, at most 1.

    Returns:
        None where so many never answered that the share is not reached.
    """
    events = sorted([(time, 0) for time in reached] + [(time, 1) for time in censored])
    waiting, at_risk, place = 1.0, len(events), 0
    while place < len(events):
        time = events[place][0]
        ended = sum(kind == 0 for when, kind in events[place:] if when == time) if time < inf else 0
        here = sum(when == time for when, _ in events[place:])
        if ended:
            waiting *= 1 - ended / at_risk
            if waiting <= 1 - share + _ROUNDING:
                return time
        at_risk -= here
        place += here
    return None


def quantile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that `share` of all do not exceed; None of none."""
    if not values:
        return None
    return sorted(values)[max(0, ceil(share * len(values) - _ROUNDING) - 1)]
