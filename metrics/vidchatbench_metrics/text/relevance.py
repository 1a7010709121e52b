"""Metric: how near what is said comes to what the real person said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.errors import Unscored
from vidchatbench.metric import SPOKEN, Card, MeanMetric
from vidchatbench.types import Floats, NamedArrays, Reason, Sample
from vidchatbench_metrics.set_distance import source_group
from vidchatbench_metrics.text.fit import Fit, apart
from vidchatbench_metrics.valid_mean import valid_means


class Relevance(Fit, MeanMetric):
    """Mean cosine of the reply that is heard and the real reply, by MiniLM; below 0 counts as 0."""

    card = Card(
        id="text.relevance",
        version=1,
        family="text",
        title="Relevance",
        unit="",
        range=(0.0, 1.0),
        direction="higher",
        meaning=(
            "How near what is said comes in meaning to what the real person said: 1 for the same words, about `chance` "
            "beside it for a reply to another question. A good answer may be far from the real one: about one half is "
            "much. It hardly sees negations and numbers: 'yes, I do' and 'no, I do not' are near each other."
        ),
        source="Reimers & Gurevych 2019 (Sentence-BERT), all-MiniLM-L6-v2",
        unspecified_by_paper=(
            "Not in the paper. Recogniser as in text.wer; an empty transcript counts 0. `chance`: the same over all "
            "pairs of an answer and the real reply to a question from another source video."
        ),
        responds_to=("another reply", "shuffled replies", "silence", "babble"),
        ignores=("picture", "gain", "punctuation", "case"),
        fail_value=0.0,
        tolerance=0.01,
        tasks=SPOKEN,
        profiles=frozenset({"paper"}),
        real="same_item",
    )

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`value`, both vectors, and, where the turn has candidates, the likeness to the best- and worst-graded one."""
        heard, turn = inputs["heard"]["heard"], inputs["turn"]
        if not turn["reply"].any():
            raise Unscored("missing", "the turn has no text of the real reply", role="reference")
        row = {
            "value": np.array(_likeness(heard, turn["reply"])),
            "heard": heard,
            "reply": turn["reply"],
            "group": source_group(sample),
        }
        if len(turn["grades"]):
            best, worst = (
                float(
                    np.mean([_likeness(heard, turn["candidates"][k]) for k in np.flatnonzero(turn["grades"] == grade)])
                )
                for grade in (turn["grades"].max(), turn["grades"].min())
            )
            row |= {"best_candidate": np.array(best), "margin": np.array(best - worst)}
        return row

    def failed(self, sample: Sample, reason: Reason, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """0, and no part in the chance level."""
        return {"value": np.array(0.0)}

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """`chance`; the mean likeness to the best-graded candidate; its lead over the worst-graded one (`margin`)."""
        own = [(row, weight) for row, weight in zip(rows, weights, strict=True) if "heard" in row]
        found = dict(valid_means(rows, weights, best_candidate="best_candidate", margin="margin"))
        if own:
            replies = [row for row, _ in own]
            counts = np.array([weight for _, weight in own])
            pairs = apart(replies) * counts[:, None] * counts[None, :]
            likeness = np.stack([row["heard"] for row in replies]) @ np.stack([row["reply"] for row in replies]).T
            if pairs.sum():
                found["chance"] = float((pairs * np.maximum(likeness, 0)).sum() / pairs.sum())
        return found


def _likeness(a: Floats, b: Floats) -> float:
    return float(np.clip(np.asarray(a, np.float64) @ b, 0.0, 1.0))
