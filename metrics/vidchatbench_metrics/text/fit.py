"""What relevance and specificity share: the vectors of what is heard and of the turn's texts, and independent pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.feature import On
from vidchatbench.metric import Metric
from vidchatbench.types import Array, NamedArrays
from vidchatbench_metrics.perception.asr import ASR
from vidchatbench_metrics.perception.minilm import MiniLM
from vidchatbench_metrics.perception.whisper import Whisper


class Fit(Metric):
    """A metric of what `asr` hears in the response, placed by MiniLM beside the turn's texts."""

    def __init__(self, asr: ASR | None = None) -> None:
        self.asr = asr or Whisper()

    def needs(self) -> Mapping[str, On]:
        """The vectors of what is heard, and of the turn's texts."""
        return {"heard": MiniLM(self.asr).on("response"), "turn": MiniLM().on("reference")}


def apart(rows: Sequence[NamedArrays]) -> Array:
    """Which pairs of rows come from different source videos, (n, n) bool: what a shuffle may bring together."""
    groups = np.array([int(row["group"]) for row in rows])
    return np.asarray(groups[:, None] != groups[None, :])
