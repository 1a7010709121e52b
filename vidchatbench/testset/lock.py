"""`media.lock.jsonl`: what whoever has the media found in it, once; everybody else is held to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from vidchatbench.errors import ReasonCode, Role
from vidchatbench.types import Reason

_STRICT = {"extra": "forbid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LockLine:
    """One line: a media file, a metric that was tried on the references, or a sample that it cannot measure there."""

    __pydantic_config__ = _STRICT
    kind: Literal["media", "metric", "exclusion"]
    path: str = ""
    sha256: str = ""
    bytes: int = 0
    duration_s: float | None = None
    metric: str = ""
    signature: str = ""
    item_id: str = ""
    turn: int = 0
    code: ReasonCode = "error"
    detail: str = ""
    role: Role = "reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """The lock of a test set."""

    media: Mapping[str, LockLine]
    """By path."""
    exclusions: Mapping[str, Mapping[tuple[str, int], Reason]]
    """By metric signature: the reason by (item_id, turn). A signature that is not here was not tried."""

    @staticmethod
    def of(lines: list[LockLine]) -> Lock:
        """Sort the lines of the file into what they say."""
        tried: dict[str, dict[tuple[str, int], Reason]] = {
            line.signature: {} for line in lines if line.kind == "metric"
        }
        for line in lines:
            if line.kind == "exclusion":
                tried.setdefault(line.signature, {})[(line.item_id, line.turn)] = Reason(
                    code=line.code, detail=line.detail, role=line.role
                )
        return Lock(media={line.path: line for line in lines if line.kind == "media"}, exclusions=tried)
