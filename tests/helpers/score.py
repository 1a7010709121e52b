"""Runs one metric on clips through the engine's own computing, without a test set or a cache."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy

from vidchatbench.engine.compute import Job, compute
from vidchatbench.engine.graph import turn_fields
from vidchatbench.feature import Inputs, On
from vidchatbench.media import Clip
from vidchatbench.metric import Metric
from vidchatbench.types import Item, NamedArrays, Sample, SampleKey, Turn


def features(
    needs: Mapping[str, On], clips: Mapping[str, Clip], turn: Turn, known: dict[object, NamedArrays] | None = None
) -> dict[str, NamedArrays]:
    """Compute what `needs` names, each feature once for the same clips; raises what a feature raises."""
    found: dict[str, NamedArrays] = {}
    known = {} if known is None else known
    for name, on in needs.items():
        feature = copy(on.feature)  # as the engine: the metric's own holds no model
        slots = dict(zip(feature.slots, (clips[role] for role in on.names), strict=True))
        key = (feature.signature(), *map(id, slots.values()))
        if key not in known:
            below = features(feature.needs(), slots, turn, known)
            feature.setup()
            job = Job(feature, Inputs(slots, below, turn_fields(feature, turn)))
            result = compute([job])[job]
            if isinstance(result, Exception):
                raise result
            known[key] = result
        found[name] = known[key]
    return found


def sample(*, end_s: float = 0.0, reference_start_s: float = 0.0, start_s: float = 0.0, **turn: object) -> Sample:
    """A dialogue sample with the given timeline."""
    only = Turn(
        initiator="i.mp4", reference="r.mp4", initiator_speech_end_s=end_s, reference_start_s=reference_start_s, **turn
    )
    item = Item(item_id="x", task="dialogue", turns=(only,), portrait="p.png", source_video="v")
    return Sample(key=SampleKey(item_id="x"), item=item, start_s=start_s)


def item_stats(metric: Metric, of: Sample, **clips: Clip) -> NamedArrays:
    """`metric.item` on the given clips by role; raises Unscored or MediaError as the metric does."""
    return metric.item(of, features(metric.needs(), clips, of.turn))
