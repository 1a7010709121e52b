"""What keeps a result from being complete, or comparable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vidchatbench.results.schema import MetricResult, Results

Kind = Literal["no value", "partial", "errors"]
"""No value; one over less than all samples; one in which samples count that ended in an error of the harness."""


@dataclass(frozen=True)
class Gap:
    """One reason why metrics have no value, or not a full one."""

    kind: Kind
    reason: str
    remedy: str | None
    metrics: tuple[str, ...]
    """Ids of the metrics that it concerns."""


def gaps(results: Results) -> list[Gap]:
    """The reasons in order of first appearance, each once, with the metrics that it concerns."""
    found: dict[tuple[Kind, str, str | None], list[str]] = {}
    for id_, metric in results.metrics.items():
        if kind := _kind(metric):
            found.setdefault((kind, metric.reason or _plain(metric), metric.remedy), []).append(id_)
    return [Gap(*key, tuple(ids)) for key, ids in found.items()]


def _kind(metric: MetricResult) -> Kind | None:
    if metric.value is None:
        return "no value"
    if metric.partial:
        return "partial"
    return "errors" if metric.defects or "error" in metric.by_reason else None


def _plain(metric: MetricResult) -> str:
    if metric.defects:
        return "; ".join(metric.defects)
    if errors := metric.by_reason.get("error"):
        return f"{errors} of {metric.expected} samples ended in an error"
    return f"rests on {metric.n} of {metric.expected} samples; no reason was recorded"


def unofficial(results: Results) -> list[str]:
    """The metrics whose signatures say that they stand on weights of somebody's own: nobody else has their ruler."""
    return [id_ for id_, metric in results.metrics.items() if ":unofficial-" in metric.signature]


def unranked(results: Results) -> list[str]:
    """Why a result may not be ranked, in words; empty where it may."""
    b = results.benchmark
    told = []
    if b.limited:
        told.append("--limit cut the test set: a rehearsal, not a result")
    if b.left_out:
        total = b.items_total or b.n_items + len(b.left_out)
        why = f"the media of {len(b.left_out)} are not here, or not those of the lock"
        told.append(f"scored on {total - len(b.left_out)} of {total} items: {why}")
    if b.reencoded:
        n = len(b.reencoded)
        told.append(f"{n} of the test set's files {'are re-encoded copies' if n > 1 else 'is a re-encoded copy'}")
    return told
