"""What the coherence metrics share: a reply takes the grade of the candidate that is nearest to it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.errors import Unscored
from vidchatbench.feature import On
from vidchatbench.metric import MeanMetric
from vidchatbench.types import Floats, NamedArrays, Sample
from vidchatbench_metrics.perception.asr import ASR
from vidchatbench_metrics.perception.text_vectors import TextVectors
from vidchatbench_metrics.perception.whisper import Whisper
from vidchatbench_metrics.valid_mean import valid_means

_TIE = 1e-6
"""Candidates this close to the nearest tie with it: no machine's rounding decides."""


class Coherence(MeanMetric):
    """Mean grade of the candidates nearest to what is heard. Derive from it with a card and a space."""

    def __init__(self, asr: ASR | None = None) -> None:
        self.asr = asr or Whisper()

    @abstractmethod
    def space(self, asr: ASR | None) -> TextVectors:
        """Where texts are compared."""

    def needs(self) -> Mapping[str, On]:
        """The vectors of what is heard, and of the candidates."""
        return {"heard": self.space(self.asr).on("response"), "turn": self.space(None).on("reference")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`value`, the grade; `margin`, `chance`, and 100 or 0 for `cut` and `silent`; see `nearest`."""
        heard, turn = inputs["heard"], inputs["turn"]
        grades = turn["grades"]
        if len(set(grades.tolist())) < 2:
            raise Unscored(
                "missing", f"the turn has {len(grades)} graded candidate(s), none to choose", role="reference"
            )
        value, margin = nearest(heard["heard"], turn["candidates"], grades)
        return {
            "value": np.array(value),
            "margin": np.array(margin),
            "chance": np.array(grades.mean()),
            "cut": np.array(100.0 * bool(heard["cut"] or turn["candidates_cut"].any())),
            "silent": np.array(100.0 * (not heard["heard"].any())),
        }

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """`chance`: a candidate drawn blindly; `margin`; in %, items with a text cut (`cut`), and without words."""
        return valid_means(rows, weights, chance="chance", margin="margin", cut="cut", silent="silent")


def nearest(heard: Floats, candidates: Floats, grades: Floats) -> tuple[float, float]:
    """The grade of the candidate (k, d) nearest to a reply (d,), all of unit length, and the margin.

    Of candidates that tie, the lowest grade counts, and so it does for an empty reply (the zero vector). The margin is
    the nearest's cosine less that of the nearest candidate of another grade; 0 for an empty reply.
    """
    if not heard.any():
        return float(grades.min()), 0.0
    likeness = np.asarray(candidates, np.float64) @ np.asarray(heard, np.float64)
    grade = grades[likeness >= likeness.max() - _TIE].min()
    return float(grade), float(likeness.max() - likeness[grades != grade].max())
