"""Metric: Sync-D, SyncNet's distance of lips and sound."""

from __future__ import annotations

from vidchatbench.metric import SPOKEN, Card
from vidchatbench.types import NamedArrays
from vidchatbench_metrics.sync.sync_score import LICENCE, PIPELINE, SOURCE, SyncScore


class SyncD(SyncScore):
    """Mean distance at the best shift, 0 and more, lower is better."""

    card = Card(
        id="sync.d",
        version=1,
        family="sync",
        title="Sync-D",
        unit="",
        range=(0.0, None),
        direction="lower",
        meaning=(
            "How far lips and sound are apart at the best shift within 0.6 s; also called LSE-D. Real speech has about "
            "6 to 8. It has no zero that speech could reach, and depends on the face as much as on the lips: read it "
            "beside the value of the real clips, after sync.c. A failed item counts 15."
        ),
        source=SOURCE,
        unspecified_by_paper=PIPELINE
        + (
            "What a failed item counts as: there is no worst distance. Dubbing that does not fit at all is published "
            "with about 14; with 15 nothing is gained by leaving an answer out."
        ),
        responds_to=("another clip's sound", "a low frame rate"),
        ignores=("re-muxing", "what lies outside the subject's track"),
        fail_value=15.0,
        tolerance=0.1,
        tasks=SPOKEN,
        profiles=frozenset({"paper"}),
        real="same_item",
        licence=LICENCE,
    )

    def number(self, scores: NamedArrays) -> float:
        """The distance."""
        return float(scores["distance"])
