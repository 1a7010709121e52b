"""VidChatBench: how good is a model that watches and hears one person and answers as another with a talking video?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vidchatbench.adapters.chunk import AudioChunk, Mark, VideoChunk
    from vidchatbench.adapters.item import Item
    from vidchatbench.adapters.live_item import LiveItem, Tick
    from vidchatbench.adapters.responder import responder
    from vidchatbench.adapters.response import Response
    from vidchatbench.api import evaluate
    from vidchatbench.feature import ClipFeature, Feature, FrameFeature, FramePass, Inputs
    from vidchatbench.metric import Card, MeanMetric, Metric
    from vidchatbench.types import Quantity

__version__ = "0.1.0"
__all__ = [
    "AudioChunk",
    "Card",
    "ClipFeature",
    "Feature",
    "FrameFeature",
    "FramePass",
    "Inputs",
    "Item",
    "LiveItem",
    "Mark",
    "MeanMetric",
    "Metric",
    "Quantity",
    "Response",
    "Tick",
    "VideoChunk",
    "evaluate",
    "responder",
]

_HOME = {
    "AudioChunk": "vidchatbench.adapters.chunk",
    "Mark": "vidchatbench.adapters.chunk",
    "VideoChunk": "vidchatbench.adapters.chunk",
    "LiveItem": "vidchatbench.adapters.live_item",
    "Tick": "vidchatbench.adapters.live_item",
    "Item": "vidchatbench.adapters.item",
    "Response": "vidchatbench.adapters.response",
    "responder": "vidchatbench.adapters.responder",
    "evaluate": "vidchatbench.api",
    "Card": "vidchatbench.metric",
    "MeanMetric": "vidchatbench.metric",
    "Metric": "vidchatbench.metric",
    "Quantity": "vidchatbench.types",
    "ClipFeature": "vidchatbench.feature",
    "Feature": "vidchatbench.feature",
    "FrameFeature": "vidchatbench.feature",
    "FramePass": "vidchatbench.feature",
    "Inputs": "vidchatbench.feature",
}


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for, so that `import vidchatbench` costs nothing."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
