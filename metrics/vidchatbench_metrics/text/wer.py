"""Metric: word error rate against the script."""

from __future__ import annotations

from vidchatbench.metric import SPOKEN, Card
from vidchatbench_metrics.text.error_rate import ErrorRate


class WER(ErrorRate):
    """Share of the script's words that are wrong in what is heard."""

    counted = "words"
    card = Card(
        id="text.wer",
        version=1,
        family="text",
        title="WER",
        unit="%",
        range=(0.0, 100.0),
        direction="lower",
        meaning=(
            "How many of the words that the model was given to say a recogniser does not hear: substituted, left out "
            "or added, by the number of words of the script. It holds the recogniser's own errors too: read it beside "
            "the real speakers' value. It says nothing about a free reply, which has no script."
        ),
        source="Whisper (Radford et al. 2022, appendix C) for the normaliser; seed-tts-eval for the mean of utterances",
        unspecified_by_paper=(
            "Recogniser: faster-whisper large-v3, beam 5, temperature 0, language forced (en by default). The "
            "utterances' rates are averaged, each at most 100 %, so that a long wrong answer costs no more than none; "
            "the pooled rate and the mean without that bound stand beside it."
        ),
        responds_to=("wrong words", "missing words", "added words", "silence", "unclear speech"),
        ignores=("picture", "gain", "punctuation", "spelling variants"),
        fail_value=100.0,
        tolerance=1.0,
        tasks=SPOKEN,
        protocols=frozenset({"conditioned"}),
        profiles=frozenset({"paper"}),
        real="same_item",
    )
