"""Quantiles of waiting times where some never ended."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from math import ceil

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
    events = sorted([(time, True) for time in reached] + [(time, False) for time in censored])
    waiting, at_risk = 1.0, len(events)
    time: float
    for time, group in groupby(events, key=lambda event: event[0]):
        here = [ended for _, ended in group]
        if any(here):
            waiting *= 1 - sum(here) / at_risk
            if waiting <= 1 - share + _ROUNDING:
                return time
        at_risk -= len(here)
    return None


def quantile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that `share` of all do not exceed; None of none."""
    if not values:
        return None
    return sorted(values)[max(0, ceil(share * len(values) - _ROUNDING) - 1)]
