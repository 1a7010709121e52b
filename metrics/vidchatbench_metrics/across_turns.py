"""What metrics across the turns of a conversation have in common."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.errors import Unscored
from vidchatbench.metric import Metric
from vidchatbench.types import Array, Floats, NamedArrays, Reason, Sample


class AcrossTurns(Metric):
    """A metric that sets the turns of one item against each other.

    A row holds its conversation (item and seed, as a number) and its turn, counted from 0, and, unless it failed, what
    was measured. An item of n measurable turns has n - 1 comparisons, whatever the model does; a failed turn loses
    some, and each lost one counts as the card's `fail_value`. An item with one turn has nothing to compare: its sample
    is excluded.
    """

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """The place of the turn, and what `measured` finds there."""
        if len(sample.item.turns) < 2:
            raise Unscored("too_short", "the item has one turn: nothing to compare it with", role="reference")
        return {**_place(sample), **self.measured(sample, inputs)}

    @abstractmethod
    def measured(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """What is compared, of one turn; raises Unscored as `item` does."""

    def failed(self, sample: Sample, reason: Reason, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """The place alone."""
        return _place(sample)

    def total(self, rows: Sequence[NamedArrays], weights: Floats) -> float:
        """The value over all rows.

        Raises:
            Unscored: Where no item has two turns that can be measured.
        """
        return float(self.totals(rows, weights[None, :])[0])


def places(rows: Sequence[NamedArrays]) -> tuple[Array, Array]:
    """The conversation (n,), from 0 on, and the turn (n,) of each row.

    Raises:
        Unscored: Where no conversation has two turns.
    """
    _, conversation = np.unique([int(row["conversation"]) for row in rows], return_inverse=True)
    turn = np.array([int(row["turn"]) for row in rows])
    if (n_turns(conversation, turn) < 2).all():
        raise Unscored("too_short", "no item has two turns that can be measured", role="reference")
    return conversation, turn


def n_turns(conversation: Array, turn: Array) -> Array:
    """How many different turns the conversation of each row has, (n,)."""
    pairs = np.unique(np.stack([conversation, turn]), axis=1)
    return np.bincount(pairs[0], minlength=conversation.max(initial=-1) + 1)[conversation]


def turn_means(turn: Array, values: Floats, weights: Floats) -> dict[str, float]:
    """The weighted mean at each turn, by `t0`, `t1`, ...; turns without weight are left out."""
    means = {}
    for k in np.unique(turn[weights > 0]).tolist():
        here = turn == k
        means[f"t{k}"] = float(np.average(values[here], weights=weights[here]))
    return means


def _place(sample: Sample) -> dict[str, Array]:
    name = f"{sample.item.item_id}\n{sample.key.seed}"
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big")
    return {"conversation": np.array(number, np.int64), "turn": np.array(sample.key.turn, np.int64)}
