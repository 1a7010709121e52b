"""Who spoke when, and what, in one item."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vidchatbench.report.charts.scale import Scale, step_above

SPEAKERS = ("response", "reference")
"""The tracks of which gaps and overlaps are drawn; the others say something about these."""
_MOST_TICKS = 9

Segment = tuple[float, float]
"""Start and end of speech, in seconds on the turn's timeline."""


@dataclass(frozen=True)
class Bar:
    """A stretch of time: its seconds, and where it stands in per cent of the width."""

    start_s: float
    end_s: float
    x: float
    width: float
    word: str = ""
    """What is said in it, for a word."""

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.end_s - self.start_s


@dataclass(frozen=True)
class Lane:
    """One track."""

    track: str
    speech: tuple[Bar, ...] | None
    """None where nobody listened for it."""
    overlap: tuple[Bar, ...]
    """Speech while the initiator speaks."""
    gap: Bar | None
    """Silence from the end of the initiator's speech to the next speech of this track."""
    words: tuple[Bar, ...] | None
    """None where nobody listened for them."""

    @property
    def text(self) -> str:
        """The words as one text."""
        return " ".join(word.word for word in self.words or ())


@dataclass(frozen=True)
class Timeline:
    """Tracks beneath each other on one axis of seconds."""

    scale: Scale
    ticks: tuple[tuple[float, float], ...]
    """Seconds and x."""
    lanes: tuple[Lane, ...]
    end_s: float | None
    """End of the initiator's speech, from the test set."""
    end_x: float | None

    @classmethod
    def of(
        cls,
        tracks: Mapping[str, Iterable[Segment]],
        end_s: float | None,
        words: Mapping[str, Iterable[tuple[float, float, str]]] | None = None,
    ) -> Timeline | None:
        """The picture of the given tracks; None where nobody speaks and no word is heard."""
        known = {track: sorted(segments) for track, segments in tracks.items()}
        heard = {track: sorted(own) for track, own in (words or {}).items()}
        times = [t for segments in known.values() for segment in segments for t in segment]
        times += [t for own in heard.values() for start, end, _ in own for t in (start, end)]
        if not times:
            return None
        times += [0.0] if end_s is None else [0.0, end_s]
        low, high = min(times), max(times)
        step = step_above((high - low or 1.0) / (_MOST_TICKS - 1))
        scale = Scale(low, high + 0.25 * step)
        both = sorted(known.keys() | heard.keys(), key=order)
        lanes = tuple(_lane(scale, track, known, heard.get(track), end_s) for track in both)
        ticks = tuple((t, scale.percent(t)) for t in scale.ticks(_MOST_TICKS))
        return cls(scale, ticks, lanes, end_s, None if end_s is None else scale.percent(end_s))


def order(track: str) -> tuple[int, str]:
    """The sort key of tracks: initiator, response, others by name, and beneath them the reference."""
    return ({"initiator": 0, "response": 1, "reference": 3}.get(track, 2), track)


def _lane(
    scale: Scale,
    track: str,
    known: Mapping[str, list[Segment]],
    words: list[tuple[float, float, str]] | None,
    end_s: float | None,
) -> Lane:
    def bar(start: float, end: float, word: str = "") -> Bar:
        x = scale.percent(start)
        return Bar(start, end, x, round(scale.percent(end) - x, 3), word)

    segments = known.get(track, [])
    initiator = known.get("initiator", []) if track in SPEAKERS else []
    both = [(max(a, c), min(b, d)) for a, b in segments for c, d in initiator]
    gap = None
    if track in SPEAKERS and end_s is not None and not any(a <= end_s < b for a, b in segments):
        onset = min((a for a, _ in segments if a > end_s), default=None)
        gap = None if onset is None else bar(end_s, onset)
    return Lane(
        track=track,
        speech=tuple(bar(*s) for s in segments) if track in known else None,
        overlap=tuple(bar(*s) for s in both if s[0] < s[1]),
        gap=gap,
        words=None if words is None else tuple(bar(*one) for one in words),
    )
