"""What the error rates of words and of characters share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from vidchatbench.errors import Unscored
from vidchatbench.feature import On
from vidchatbench.metric import MeanMetric
from vidchatbench.types import Floats, NamedArrays, Sample
from vidchatbench_metrics.perception.asr import ASR
from vidchatbench_metrics.perception.whisper import Whisper
from vidchatbench_metrics.text.edits import ScriptEdits, Unit


class ErrorRate(MeanMetric):
    """Mean over utterances of errors by length, in %, each at most 100. Derive from it with a card and a unit."""

    counted: ClassVar[Unit]

    def __init__(self, asr: ASR | None = None) -> None:
        self.asr = asr or Whisper()

    def needs(self) -> Mapping[str, On]:
        """The edits of the response."""
        return {"edits": ScriptEdits(self.asr).on("response")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`value` in %, and the numbers of `errors` and of units in the script (`length`)."""
        errors, length = (int(n) for n in inputs["edits"][self.counted])
        if length == 0:
            raise Unscored("missing", "the turn's text has no words: there is no script", role="reference")
        value = 100 * min(1.0, errors / length)
        return {"value": np.array(value), "errors": np.array(errors), "length": np.array(length)}

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """Over the valid utterances, in %: all errors by all lengths (`pooled`), and the mean without the bound."""
        own = [(row, weight) for row, weight in zip(rows, weights, strict=True) if "errors" in row]
        errors, lengths, counts = (
            np.array(column, np.float64)
            for column in ([r["errors"] for r, _ in own], [r["length"] for r, _ in own], [w for _, w in own])
        )
        if not counts.sum():
            return {}
        return {
            "pooled": 100 * float(counts @ errors / (counts @ lengths)),
            "mean_unbounded": 100 * float(np.average(errors / lengths, weights=counts)),
        }
