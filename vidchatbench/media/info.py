"""What a media file is, before anything of it is computed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from vidchatbench.media.presentation import ticks_before


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoInfo:
    """The video track as a viewer sees it: after rotation."""

    width: int
    height: int
    fps: Fraction
    """Average frame rate over the presentation."""
    duration_s: float
    """From the clip's start to the end of the last frame's display."""
    codec: str
    rotation: int
    """Degrees clockwise that were applied: 0, 90, 180 or 270."""

    def ticks(self, fps: int) -> int:
        """How many ticks a presentation at a fixed rate has, as the packets tell; a damaged clip may show fewer."""
        return max(1, ticks_before(Fraction(self.duration_s), Fraction(fps)))


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioInfo:
    """The audio track."""

    rate: int
    channels: int
    duration_s: float
    codec: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaInfo:
    """The tracks of a clip; a track that is not there is None."""

    video: VideoInfo | None
    audio: AudioInfo | None
