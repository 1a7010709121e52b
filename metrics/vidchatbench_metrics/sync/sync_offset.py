"""Metric: how far sound and lips must be shifted to fit, by SyncNet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.metric import SPOKEN, Card
from vidchatbench.types import Floats, NamedArrays, Sample
from vidchatbench_metrics.sync.sync_distance import VSHIFT
from vidchatbench_metrics.sync.sync_score import LICENCE, PIPELINE, SOURCE, SyncScore
from vidchatbench_metrics.valid_mean import valid_means


class SyncOffset(SyncScore):
    """Mean size of the offset in frames of 25 a second, 0 to 15, lower is better."""

    card = Card(
        id="sync.offset",
        version=1,
        family="sync",
        title="Sync offset",
        unit="frames",
        range=(0.0, float(VSHIFT)),
        direction="lower",
        meaning=(
            "By how many frames of 40 ms the sound must be shifted, either way, to fit the lips best: what viewers "
            "notice from about 2 on. `signed` is its mean with the sign, above 0 where the sound comes too early. "
            "Where lips and sound do not fit at all (sync.c near 0) it is a random number, about 8 on the mean; "
            "`edge` is the share of items whose best shift is the largest tried, where the true one lies beyond. "
            "Real clips have offsets of their own. A failed item counts 15."
        ),
        source=SOURCE,
        unspecified_by_paper=PIPELINE + "No paper averages offsets; the mean of their sizes is ours.",
        responds_to=("sound shifted by a frame or more", "another clip's sound"),
        ignores=("re-muxing", "what lies outside the subject's track"),
        fail_value=float(VSHIFT),
        tolerance=0.1,
        tasks=SPOKEN,
        profiles=frozenset({"paper"}),
        real="same_item",
        licence=LICENCE,
    )

    def number(self, scores: NamedArrays) -> float:
        """The offset without its sign."""
        return abs(float(scores["offset"]))

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """As for every score; `signed` the offset, `edge` whether it is the largest tried."""
        offset = float(inputs["scores"].get("offset", 0))
        row = super().item(sample, inputs)
        return {**row, "signed": np.array(offset), "edge": np.array(float(abs(offset) == VSHIFT))}

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """Means over the scored items."""
        return {**valid_means(rows, weights, signed="signed", edge="edge"), **super().beside(rows, weights)}
