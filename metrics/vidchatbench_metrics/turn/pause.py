"""`turn.pause_w1`: how far the pauses inside replies are from human ones."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vidchatbench.feature import On
from vidchatbench.metric import Card
from vidchatbench.types import Floats, Quantity
from vidchatbench_metrics.perception.speech import Speech
from vidchatbench_metrics.turn.distance import HumanDistance
from vidchatbench_metrics.turn.events import Events
from vidchatbench_metrics.turn.timeline import reply

LONGEST_S = 5.0


class Pause(HumanDistance):
    """Lengths of the pauses inside replies, model against human."""

    card = Card(
        id="turn.pause_w1",
        version=2,
        family="turn",
        title="Pauses",
        unit="s",
        range=(0.0, LONGEST_S),
        direction="lower",
        meaning=(
            "How far the pauses inside the model's replies (0.2 s or more between two stretches of the reply, in which "
            "the other does not speak either) are from those of real people, in seconds that a pause would have to "
            "change by on average. 0 is the human distribution: speech that never pauses and speech that halts both "
            "have more. It compares distributions, not items."
        ),
        source="Wasserstein-1 distance (Vallender 1974); pause and inter-pausal unit as in dGSLM (Nguyen et al. 2023)",
        unspecified_by_paper=(
            "Every item weighs the same, whatever the number of its pauses. A reply without a pause counts as one "
            "pause of 0 s, so that no item is left out. Pauses are capped at 5 s; a silent or failed response counts "
            "as one such pause. Silence before the end of the question counts where the initiator is silent as well."
        ),
        responds_to=("inserted pauses", "removed pauses", "missing responses"),
        ignores=("delay", "gain", "sample rate of 16 kHz or more", "mono or stereo", "picture"),
        fail_value=None,
        min_n=2,
        tolerance=0.01,
        tasks=frozenset(("dialogue", "multi_turn")),
        profiles=frozenset({"bundled", "turn"}),
        real="halves",
        compared=Quantity(name="pause inside the reply", unit="s"),
    )
    no_reply = LONGEST_S

    def values(self, speech: Floats, end_s: float, partner: Floats) -> Floats:
        """The pauses of the reply in s, or one of 0."""
        pauses = np.diff(Events.of(partner, reply(speech)).pauses[1])[:, 0]
        return np.minimum(pauses, LONGEST_S) if len(pauses) else np.zeros(1)

    def needs(self) -> Mapping[str, On]:
        """Speech of all three: while the initiator speaks, the reply does not pause."""
        return {**super().needs(), "initiator": Speech().on("initiator")}
