"""Whether a number of each turn rises or falls while a conversation goes on."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.stats import pooled_slope
from vidchatbench.types import Array, Floats, NamedArrays
from vidchatbench_metrics.across_turns import AcrossTurns, n_turns, places, turn_means


class TurnSlope(AcrossTurns):
    """What the slope of `level` over the turns costs; rows hold `level` ().

    One slope for all items, each with a level of its own (least squares within items). It stands for the comparisons
    that are left; lost ones count as the card's `fail_value`, which no slope exceeds.
    """

    @abstractmethod
    def cost(self, slopes: Floats) -> Floats:
        """What slopes (B,), per turn, cost: 0 is best."""

    def totals(self, rows: Sequence[NamedArrays], weights: Floats) -> Floats:
        """The values of all lines; NaN where a line leaves no comparison."""
        worst = self.card.fail_value
        assert worst is not None, "a lost comparison must count"
        conversation, turn = places(rows)
        known = np.array(["level" in row for row in rows])
        due = weights @ _comparisons(conversation, turn)
        kept = weights[:, known] @ _comparisons(conversation[known], turn[known])
        slopes = np.nan_to_num(self.slopes(rows, "level", weights))  # without one, nothing is kept
        with np.errstate(invalid="ignore"):
            return np.asarray((kept * np.minimum(self.cost(slopes), worst) + (due - kept) * worst) / due)

    def slopes(self, rows: Sequence[NamedArrays], name: str, weights: Floats) -> Floats:
        """The slope of a statistic per turn, over the rows that have it, for each line of weights (B, n): (B,)."""
        conversation, turn = places(rows)
        has = np.array([name in row for row in rows])
        values = np.array([float(row[name]) for row in rows if name in row])
        return pooled_slope(turn[has].astype(np.float64), values, conversation[has], weights[:, has])

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """Mean level at each turn (`t0`, `t1`, ...), its slope, and the comparisons that failed, in % (`lost`)."""
        return {**self.course(rows, "level", "", weights), "lost": self.lost(rows, weights)}

    def course(self, rows: Sequence[NamedArrays], name: str, prefix: str, weights: Floats) -> dict[str, float]:
        """The means of a statistic at each turn and its slope, over the rows that have it."""
        _, turn = places(rows)
        has = np.array([name in row for row in rows])
        values = np.array([float(row[name]) for row in rows if name in row])
        found = turn_means(turn[has], values, weights[has])
        slope = float(self.slopes(rows, name, weights[None])[0])
        if np.isfinite(slope):
            found["slope"] = slope
        return {f"{prefix}{key}": value for key, value in found.items()}

    def lost(self, rows: Sequence[NamedArrays], weights: Floats) -> float:
        """The share of comparisons that failed, in %."""
        conversation, turn = places(rows)
        known = np.array(["level" in row for row in rows])
        due = weights @ _comparisons(conversation, turn)
        return 100 * float(1 - weights[known] @ _comparisons(conversation[known], turn[known]) / due)


def _comparisons(conversation: Array, turn: Array) -> Floats:
    """Each row's share of its conversation's comparisons, one fewer than it has turns: (n,)."""
    of = n_turns(conversation, turn)
    return np.asarray((of - 1) / of, np.float64)
