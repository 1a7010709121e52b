"""Metric: Sync-C, SyncNet's confidence that lips and sound belong together."""

from __future__ import annotations

from vidchatbench.metric import SPOKEN, Card
from vidchatbench.types import NamedArrays
from vidchatbench_metrics.sync.sync_score import LICENCE, PIPELINE, SOURCE, SyncScore


class SyncC(SyncScore):
    """Mean confidence, 0 and more, higher is better."""

    card = Card(
        id="sync.c",
        version=1,
        family="sync",
        title="Sync-C",
        unit="",
        range=(0.0, None),
        direction="higher",
        meaning=(
            "How much better lips and sound fit at the best shift, within 0.6 s, than at the middling one; also called "
            "LSE-C. Published systems have 2 to 8. It does not see whether the best shift is 0 (sync.offset). Real "
            "speech can score below dubbed, and a system trained against SyncNet above real speech: read it beside "
            "the value of the real clips. It changes with framing, frame rate, codec and loudness: compare only values "
            "of one signature. A failed item counts 0, the least possible."
        ),
        source=SOURCE,
        unspecified_by_paper=PIPELINE,
        responds_to=("another clip's sound", "a frozen mouth", "a low frame rate"),
        ignores=("re-muxing", "what lies outside the subject's track"),
        fail_value=0.0,
        tolerance=0.1,
        tasks=SPOKEN,
        profiles=frozenset({"paper"}),
        real="same_item",
        licence=LICENCE,
    )

    def number(self, scores: NamedArrays) -> float:
        """The confidence."""
        return float(scores["confidence"])
