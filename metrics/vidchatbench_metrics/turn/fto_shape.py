"""Median, spread and tails of the floor-transfer offsets: in which way reply timing is not human.

`turn.fto_w1` is the distance that systems are ordered by; these four say what it is made of. Each is the difference
from people, never the number itself: less is not better.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np

from vidchatbench.types import Floats, NamedArrays
from vidchatbench_metrics.turn.distance import HumanDistance
from vidchatbench_metrics.turn.fto import EARLY_S, FTO, LATE_S
from vidchatbench_metrics.turn.quantiles import quantiles
from vidchatbench_metrics.turn.timeline import LATEST_S, floor_transfer_offset


class FTOStatistic(HumanDistance):
    """A statistic of the floor-transfer offsets, as the distance between the model's and people's."""

    no_reply = LATEST_S
    shown: ClassVar[str]
    """The statistic's name among the values beside."""

    @abstractmethod
    def statistic(self, offsets: Floats, weights: Floats) -> Floats:
        """The statistic of offsets (n,) in s for B lines of weights (B, n): (B,)."""

    def values(self, speech: Floats, end_s: float, partner: Floats) -> Floats:
        """The one offset of the reply."""
        return np.array([floor_transfer_offset(speech, end_s)])

    def distances(self, x: Floats, y: Floats, wx: Floats, wy: Floats) -> Floats:
        """How far the statistics are apart."""
        return np.abs(self.statistic(x, wx) - self.statistic(y, wy))

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """The statistic itself, of the model and of people."""
        found = {}
        for side, name in (("response", self.shown), ("human", f"human_{self.shown}")):
            values, source, _ = self._pool(rows, side)
            found[name] = float(self.statistic(values, weights[None, source])[0])
        return found


_CARD = replace(
    FTO.card,
    compared=None,
    tolerance=0.03,
    profiles=frozenset({"turn"}),
    source="floor-transfer offset of Heldner & Edlund (2010); floor-taking rule of Full-Duplex-Bench (Lin et al. 2025)",
)
_RATE = replace(_CARD, unit="%", range=(0.0, 100.0), tolerance=1.0)
_BOTH_WAYS = "It is the distance from people, in either direction: 0 is human timing."

_JUMPS = "leaving out one source does not tell how much a quantile scatters; compare turn.fto_w1"


class FTOMedian(FTOStatistic):
    """Median of the offsets."""

    card = replace(
        _CARD,
        id="turn.fto_median",
        title="Median offset",
        meaning=f"How far the median offset of the model's replies is from people's. {_BOTH_WAYS}",
        responds_to=("delay", "early start", "missing responses of more than half"),
    )
    shown = "median_s"

    def no_test(self) -> str:
        """A quantile jumps."""
        return _JUMPS

    def statistic(self, offsets: Floats, weights: Floats) -> Floats:
        """The median in s."""
        return quantiles(offsets, weights, (0.5,))[:, 0]


class FTOSpread(FTOStatistic):
    """Interquartile range of the offsets."""

    card = replace(
        _CARD,
        id="turn.fto_iqr",
        title="Spread of offsets",
        meaning=(
            "How far the interquartile range of the model's offsets is from people's: replying always after the same "
            f"time costs the whole of it. {_BOTH_WAYS}"
        ),
        responds_to=("constant latency", "irregular latency"),
        ignores=("delay", *_CARD.ignores),
    )
    shown = "iqr_s"

    def no_test(self) -> str:
        """A quantile jumps."""
        return _JUMPS

    def statistic(self, offsets: Floats, weights: Floats) -> Floats:
        """The interquartile range in s."""
        return np.asarray(np.diff(quantiles(offsets, weights, (0.25, 0.75)))[:, 0])


class EarlyRate(FTOStatistic):
    """Share of offsets below -0.5 s."""

    card = replace(
        _RATE,
        id="turn.early_rate",
        title="Early replies",
        meaning=(
            "How far the share of replies that begin more than 0.5 s before the end of the question is from people's, "
            f"in percentage points. {_BOTH_WAYS}"
        ),
        responds_to=("talking over the question",),
        ignores=("delay of what is not early", *_CARD.ignores),
    )
    shown = "early_rate"

    def statistic(self, offsets: Floats, weights: Floats) -> Floats:
        """The share in %."""
        return np.asarray(100 * (weights @ (offsets < EARLY_S)) / weights.sum(axis=1))


class LateRate(FTOStatistic):
    """Share of offsets above 1.5 s."""

    card = replace(
        _RATE,
        id="turn.late_rate",
        title="Late replies",
        meaning=(
            "How far the share of replies that begin more than 1.5 s after the end of the question, or never, is from "
            f"people's, in percentage points. {_BOTH_WAYS}"
        ),
        responds_to=("delay", "missing responses"),
    )
    shown = "late_rate"

    def statistic(self, offsets: Floats, weights: Floats) -> Floats:
        """The share in %."""
        return np.asarray(100 * (weights @ (offsets > LATE_S)) / weights.sum(axis=1))
