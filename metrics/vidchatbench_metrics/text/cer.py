"""Metric: character error rate against the script."""

from __future__ import annotations

from vidchatbench.metric import SPOKEN, Card
from vidchatbench_metrics.text.error_rate import ErrorRate


class CER(ErrorRate):
    """Share of the script's characters that are wrong in what is heard."""

    counted = "characters"
    card = Card(
        id="text.cer",
        version=1,
        family="text",
        title="CER",
        unit="%",
        range=(0.0, 100.0),
        direction="lower",
        meaning=(
            "How many of the script's characters a recogniser does not hear: substituted, left out or added. As "
            "text.wer, milder where a word is almost right, and the one to read for languages written without spaces."
        ),
        source="Whisper (Radford et al. 2022, appendix C) for the normaliser; seed-tts-eval for the mean of utterances",
        unspecified_by_paper="As text.wer. Spaces count as characters.",
        responds_to=("wrong words", "missing words", "added words", "silence", "unclear speech"),
        ignores=("picture", "gain", "punctuation", "spelling variants"),
        fail_value=100.0,
        tolerance=1.0,
        tasks=SPOKEN,
        protocols=frozenset({"conditioned"}),
        profiles=frozenset({"paper"}),
        real="same_item",
    )
