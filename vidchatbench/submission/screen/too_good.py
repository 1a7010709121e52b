"""Values beyond those of the real clips."""

from __future__ import annotations

from typing import Final

from vidchatbench.feature import FrameFeature
from vidchatbench.metric import Metric
from vidchatbench.registry import entries, features
from vidchatbench.results.schema import MetricResult
from vidchatbench.submission.context import Context
from vidchatbench.submission.finding import Finding, NotChecked
from vidchatbench.submission.opened import Opened
from vidchatbench.submission.schema import RESULTS
from vidchatbench.submission.screen.flag import flag, share
from vidchatbench.submission.screen.numbers import values

ERRORS: Final = 3.0
"""Standard errors by which a value must lie beyond the real clips', on top of the card's tolerance,"""
OF_SAMPLES: Final = 0.9
"""and share of the samples that must."""
OTHERS: Final = 3
"""So many merged models must have stayed below for it to be more than a note."""


def too_good(opened: Opened, context: Context) -> list[Finding | NotChecked]:
    """Metrics whose real value is a ceiling, and whose value lies clearly beyond it, in nearly every sample.

    A synthetic voice can be cleaner than a recording, and a picture sharper: by itself it is a note. It is a warning
    where the metric holds things against each other (picture and sound, answer and portrait), and several other models
    were merged of which none is beyond.
    """
    found: list[Finding | NotChecked] = []
    for id, result in opened.results.metrics.items():
        entry = entries().get(id)
        if entry is None or entry.metric is None or not _beyond(result, entry.metric.card.tolerance):
            continue
        sign, own = (1 if result.direction == "higher" else -1), values(opened, id)
        better = sum(sign * (value - (result.real or 0.0)) > 0 for value in own.values())
        if share(better, len(own)) < OF_SAMPLES:
            continue
        models = {
            other.submission.model.id: _beyond(other.results.metrics[id], entry.metric.card.tolerance)
            for other in context.alike(result.signature, id)
            if other.submission.model.id != opened.submission.model.id
        }
        alone = relates(entry.metric) and len(models) >= OTHERS and not any(models.values())
        detail = (
            f"{result.value:.4g} is beyond the real clips' {result.real:.4g}, in {better} of {len(own)} samples; so "
            f"are {sum(models.values())} of {len(models)} merged models. A system that was trained on the metric is, "
            "too, or a clip that was edited for it"
        )
        remedy = (
            "look at some of the answers; name in `components` whatever was trained with this metric or its network"
        )
        found.append(flag("too-good", f"{RESULTS}: {id}", [], detail, remedy, "warning" if alone else "note"))
    return found


def _beyond(result: MetricResult, tolerance: float) -> bool:
    if result.real_kind != "same_item" or result.real is None or result.value is None:
        return False
    gain = (result.value - result.real) * (1 if result.direction == "higher" else -1)
    return gain > tolerance + ERRORS * (result.se or 0.0)


def relates(metric: Metric) -> bool:
    """Whether it reads more than one clip, or pictures and something else."""
    roles = {name for on in metric.needs().values() for name in on.names}
    of_frames = {isinstance(feature, FrameFeature) for feature in features(metric)}
    return len(roles) > 1 or len(of_frames) > 1
