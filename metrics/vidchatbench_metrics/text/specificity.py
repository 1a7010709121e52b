"""Metric: whether a reply fits its own question better than others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.errors import Unscored
from vidchatbench.metric import SPOKEN, Card
from vidchatbench.types import Array, Floats, NamedArrays, Reason, Sample
from vidchatbench_metrics.set_distance import source_group
from vidchatbench_metrics.text.fit import Fit, apart

_SAME = 1e-6
"""Likenesses closer than this are equal: no machine's rounding decides."""


class Specificity(Fit):
    """Share of other questions to which the reply is less near than to its own, in %."""

    card = Card(
        id="text.specificity",
        version=1,
        family="text",
        title="Specificity",
        unit="%",
        range=(0.0, 100.0),
        direction="higher",
        meaning=(
            "How well one could tell from the reply which question it answers: the share of the other source videos' "
            "questions that are less near to it, in meaning, than its own. 50 % is chance, and what one reply to "
            "everything gets; no reply counts 0. It knows topics, not truth: a wrong answer on the topic does well."
        ),
        source="area under the ROC curve of own against other questions; all-MiniLM-L6-v2 (Reimers & Gurevych 2019)",
        unspecified_by_paper="Not in the paper. Recogniser as in text.wer.",
        responds_to=("shuffled replies", "one reply to everything", "silence", "missing responses"),
        ignores=("picture", "gain", "punctuation", "case"),
        fail_value=0.0,
        min_n=2,
        tolerance=0.5,
        tasks=SPOKEN,
        profiles=frozenset({"paper"}),
        real="same_item",
    )

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """The vectors of what is `heard` and of the `question`."""
        question = inputs["turn"]["question"]
        if not question.any():
            raise Unscored("missing", "the turn has no text of the question", role="reference")
        return {"heard": inputs["heard"]["heard"], "question": question, "group": source_group(sample)}

    def failed(self, sample: Sample, reason: Reason, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """No reply: less near to its question than to any other."""
        question = np.asarray(inputs["turn"]["question"])
        return {"heard": np.zeros_like(question), "question": question, "group": source_group(sample)}

    def total(self, rows: Sequence[NamedArrays], weights: Floats) -> float:
        """The share over all independent pairs.

        Raises:
            Unscored: Where all come from one source video.
        """
        value = float(self.totals(rows, weights[None, :])[0])
        if np.isnan(value):
            raise Unscored("too_short", "all its items come from one source video: there is no other question")
        return value

    def totals(self, rows: Sequence[NamedArrays], weights: Floats) -> Floats:
        """The shares of all lines; NaN where a line leaves no pair."""
        wins, pairs = _wins(rows), apart(rows).astype(np.float64)
        counted = np.einsum("bi,ij,bj->b", weights, pairs, weights, optimize=True)
        won = np.einsum("bi,ij,bj->b", weights, wins, weights, optimize=True)
        return np.asarray(100 * np.divide(won, counted, out=np.full(len(weights), np.nan), where=counted > 0))


def _wins(rows: Sequence[NamedArrays]) -> Array:
    """For independent pairs of a reply i and a question j: 1 where its own question is nearer, 0.5 for a tie."""
    heard, questions = (np.stack([row[name] for row in rows]).astype(np.float64) for name in ("heard", "question"))
    likeness = heard @ questions.T
    lead = np.diag(likeness)[:, None] - likeness
    wins = np.where(np.abs(lead) <= _SAME, 0.5, (lead > 0).astype(np.float64))
    return np.asarray(wins * apart(rows) * np.any(heard, axis=1, keepdims=True))
