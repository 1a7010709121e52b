"""`sources.jsonl`: where each media file of a test set was cut from, for test sets whose media may not be passed on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vidchatbench.errors import DataError
from vidchatbench.testset.jsonl import read_jsonl

FILE = "sources.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipSource:
    """One line: one media file, and the stretch of a source video that it is."""

    __pydantic_config__ = {"extra": "forbid", "allow_inf_nan": False}  # noqa: RUF012 - pydantic reads it
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


def read_sources(root: Path) -> dict[str, ClipSource]:
    """Where each media file of a test set comes from, by path; empty where the test set does not say.

    Raises:
        DataError: Where a line is wrong, or a file is there twice.
    """
    if not (root / FILE).is_file():
        return {}
    found: dict[str, ClipSource] = {}
    for line in read_jsonl(root / FILE, ClipSource):
        if found.setdefault(line.path, line) is not line:
            raise DataError(f"{line.path} is there twice", where=root / FILE)
    return found
