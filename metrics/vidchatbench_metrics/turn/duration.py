"""`turn.duration_w1`: how far the lengths of replies are from human ones."""

from __future__ import annotations

import numpy as np

from vidchatbench.metric import Card
from vidchatbench.types import Floats, Quantity
from vidchatbench_metrics.turn.distance import HumanDistance
from vidchatbench_metrics.turn.timeline import reply_length

SHORTEST_S = 0.1


class Duration(HumanDistance):
    """Lengths of replies, model against human, on a logarithmic scale."""

    card = Card(
        id="turn.duration_w1",
        version=1,
        family="turn",
        title="Reply length",
        unit="",
        range=(0.0, None),
        direction="lower",
        meaning=(
            "How far the lengths of the model's spoken replies are from those of real people, as a ratio: the "
            "distance is in natural logarithms, so that 0.7 means that replies are typically twice, or half, as long "
            "as human ones. 0 is the human distribution. It compares distributions, not items, and says nothing "
            "about what is said."
        ),
        source="Wasserstein-1 distance (Vallender 1974) of log seconds; a turn as in dGSLM (Nguyen et al. 2023)",
        unspecified_by_paper=(
            "A reply lasts from its first floor-taking speech (spanning 1.0 s or more over own silences below 1.0 s; "
            "all speech where none does) to its last speech, pauses included. Shorter ones, silent and failed "
            "responses count as 0.1 s."
        ),
        responds_to=("truncation", "rambling", "missing responses"),
        ignores=("delay", "gain", "sample rate", "mono or stereo", "picture"),
        fail_value=None,
        min_n=2,
        tolerance=0.01,
        tasks=frozenset(("dialogue", "multi_turn")),
        profiles=frozenset({"bundled", "turn"}),
        real="halves",
        compared=Quantity(name="length of the reply", unit="s", scale="log"),
    )
    no_reply = SHORTEST_S

    def values(self, speech: Floats, end_s: float, partner: Floats) -> Floats:
        """The one length of the reply, in s."""
        return np.array([max(SHORTEST_S, reply_length(speech))])

    def scale(self, values: Floats) -> Floats:
        """Natural logarithm."""
        return np.asarray(np.log(values))
