"""The pictures in which faces are looked for; the detectors ask for the same ones, so that a clip is decoded once."""

from __future__ import annotations

from fractions import Fraction

from vidchatbench.errors import MediaError
from vidchatbench.media import MediaInfo, Presentation, VideoInfo

FPS = 25


def face_view(info: MediaInfo, long_side: int) -> Presentation:
    """25 frames per second with the long side at `long_side` pixels, but enlarged at most twice.

    Raises:
        MediaError: no_video, where there is nothing to look at.
    """
    video = _video(info)
    scale = min(long_side / max(video.width, video.height), 2)
    width, height = (max(round(side * scale), 1) for side in (video.width, video.height))
    return Presentation(width=width, height=height, fps=Fraction(FPS))


def own_view(info: MediaInfo, every: int) -> Presentation:
    """Every `every`-th of 25 frames per second at the clip's own size, from which found faces are cut out.

    Raises:
        MediaError: no_video, where there is nothing to look at.
    """
    video = _video(info)
    ticks = frozenset(range(0, video.ticks(FPS), every))
    return Presentation(width=video.width, height=video.height, fps=Fraction(FPS), ticks=ticks)


def _video(info: MediaInfo) -> VideoInfo:
    if info.video is None:
        raise MediaError("no_video", "there is no video track to look for faces in")
    return info.video
