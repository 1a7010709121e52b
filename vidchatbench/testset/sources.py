"""`sources.jsonl`: where each media file of a test set was cut from, for test sets whose media may not be passed on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipSource:
    """One line: one media file, and the stretch of a source video that it is."""

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012 - pydantic reads it from the class
    path: str
    """The media file, a path inside the test set's folder; what its suffix says (video, sound, picture) is cut."""
    video: str
    """Id of the source video on its platform."""
    start_s: float
    """Where the stretch begins in the source video, in seconds; of a picture, the moment."""
    end_s: float
    """Where it ends; of a picture, the same moment."""
    box: tuple[float, float, float, float] | None = None
    """Left, top, right, bottom of what is kept of the picture, as shares of width and height; None keeps all."""
