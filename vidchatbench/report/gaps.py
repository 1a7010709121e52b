"""What keeps a result from being complete."""

from __future__ import annotations

from dataclasses import dataclass

from vidchatbench.results.schema import Results


@dataclass(frozen=True)
class Gap:
    """One reason why metrics have no value, or one over less than all samples."""

    reason: str
    remedy: str | None
    partial: bool
    """Whether there is a value, which rests on less than all samples."""
    metrics: tuple[str, ...]
    """Ids of the metrics that it concerns."""


def gaps(results: Results) -> list[Gap]:
    """The reasons in order of first appearance, each once, with the metrics that it concerns."""
    found: dict[tuple[str, str | None, bool], list[str]] = {}
    for id_, metric in results.metrics.items():
        if metric.value is None or metric.partial:
            reason = metric.reason or f"rests on {metric.n} of {metric.expected} samples; no reason was recorded"
            found.setdefault((reason, metric.remedy, metric.value is not None), []).append(id_)
    return [Gap(*key, tuple(ids)) for key, ids in found.items()]
