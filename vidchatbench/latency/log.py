"""What a streaming run leaves of one sample: when each chunk came, and how much of the question was out by then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Clock = Literal["paced", "virtual", "burst"]
"""How a question is released. `paced`: at the speed of life, which is what a user feels. `virtual`: as fast as it is
read, on a simulated clock to which the adapter's own time is added. `burst`: as fast as it is read; throughput only."""

_STRICT = {"extra": "forbid", "allow_inf_nan": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """One chunk of sound or picture, as it arrived."""

    __pydantic_config__ = _STRICT
    kind: Literal["audio", "video"]
    at_s: float
    """Arrival on the run clock."""
    input_s: float
    """The question had been handed to the adapter up to here."""
    busy_s: float
    """The adapter's own time so far: without its waiting for the question."""
    pts: float
    """When the chunk begins on the item's timeline."""
    length_s: float
    n: int
    """Samples or frames."""
    digest: str
    """Of its content: 16 hex digits of BLAKE2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedAt:
    """A `vcb.Mark`, as it arrived."""

    __pydantic_config__ = _STRICT
    name: str
    at_s: float
    input_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLog:
    """One streamed answer. `generation/streams/NAME.json`."""

    __pydantic_config__ = _STRICT
    clock: Clock
    chunk_s: float
    """Length of the pieces in which the question was released."""
    chunks: tuple[Chunk, ...]
    """In order of arrival."""
    marks: tuple[MarkedAt, ...]
    audible: tuple[tuple[float, float], ...]
    """When something can be heard in the answer, on the item's timeline (`audible`)."""
    ended_s: float
    """When the adapter had nothing more to give, on the run clock."""
    busy_s: float
    lags_ms: tuple[float, ...]
    """By piece of the question: how much later than it should the harness released it. Harness noise, not the model."""
