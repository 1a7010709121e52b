"""`turn.fto_slope`: whether replies come later and later, or earlier, while a conversation goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.errors import Unscored
from vidchatbench.feature import On
from vidchatbench.metric import Card
from vidchatbench.stats import split_halves
from vidchatbench.types import Floats, NamedArrays, Reason, Sample
from vidchatbench_metrics.across_turns import places
from vidchatbench_metrics.perception.speech import Speech
from vidchatbench_metrics.turn.fto import FTO
from vidchatbench_metrics.turn.timeline import LATEST_S, floor_transfer_offset
from vidchatbench_metrics.turn_slope import TurnSlope

_SPLITS = 50


class FTOSlope(TurnSlope):
    """How far the change of reply timing from turn to turn is from people's, 0 to 5 s per turn, lower is better."""

    card = Card(
        id="turn.fto_slope",
        version=1,
        family="turn",
        title="Timing drift",
        unit="s",
        range=(0.0, LATEST_S),
        direction="lower",
        meaning=(
            "Whether the model replies later and later, or earlier, while a conversation goes on: by how many seconds "
            "per turn its floor-transfer offsets move away from those of the real responders in the same items, in "
            "either direction. 0 is people's course. It does not say whether the moments are good ones: see "
            "turn.fto_w1. A turn without a reply counts as 5 s per turn for each comparison that it makes impossible."
        ),
        source=(
            "Not published. Floor-transfer offset of Heldner & Edlund (2010); floor-taking rule of Full-Duplex-Bench "
            "(Lin et al. 2025)"
        ),
        unspecified_by_paper=(
            "The slope of the difference between the model's offset and the person's, one for all items, by least "
            "squares on the number of the turn with a level for each item. An item of n turns has n - 1 comparisons. "
            "Beside it: the mean offset at each turn (t0, t1, ...), its slope, the same of people (human_), and the "
            "comparisons lost to turns without a reply (lost, %). Turns in which the real responder's speech spans "
            "less than 1.0 s are excluded. " + FTO.card.unspecified_by_paper.split(". ")[0] + "."
        ),
        responds_to=("delay that grows", "delay in later turns", "missing responses"),
        ignores=("gain", "sample rate", "mono or stereo", "picture", "the same delay in every turn"),
        fail_value=LATEST_S,
        tolerance=0.02,
        tasks=frozenset(("multi_turn",)),
        profiles=frozenset({"multi_turn"}),
        real="halves",
    )

    def needs(self) -> Mapping[str, On]:
        """Speech of the reply and of the human reply."""
        return {"response": Speech().on("response"), "reference": Speech().on("reference")}

    def measured(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`offset` and `human`: the two offsets in s; `level`: their difference."""
        human = _offset(inputs["reference"], sample.turn.reference_start_s, sample)
        if human >= LATEST_S:
            raise Unscored("no_speech", "the real reply's speech spans less than 1.0 s", role="reference")
        offset = _offset(inputs["response"], sample.start_s, sample)
        if offset >= LATEST_S:
            raise Unscored("no_speech", "no speech of 1.0 s or more takes the floor within 5 s of the question's end")
        return {"offset": np.array(offset), "human": np.array(human), "level": np.array(offset - human)}

    def failed(self, sample: Sample, reason: Reason, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """The place, and `human` where that is known."""
        place = super().failed(sample, reason, inputs)
        if "reference" not in inputs:
            return place
        human = _offset(inputs["reference"], sample.turn.reference_start_s, sample)
        return {**place, "human": np.array(human)} if human < LATEST_S else place

    def cost(self, slopes: Floats) -> Floats:
        """How far it is from people's, whichever way."""
        return np.abs(slopes)

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """Mean offsets at each turn and their slope, of the model and of people, and the comparisons lost."""
        return {
            **self.course(rows, "offset", "", weights),
            **self.course(rows, "human", "human_", weights),
            "lost": self.lost(rows, weights),
        }

    def floor(self, rows: Sequence[NamedArrays], rng: np.random.Generator) -> float | None:
        """The difference between the slopes of disjoint halves of the real conversations, averaged over 50 splits."""
        conversation, _ = places(rows)
        if conversation.max() < 1:
            return None
        lines = np.zeros((2, _SPLITS, len(rows)))
        for k in range(_SPLITS):
            for side, half in enumerate(split_halves(int(conversation.max()) + 1, rng)):
                lines[side, k] = np.isin(conversation, half)
        one, other = (self.slopes(rows, "human", line) for line in lines)
        known = np.isfinite(one - other)  # a half may hold no conversation with two turns that can be measured
        return float(np.abs(one - other)[known].mean()) if known.any() else None


def _offset(speech: NamedArrays, start_s: float, sample: Sample) -> float:
    return floor_transfer_offset(speech["segments"] + start_s, sample.turn.initiator_speech_end_s)
