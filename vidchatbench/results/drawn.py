"""What a sample's rows give to draw: when somebody speaks, and the words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from vidchatbench.engine.rows import Row
from vidchatbench.types import Array, NamedArrays

_AS_REFERENCE = {"response": "reference", "initiator": "initiator"}
"""What the tracks are where the real clip is in the response's place."""


@dataclass(frozen=True)
class Drawn:
    """Tracks by name, in seconds on the turn's timeline."""

    timelines: Mapping[str, tuple[tuple[float, float], ...]]
    words: Mapping[str, tuple[tuple[float, float, str], ...]]

    @classmethod
    def of(cls, own: Iterable[Row], real: Iterable[Row]) -> Drawn:
        """From a sample's own rows, and those of the real clip in the response's place; of two, the last one counts.

        Where the own rows give the reference, they have the last word.
        """
        timelines: dict[str, tuple[tuple[float, float], ...]] = {}
        words: dict[str, tuple[tuple[float, float, str], ...]] = {}
        for rows, tracks in ((real, _AS_REFERENCE), (own, None)):
            for stats in (row.stats for row in rows if row.stats and row.status == "ok"):
                for kind, name in (name.split(".", 1) for name in stats if "." in name):
                    track = name if tracks is None else tracks.get(name)
                    if track and kind == "timeline":
                        timelines[track] = tuple((a, b) for a, b in _spans(stats[f"{kind}.{name}"]))
                    elif track and kind == "words":
                        words[track] = tuple(_words(stats, name))
        return cls(dict(sorted(timelines.items())), dict(sorted(words.items())))


def _words(stats: NamedArrays, track: str) -> Iterable[tuple[float, float, str]]:
    said = np.asarray(stats[f"words.{track}"]).tobytes().decode(errors="replace")
    times = _spans(stats[f"words_at.{track}"])
    return ((a, b, word) for (a, b), word in zip(times, said.split("\n") if said else (), strict=True))


def _spans(array: Array) -> list[tuple[float, float]]:
    spans = np.asarray(array, dtype=float).reshape(-1, 2).round(3)
    return [(float(a), float(b)) for a, b in spans]
