"""Who spoke when, in one item."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vidchatbench.report.charts.scale import Scale, step_above

_ORDER = ("initiator", "response", "reference")
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

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.end_s - self.start_s


@dataclass(frozen=True)
class Lane:
    """One track."""

    track: str
    speech: tuple[Bar, ...]
    overlap: tuple[Bar, ...]
    """Speech while the initiator speaks."""
    gap: Bar | None
    """Silence from the end of the initiator's speech to the next speech of this track."""


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
    def of(cls, tracks: Mapping[str, Iterable[Segment]], end_s: float | None) -> Timeline | None:
        """The picture of the given tracks; None where nobody speaks."""
        known = {track: sorted(segments) for track, segments in tracks.items()}
        times = [t for segments in known.values() for segment in segments for t in segment]
        if not times:
            return None
        times += [0.0] if end_s is None else [0.0, end_s]
        low, high = min(times), max(times)
        step = step_above((high - low or 1.0) / (_MOST_TICKS - 1))
        scale = Scale(low, high + 0.25 * step)
        order = [t for t in _ORDER if t in known] + sorted(set(known) - set(_ORDER))
        initiator = known.get("initiator", [])
        lanes = tuple(_lane(scale, t, known[t], [] if t == "initiator" else initiator, end_s) for t in order)
        ticks = tuple((t, scale.percent(t)) for t in scale.ticks(_MOST_TICKS))
        return cls(scale, ticks, lanes, end_s, None if end_s is None else scale.percent(end_s))


def _lane(scale: Scale, track: str, segments: list[Segment], initiator: list[Segment], end_s: float | None) -> Lane:
    def bar(start: float, end: float) -> Bar:
        x = scale.percent(start)
        return Bar(start, end, x, round(scale.percent(end) - x, 3))

    both = [(max(a, c), min(b, d)) for a, b in segments for c, d in initiator]
    gap = None
    if track in ("response", "reference") and end_s is not None and not any(a <= end_s < b for a, b in segments):
        onset = min((a for a, _ in segments if a > end_s), default=None)
        gap = None if onset is None else bar(end_s, onset)
    return Lane(track, tuple(bar(*s) for s in segments), tuple(bar(*s) for s in both if s[0] < s[1]), gap)
