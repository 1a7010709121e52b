"""`turn.ipu_w1`: how far the stretches of speech inside replies are from human ones."""

from __future__ import annotations

import numpy as np

from vidchatbench.metric import Card
from vidchatbench.types import Floats, Quantity
from vidchatbench_metrics.turn.distance import HumanDistance
from vidchatbench_metrics.turn.timeline import reply


class IPU(HumanDistance):
    """Lengths of the inter-pausal units of replies, model against human."""

    card = Card(
        id="turn.ipu_w1",
        version=1,
        family="turn",
        title="Speech stretches",
        unit="s",
        range=(0.0, None),
        direction="lower",
        meaning=(
            "How far the lengths of the stretches of speech between pauses (inter-pausal units) in the model's replies "
            "are from those of real people, in seconds that a stretch would have to change by on average. 0 is the "
            "human distribution: halting speech and speech that never pauses both have more."
        ),
        source="Wasserstein-1 distance (Vallender 1974); inter-pausal unit as in dGSLM (Nguyen et al. 2023)",
        unspecified_by_paper=(
            "Every item weighs the same, whatever the number of its stretches. A silent or failed response counts as "
            "one of 0 s."
        ),
        responds_to=("inserted pauses", "removed pauses", "missing responses"),
        ignores=("delay", "gain", "sample rate of 16 kHz or more", "mono or stereo", "picture"),
        fail_value=None,
        min_n=2,
        tolerance=0.01,
        tasks=frozenset(("dialogue", "multi_turn")),
        profiles=frozenset({"turn"}),
        real="halves",
        compared=Quantity(name="stretch of speech", unit="s"),
    )
    no_reply = 0.0

    def values(self, speech: Floats, end_s: float, partner: Floats) -> Floats:
        """The lengths of the reply's units, in s."""
        units = reply(speech)
        return np.asarray(units[:, 1] - units[:, 0])
