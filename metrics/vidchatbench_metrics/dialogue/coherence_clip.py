"""Metric: dialogue coherence as published: the grade of the candidate nearest in CLIP's text space."""

from __future__ import annotations

from vidchatbench.metric import SPOKEN, Card
from vidchatbench_metrics.dialogue.coherence import Coherence
from vidchatbench_metrics.perception.asr import ASR
from vidchatbench_metrics.perception.clip_text import ClipText


class CoherenceCLIP(Coherence):
    """Mean grade of the nearest candidate, by CLIP."""

    card = Card(
        id="dialogue.coherence_clip",
        version=1,
        family="dialogue",
        title="Coherence (CLIP)",
        unit="",
        range=(0.2, 1.0),
        direction="higher",
        meaning=(
            "What is said is transcribed and takes the grade, 0.2 to 1, of the nearest of five graded candidates. 0.6 "
            "is chance (`chance` beside it), and what a reply far from all of them gets on average; silence gets 0.2. "
            "CLIP's texts are picture captions: it hardly tells a negation or a paraphrase. Read "
            "dialogue.coherence_sbert and the margins beside it."
        ),
        source="the benchmark's paper, dialogue coherence; CLIP: Radford et al. 2021 (arXiv:2103.00020)",
        unspecified_by_paper=(
            "Checkpoint: openai/clip-vit-base-patch32, cosine. CLIP reads 77 tokens: a longer text is cut, and `cut` "
            "counts such items. Recogniser: faster-whisper large-v3. An empty transcript (under 0.3 s of speech) takes "
            "the lowest grade, and of candidates that tie the lower one counts."
        ),
        responds_to=("another reply", "shuffled replies", "silence", "missing responses"),
        ignores=("picture", "gain", "case"),
        fail_value=0.2,
        tolerance=0.01,
        tasks=SPOKEN,
        profiles=frozenset({"paper"}),
        real="same_item",
    )

    def space(self, asr: ASR | None) -> ClipText:
        """CLIP's text tower."""
        return ClipText(asr)
