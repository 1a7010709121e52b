"""How a metric's number is written, the same in every table and on the page."""

from __future__ import annotations

import math
from dataclasses import dataclass

from vidchatbench.results.schema import MetricResult

_SIGNIFICANT = 3
_MOST_DECIMALS = 6
_REAL_WORDS = {"same_item": "ceiling", "halves": "floor", "none": ""}


@dataclass(frozen=True)
class Quote:
    """A metric's result in words and numerals.

    The digits follow what is known: two significant digits of the interval's half width, or three of the value where
    there is no interval.
    """

    result: MetricResult

    @property
    def decimals(self) -> int:
        """Digits after the point, for every number of this metric."""
        r = self.result
        if r.ci95 is not None and (half := (r.ci95[1] - r.ci95[0]) / 2) > 0:
            return decimals(half, 2)
        known = [v for v in (r.value, r.value_valid_only, r.real) if v]
        return decimals(max(map(abs, known), default=1.0), _SIGNIFICANT)

    @property
    def arrow(self) -> str:
        """Points to the better side."""
        return "↑" if self.result.direction == "higher" else "↓"

    def number(self, value: float | None) -> str:
        """Any value on this metric's scale, without the unit; a dash where there is none."""
        return "–" if value is None else numeral(value, self.decimals)

    def with_unit(self, value: float | None) -> str:
        """Any value on this metric's scale, with the unit."""
        return self.number(value) + (f" {self.result.unit}" if self.result.unit and value is not None else "")

    @property
    def value(self) -> str:
        """The headline with its unit."""
        return self.with_unit(self.result.value)

    @property
    def interval(self) -> str:
        """The 95 % interval, or a dash."""
        ci = self.result.ci95
        return "–" if ci is None else f"[{self.number(ci[0])}, {self.number(ci[1])}]"

    @property
    def real_word(self) -> str:
        """What the real clips' own value is: `ceiling` or `floor`, or nothing where there is none."""
        return "" if self.result.real is None else _REAL_WORDS[self.result.real_kind]

    @property
    def real(self) -> str:
        """The real clips' own value and which kind it is, or a dash."""
        return f"{self.number(self.result.real)} {self.real_word}".rstrip()

    @property
    def remarks(self) -> tuple[str, ...]:
        """What must be known beside n: failed, excluded, partial."""
        r = self.result
        said = [f"{r.failed} failed"] if r.failed else []
        said += [f"{r.excluded} excluded"] if r.excluded else []
        return tuple(said + (["partial"] if r.partial else []))


def decimals(size: float, significant: int) -> int:
    """Digits after the point that show `significant` digits of a number of this size."""
    return min(_MOST_DECIMALS, max(0, significant - 1 - math.floor(math.log10(abs(size)))))


def numeral(value: float, places: int) -> str:
    """A number with so many decimals; by powers of ten where it would be very long or all zeros; never `-0.0`."""
    if abs(value) >= 1e7 or (places == _MOST_DECIMALS and 0 < abs(value) < 1e-4):
        return f"{value:.2e}"
    text = f"{value:.{places}f}"
    return text if float(text) else text.lstrip("-")
