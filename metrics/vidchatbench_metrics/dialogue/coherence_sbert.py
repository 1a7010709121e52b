"""Metric: dialogue coherence in a space made for the meaning of sentences."""

from __future__ import annotations

from vidchatbench.metric import SPOKEN, Card
from vidchatbench_metrics.dialogue.coherence import Coherence
from vidchatbench_metrics.perception.asr import ASR
from vidchatbench_metrics.perception.minilm import MiniLM


class CoherenceSBERT(Coherence):
    """Mean grade of the nearest candidate, by MiniLM."""

    card = Card(
        id="dialogue.coherence_sbert",
        version=1,
        family="dialogue",
        title="Coherence (SBERT)",
        unit="",
        range=(0.2, 1.0),
        direction="higher",
        meaning=(
            "As dialogue.coherence_clip, by a network trained to place sentences of one meaning together. 0.6 is "
            "chance, silence gets 0.2. A small `margin` says that another grade was hardly farther. "
            "Negations are still hard: a denied fact lies near the stated one."
        ),
        source="the benchmark's paper, dialogue coherence; all-MiniLM-L6-v2 (Reimers & Gurevych 2019) in CLIP's place",
        unspecified_by_paper=(
            "Not in the paper. Texts beyond 256 tokens are cut (`cut`). Recogniser, silence and ties as in "
            "dialogue.coherence_clip."
        ),
        responds_to=("another reply", "shuffled replies", "silence", "missing responses"),
        ignores=("picture", "gain", "case"),
        fail_value=0.2,
        tolerance=0.01,
        tasks=SPOKEN,
        profiles=frozenset({"paper"}),
        real="same_item",
    )

    def space(self, asr: ASR | None) -> MiniLM:
        """MiniLM's."""
        return MiniLM(asr)
