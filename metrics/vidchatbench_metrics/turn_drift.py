"""Whether something that should stay itself does so from the first turn of a conversation to the last."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.stats import pooled_slope
from vidchatbench.types import Array, Floats, NamedArrays
from vidchatbench_metrics.across_turns import AcrossTurns, places, turn_means

WORST = 1.0
"""Distances are cut here, and a comparison that a failed turn makes impossible counts as it: hiding never helps."""


class TurnDrift(AcrossTurns):
    """Mean distance of later turns from the first, 0 to 1. Rows hold `embedding` (d,)."""

    def params(self) -> Mapping[str, str | int | float | bool]:
        """Where distances are cut."""
        return {"cut": WORST}

    @abstractmethod
    def distance(self, later: Floats, first: Floats) -> float:
        """How far two turns' embeddings are apart, 0 or more."""

    def totals(self, rows: Sequence[NamedArrays], weights: Floats) -> Floats:
        """The means of all lines; NaN where a line leaves no comparison."""
        later, apart = self._comparisons(rows)
        with np.errstate(invalid="ignore"):
            return np.asarray(weights[:, later] @ np.nan_to_num(apart, nan=WORST) / weights[:, later].sum(axis=1))

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """Mean distance at each later turn (`t1`, `t2`, ...) and its slope; `lost`: comparisons that failed, in %."""
        later, apart = self._comparisons(rows)
        known = np.isfinite(apart)
        conversation, turn = places(rows)
        kept, due = later[known], weights[later]
        found = turn_means(turn[kept], apart[known], weights[kept])
        slope = pooled_slope(turn[kept].astype(np.float64), apart[known], conversation[kept], weights[None, kept])[0]
        if np.isfinite(slope):
            found["slope"] = float(slope)
        return {**found, "lost": 100 * float(due[~known].sum() / due.sum())}

    def _comparisons(self, rows: Sequence[NamedArrays]) -> tuple[Array, Floats]:
        """The rows of later turns (k,), and their distances (k,) from their first turn; NaN where either failed."""
        conversation, turn = places(rows)
        first: dict[int, int] = {}
        for k in np.lexsort((turn, conversation)).tolist():
            first.setdefault(int(conversation[k]), k)
        opening = [first[int(c)] for c in conversation]
        later = np.flatnonzero(turn > turn[opening])
        return later, np.array([self._apart(rows[k], rows[opening[k]]) for k in later.tolist()])

    def _apart(self, later: NamedArrays, first: NamedArrays) -> float:
        if "embedding" not in later or "embedding" not in first:
            return np.nan
        one, other = (row["embedding"].astype(np.float64) for row in (later, first))
        return min(self.distance(one, other), WORST)
