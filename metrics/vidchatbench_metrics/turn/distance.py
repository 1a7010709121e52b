"""What the distances to human timing have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from vidchatbench.errors import DataError, Unscored
from vidchatbench.feature import On
from vidchatbench.metric import Metric
from vidchatbench.stats import split_halves, wasserstein1_many
from vidchatbench.types import Floats, NamedArrays, Reason, Sample
from vidchatbench_metrics.perception.speech import Speech
from vidchatbench_metrics.turn.timeline import until

_SPLITS = 50
_CELLS = 200_000


class HumanDistance(Metric):
    """Distance (Wasserstein-1) between a quantity's values in the model's replies and in the human replies.

    An item may have several values of the quantity (pauses); they share its weight equally, so that every item weighs
    the same. A failed item counts with the value of a reply that never came.
    """

    no_reply: ClassVar[float]
    """What a reply that never came counts as."""

    @abstractmethod
    def values(self, speech: Floats, end_s: float, partner: Floats) -> Floats:
        """The quantity in one reply, one value or more, on the turn's timeline in s.

        Args:
            speech: IPUs of the reply, (k, 2), not empty.
            end_s: End of the initiator's speech, E.
            partner: The initiator's speech, (m, 2); empty where `needs` does not ask for it.
        """

    def scale(self, values: Floats) -> Floats:
        """The scale on which distances are taken; the values' own unless overridden."""
        return values

    def distances(self, x: Floats, y: Floats, wx: Floats, wy: Floats) -> Floats:
        """The distances of values x (n,) from y (m,) for B lines of weights, (B, n) and (B, m): (B,)."""
        return wasserstein1_many(x, y, wx, wy)

    def needs(self) -> Mapping[str, On]:
        """Speech of the reply and of the human reply."""
        return {"response": Speech().on("response"), "reference": Speech().on("reference")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`response` and `human`: the values of the two replies. No `value`: one reply says little."""
        response = self._values("response", sample.start_s, sample, inputs)
        human = self._human(sample, inputs)
        if not len(human):
            raise Unscored("no_speech", "nobody speaks in the reference", role="reference")
        if not len(response):
            response = np.array([self.no_reply])
        return {"response": response, "human": human}

    def failed(self, sample: Sample, reason: Reason, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """A reply that never came, against the human one; `human` is empty where that is not known either."""
        return {
            "response": np.array([self.no_reply]),
            "human": self._human(sample, inputs) if "reference" in inputs else np.zeros(0),
        }

    def total(self, rows: Sequence[NamedArrays], weights: Floats) -> float:
        """The distance over all rows."""
        return float(self.totals(rows, weights[None, :])[0])

    def totals(self, rows: Sequence[NamedArrays], weights: Floats) -> Floats:
        """The distance for each line of `weights`: the values are sorted once for all lines."""
        x, from_x, share_x = self._pool(rows, "response")
        y, from_y, share_y = self._pool(rows, "human")
        if not len(y):
            raise DataError(
                f"{self.card.id}: nobody speaks in any reference",
                remedy="check that the test set's references have sound",
            )
        step = max(1, _CELLS // (len(x) + len(y)))
        blocks = (weights[first : first + step] for first in range(0, len(weights), step))
        return np.concatenate([self.distances(x, y, w[:, from_x] * share_x, w[:, from_y] * share_y) for w in blocks])

    def floor(self, rows: Sequence[NamedArrays], rng: np.random.Generator) -> float | None:
        """The distance between disjoint halves of the human replies, averaged over 50 splits."""
        known = [row for row in rows if len(row["human"])]
        if len(known) < 2:
            return None
        return float(np.mean([self._between(known, *split_halves(len(known), rng)) for _ in range(_SPLITS)]))

    def _between(self, rows: Sequence[NamedArrays], one: Floats, other: Floats) -> float:
        x, y = (self._pool([rows[k] for k in half], "human") for half in (one, other))
        return float(self.distances(x[0], y[0], x[2][None], y[2][None])[0])

    def _pool(self, rows: Sequence[NamedArrays], side: str) -> tuple[Floats, Floats, Floats]:
        """All values of a side on the distance's scale, the row of each, and each one's share of its row."""
        counts = np.array([len(row[side]) for row in rows])
        values = np.concatenate([np.asarray(row[side], np.float64) for row in rows])
        return self.scale(values), np.repeat(np.arange(len(rows)), counts), np.repeat(1 / np.maximum(counts, 1), counts)

    def _human(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> Floats:
        return self._values("reference", sample.turn.reference_start_s, sample, inputs)

    def _values(self, role: str, start_s: float, sample: Sample, inputs: Mapping[str, NamedArrays]) -> Floats:
        speech, end_s = inputs[role]["segments"] + start_s, sample.turn.initiator_speech_end_s
        if not len(speech):
            return np.zeros(0)
        partner = until(inputs["initiator"]["segments"], end_s) if "initiator" in inputs else np.zeros((0, 2))
        return np.asarray(self.values(speech, end_s, partner), np.float64)
