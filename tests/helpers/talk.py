"""Replies as speech segments, without sound: for what is computed from segments alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from helpers.score import sample
from vidchatbench.metric import Metric
from vidchatbench.types import NamedArrays

END_S = 10.0
"""The end of the initiator's speech in these samples."""


def speech(*segments: tuple[float, float]) -> NamedArrays:
    """What `speech.silero` would give for these IPUs."""
    return {"segments": np.array(segments, np.float64).reshape(-1, 2)}


def reply(fto_s: float, length_s: float = 3.0) -> NamedArrays:
    """One stretch of speech at an offset from E, in media that begins at 0."""
    return speech((END_S + fto_s, END_S + fto_s + length_s))


SILENT = speech()


def row(metric: Metric, response: NamedArrays, human: NamedArrays) -> NamedArrays:
    """The metric's row for one item."""
    inputs = {"response": response, "reference": human, "initiator": speech((0.0, END_S))}
    return metric.item(sample(end_s=END_S), inputs)


def rows(metric: Metric, responses: Sequence[NamedArrays], humans: Sequence[NamedArrays]) -> list[NamedArrays]:
    """The rows of several items."""
    return [row(metric, response, human) for response, human in zip(responses, humans, strict=True)]


def score(metric: Metric, responses: Sequence[NamedArrays], humans: Sequence[NamedArrays]) -> float:
    """The metric's total over several items."""
    found = rows(metric, responses, humans)
    return metric.total(found, np.ones(len(found)))
