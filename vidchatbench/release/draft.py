"""What has been read of one clip so far: a value for each quantity of a mapping."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Draft:
    """The quantities of one clip as they stand in the release, None where not found; there are as many as clips."""

    video: str | None = None
    speaker: str | None = None
    start: float | None = None
    end: float | None = None
    duration: float | None = None
    box: tuple[float, float, float, float] | None = None
    width: float | None = None
    height: float | None = None
    fps: float | None = None
    talking: bool | None = None
    text: str | None = None
    text_confidence: float | None = None
    no_speech: float | None = None
    compression: float | None = None
    dover: float | None = None
    clarity: float | None = None
    sync_confidence: float | None = None
    face_sharpness: float | None = None
    hand_sharpness: float | None = None
    motion: float | None = None
    caption: str | None = None
    framing: str | None = None
    topic: str | None = None
    pair: str | None = None
    sft: bool = False
    seen: tuple[str, ...] = ()
    """The tables that had an entry of it."""

    def take(self, table: str, values: dict[str, Any]) -> bool:
        """Keep the values of one entry of a table; whether it agrees with an entry taken before."""
        if table in self.seen:
            return all(getattr(self, name) == value for name, value in values.items())
        self.seen = (*self.seen, table)
        for name, value in values.items():
            setattr(self, name, value)
        return True
