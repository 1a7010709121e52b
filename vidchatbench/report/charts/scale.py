"""A linear axis."""

from __future__ import annotations

import math
from dataclasses import dataclass

_STEPS = (1.0, 2.0, 5.0, 10.0)
_FINEST = 1e-300
"""Below it a power of ten rounds to 0."""


@dataclass(frozen=True)
class Scale:
    """An axis from `low` to `high` over the whole width of a picture; `low` < `high`."""

    low: float
    high: float

    def percent(self, value: float) -> float:
        """Where a value stands, 0 to 100; a value beyond the axis stands at its end."""
        share = (value - self.low) / (self.high - self.low)
        return round(100 * min(1.0, max(0.0, share)), 3)

    def ticks(self, most: int) -> list[float]:
        """At most `most` round values on the axis, evenly spaced."""
        step = step_above((self.high - self.low) / max(1, most - 1))
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [k * step for k in range(first, last + 1)]


def step_above(value: float) -> float:
    """The least of 1, 2, 5, 10, 20, ... (and 0.5, 0.2, ..., down to 1e-300) that is not less than a positive value."""
    value = max(value, _FINEST)
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in _STEPS if step * power >= value * (1 - 1e-9))
