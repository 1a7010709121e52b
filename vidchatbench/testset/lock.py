"""`media.lock.jsonl`: what whoever has the media found in it, once; everybody else is held to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from vidchatbench.errors import ReasonCode, Role
from vidchatbench.types import Reason

_STRICT = {"extra": "forbid", "allow_inf_nan": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaLine:
    """A media file."""

    __pydantic_config__ = _STRICT
    kind: Literal["media"] = "media"
    path: str
    sha256: str
    bytes: int
    duration_s: float | None = None
    fingerprint: str = ""
    """What it shows and sounds like (`Fingerprint`), by which a copy in another encoding, or cut, is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineLine:
    """When things happen in a turn, in seconds from the start of the initiator's clip, and where each time came from.

    The first two define numbers, and fill in what `items.jsonl` leaves out. The others are there to be read.
    """

    __pydantic_config__ = _STRICT
    kind: Literal["timeline"] = "timeline"
    item_id: str
    turn: int = 0
    initiator_speech_end_s: float
    speech_end_from: str
    """`items`, or the signature of the feature that heard it."""
    reference_start_s: float
    reference_start_from: Literal["items", "sources", "default"]
    """`items`; the clips' times in the source video that they share; or when a reply without a start begins."""
    reference_onset_s: float | None = None
    """When the real responder begins to speak; None where nobody does, or no feature is there that hears it."""
    human_offset_s: float | None = None
    """`reference_onset_s - initiator_speech_end_s`: above 0 a gap, below 0 an overlap; None where it is no
    person's: the reply's start is a default, or its clip runs beside the question from the start on."""
    words_end_s: float | None = None
    """End of the initiator's last word by a recogniser, where one is there."""
    note: str = ""
    """Where ways to find the end of the speech do not agree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricLine:
    """A metric that was tried on the references: what it cannot measure there is among the exclusions."""

    __pydantic_config__ = _STRICT
    kind: Literal["metric"] = "metric"
    metric: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusionLine:
    """A sample that a metric cannot measure because of a file of the test set."""

    __pydantic_config__ = _STRICT
    kind: Literal["exclusion"] = "exclusion"
    metric: str
    signature: str
    item_id: str
    turn: int = 0
    code: ReasonCode = "error"
    detail: str
    role: Role = "reference"


LockLine = MediaLine | TimelineLine | MetricLine | ExclusionLine
LOCK_LINE: TypeAdapter[LockLine] = TypeAdapter(Annotated[LockLine, Field(discriminator="kind")])
"""Reads a line of any kind."""


def plain(line: LockLine) -> dict[str, Any]:
    """A line as it is written: what is not known, and a turn that is the first, are left out."""
    empty = (None, "")
    values = {name: getattr(line, name) for name in type(line).__dataclass_fields__}
    return {name: value for name, value in values.items() if value not in empty and (name, value) != ("turn", 0)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """The lock of a test set."""

    media: Mapping[str, MediaLine]
    """By path."""
    timeline: Mapping[tuple[str, int], TimelineLine]
    """By (item_id, turn)."""
    exclusions: Mapping[str, Mapping[tuple[str, int], Reason]]
    """By metric signature: the reason by (item_id, turn). A signature that is not here was not tried."""

    @staticmethod
    def of(lines: Sequence[LockLine]) -> Lock:
        """Sort the lines of the file into what they say."""
        tried: dict[str, dict[tuple[str, int], Reason]] = {
            line.signature: {} for line in lines if isinstance(line, MetricLine)
        }
        for line in lines:
            if isinstance(line, ExclusionLine):
                tried.setdefault(line.signature, {})[(line.item_id, line.turn)] = Reason(
                    code=line.code, detail=line.detail, role=line.role
                )
        return Lock(
            media={line.path: line for line in lines if isinstance(line, MediaLine)},
            timeline={(line.item_id, line.turn): line for line in lines if isinstance(line, TimelineLine)},
            exclusions=tried,
        )
