"""`turn.fto_w1`: how far the moments at which replies begin are from human ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.metric import Card
from vidchatbench.types import Array, Floats, NamedArrays, Quantity, Reason, Sample
from vidchatbench_metrics.turn.distance import HumanDistance
from vidchatbench_metrics.turn.quantiles import quantiles
from vidchatbench_metrics.turn.timeline import LATEST_S, floor_transfer_offset, left_censored

EARLY_S, LATE_S = -0.5, 1.5


class FTO(HumanDistance):
    """Floor-transfer offsets, model against human."""

    card = Card(
        id="turn.fto_w1",
        version=1,
        family="turn",
        title="Reply timing",
        unit="s",
        range=(0.0, 8.0),
        direction="lower",
        meaning=(
            "How far the moments at which the model starts to reply are from those of real people: every "
            "floor-transfer offset (start of the reply minus end of the question; above 0 a gap, below 0 an overlap) "
            "of the model would have to move by this many seconds, on average, for the model's offsets to be "
            "distributed as the human ones. 0 is human timing. It compares distributions, not items: people too "
            "differ by 0.6 s on one question. Replying always at once, or always after 0.2 s, is not human timing "
            "and costs about 0.4 s. Differences below 0.05 s mean nothing."
        ),
        source=(
            "Wasserstein-1 distance (Vallender 1974) of floor-transfer offsets (Heldner & Edlund 2010); floor-taking "
            "rule of Full-Duplex-Bench (Lin et al. 2025)"
        ),
        unspecified_by_paper=(
            "A reply takes the floor where its speech, over own silences below 1.0 s, spans 1.0 s or more; the "
            "alternative of more than three words is left out, since it needs a transcript. So a whole reply shorter "
            "than 1 s ('Yes, sure.') counts as no response, of a model as of a person. No response, a missing and a "
            "failed one count as +5 s; offsets are clipped to [-3, 5] s."
        ),
        responds_to=("delay", "early start", "missing responses", "constant latency"),
        ignores=("gain", "sample rate", "mono or stereo", "picture"),
        fail_value=None,
        min_n=2,
        tolerance=0.01,
        tasks=frozenset(("dialogue", "multi_turn")),
        profiles=frozenset({"bundled", "turn"}),
        real="halves",
        compared=Quantity(name="start of the reply after the end of the question", unit="s"),
    )
    no_reply = LATEST_S

    def values(self, speech: Floats, end_s: float, partner: Floats) -> Floats:
        """The one offset of the reply."""
        return np.array([floor_transfer_offset(speech, end_s)])

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """As the base; `left_censored`: 1 where the response's media begins with speech: the onset is unsure."""
        cut = left_censored(inputs["response"]["segments"], 0.0)
        return {**super().item(sample, inputs), "left_censored": np.array(float(cut))}

    def failed(self, sample: Sample, reason: Reason, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """As the base."""
        return {**super().failed(sample, reason, inputs), "left_censored": np.array(0.0)}

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """Medians and spread in s; shares in % of early (< -0.5 s), late (> 1.5 s) and absent (or > 5 s) replies.

        Absent replies are late ones too. `left_censored` is the share of responses that speak from the first sample on.
        """
        model, from_model, _ = self._pool(rows, "response")
        human, from_human, _ = self._pool(rows, "human")
        model_weights, human_weights = weights[from_model], weights[from_human]
        cut = np.array([float(row["left_censored"]) for row in rows])

        def share(which: Array) -> float:
            return 100 * float(np.average(which, weights=model_weights))

        quarter, median, three_quarters = quantiles(model, model_weights[None], (0.25, 0.5, 0.75))[0]
        return {
            "median_s": float(median),
            "iqr_s": float(three_quarters - quarter),
            "human_median_s": float(quantiles(human, human_weights[None], (0.5,))[0, 0]),
            "early_rate": share(model < EARLY_S),
            "late_rate": share(model > LATE_S),
            "non_response": share(model >= LATEST_S),
            "left_censored": share(cut),
        }
