"""What an interval is, and what stands in its place where there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A confidence interval, or the reason why there is none. Never NaN.

    `low`, `high`, `se` and `method` are None together; then `reason` says why.
    """

    low: float | None
    """Lower end, in the statistic's unit."""
    high: float | None
    """Upper end."""
    se: float | None
    """Standard error: the standard deviation over the resamples, or from the influences."""
    method: Literal["bca", "percentile", "influence"] | None
    """How the ends were read off the resamples; `influence`: the value +- t standard errors, without resamples."""
    n_resamples: int
    """Resamples that were drawn; 0 where none were."""
    n_clusters: int
    """Independent units: distinct cluster labels."""
    reason: str | None
    """Why there is no interval, or why it is not BCa; None for a BCa interval and one from influences."""
