"""What the engine computes for the report beside the metrics: film strips of the response and of the real reply."""

from __future__ import annotations

from collections.abc import Mapping

from vidchatbench.report.page import Strips
from vidchatbench.report.strip import Strip, pictures
from vidchatbench.types import NamedArrays, SampleKey

EXHIBITS = {track: Strip().on(track) for track in ("response", "reference")}
"""The features to compute, bound to roles."""


def strips(extras: Mapping[SampleKey, Mapping[str, NamedArrays]]) -> Strips:
    """The computed film strips as the report takes them."""
    return {key.order: {track: pictures(strip) for track, strip in own.items()} for key, own in extras.items()}
