"""A player that shows an answer as it comes: when it starves, and how far sound and picture come apart."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from vidchatbench.latency.log import Chunk
from vidchatbench.latency.survival import quantile

BUFFER_S = 0.2
"""Jitter buffer: the player begins so much after the first chunk is there."""


@dataclass(frozen=True, slots=True)
class Playout:
    """How an answer played. `delay`: how far the screen was behind the item's timeline, at each chunk by pts."""

    n_stalls: int
    stalled_s: float
    pts: tuple[float, ...]
    delay: tuple[float, ...]

    def delay_at(self, pts: float) -> float:
        """The delay when `pts` is played."""
        return self.delay[max(0, bisect_right(self.pts, pts) - 1)]


def play(chunks: Sequence[Chunk], begin_delay_s: float) -> Playout:
    """Play chunks in order of pts. Where one has not arrived when it is due, everything waits for it: a stall."""
    delay, stalls, stalled = begin_delay_s, 0, 0.0
    pts, delays = [], []
    for chunk in sorted(chunks, key=lambda one: one.pts):
        late = chunk.at_s - (chunk.pts + delay)
        if late > 1e-9:
            stalls, stalled, delay = stalls + 1, stalled + late, delay + late
        pts.append(chunk.pts)
        delays.append(delay)
    return Playout(stalls, stalled, tuple(pts), tuple(delays))


def begin_delay(chunks: Sequence[Chunk]) -> float:
    """How far behind the item's timeline the player begins: the first chunk's lateness, and the buffer."""
    first = min(chunks, key=lambda one: one.pts)
    return max(0.0, first.at_s - first.pts) + BUFFER_S


def skew_ms(chunks: Sequence[Chunk]) -> float | None:
    """95th percentile, over the picture's frames, of how far two players that do not wait for each other come apart.

    One plays the sound and one the picture, both begun as one player would. None where a track is not there.
    """
    tracks = {kind: [one for one in chunks if one.kind == kind] for kind in ("audio", "video")}
    if not tracks["audio"] or not tracks["video"]:
        return None
    begun = begin_delay(chunks)
    sound, picture = (play(tracks[kind], begun) for kind in ("audio", "video"))
    apart = []
    for chunk in tracks["video"]:
        times = [chunk.pts + k * chunk.length_s / chunk.n for k in range(chunk.n)]
        apart += [abs(sound.delay_at(time) - picture.delay_at(time)) for time in times]
    worst = quantile(apart, 0.95)
    return None if worst is None else 1e3 * worst
