"""Metrics: whether replies fit less and less while a conversation goes on."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from vidchatbench.errors import Unscored
from vidchatbench.feature import On
from vidchatbench.metric import Card
from vidchatbench.types import Floats, NamedArrays, Sample
from vidchatbench_metrics.dialogue.coherence import Coherence
from vidchatbench_metrics.dialogue.coherence_clip import CoherenceCLIP
from vidchatbench_metrics.dialogue.coherence_sbert import CoherenceSBERT
from vidchatbench_metrics.perception.asr import ASR
from vidchatbench_metrics.turn_slope import TurnSlope

WORST = 0.8
"""From the best grade to the lowest in one turn."""


class CoherenceSlope(TurnSlope):
    """What coherence loses from turn to turn, 0 to 0.8. Derive from it with a card and a coherence."""

    def __init__(self, asr: ASR | None = None) -> None:
        self.graded = self.coherence(asr)

    @abstractmethod
    def coherence(self, asr: ASR | None) -> Coherence:
        """What grades a turn."""

    def needs(self) -> Mapping[str, On]:
        """As the coherence."""
        return self.graded.needs()

    def measured(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`level`: the turn's grade."""
        found = self.graded.item(sample, inputs)
        if found["silent"]:
            raise Unscored("no_speech", "no words are heard in the response")
        return {"level": found["value"]}

    def cost(self, slopes: Floats) -> Floats:
        """What is lost; coherence that grows costs nothing and earns nothing."""
        return np.maximum(0, -slopes)


class CoherenceSlopeCLIP(CoherenceSlope):
    """By CLIP's grades."""

    card = Card(
        id="dialogue.coherence_slope_clip",
        version=1,
        family="dialogue",
        title="Coherence lost per turn (CLIP)",
        unit="",
        range=(0.0, WORST),
        direction="lower",
        meaning=(
            "How much of dialogue.coherence_clip is lost with every further turn of a conversation; 0 where it holds "
            "or grows (`slope` beside it has the sign; t0, t1, ... are the means at each turn). It does not say how "
            "coherent replies are: who always says the same loses nothing. A turn without words, missing or not, "
            "counts as a loss of 0.8 for each comparison that it makes impossible (`lost`, %)."
        ),
        source="Not published. Grades: the benchmark's paper, dialogue coherence.",
        unspecified_by_paper=(
            "The slope is one for all items, by least squares of grades on the number of the turn with a level for "
            "each item, so that harder items move nothing. An item of n turns has n - 1 comparisons."
        ),
        responds_to=("unrelated replies in later turns", "missing responses", "silence"),
        ignores=("picture", "gain", "case", "the level of coherence"),
        fail_value=WORST,
        tolerance=0.01,
        tasks=frozenset(("multi_turn",)),
        profiles=frozenset({"multi_turn"}),
        real="same_item",
    )

    def coherence(self, asr: ASR | None) -> CoherenceCLIP:
        """In CLIP's text space."""
        return CoherenceCLIP(asr)


class CoherenceSlopeSBERT(CoherenceSlope):
    """By MiniLM's grades."""

    card = replace(
        CoherenceSlopeCLIP.card,
        id="dialogue.coherence_slope_sbert",
        title="Coherence lost per turn (SBERT)",
        meaning=CoherenceSlopeCLIP.card.meaning.replace("coherence_clip", "coherence_sbert"),
    )

    def coherence(self, asr: ASR | None) -> CoherenceSBERT:
        """In MiniLM's."""
        return CoherenceSBERT(asr)
