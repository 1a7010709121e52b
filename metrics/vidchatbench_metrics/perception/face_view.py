"""The pictures in which faces are looked for; the detectors ask for the same ones, so that a clip is decoded once."""

from __future__ import annotations

from fractions import Fraction

from vidchatbench.errors import MediaError
from vidchatbench.media import MediaInfo, Presentation

FPS = 25


def face_view(info: MediaInfo, long_side: int) -> Presentation:
    """25 frames per second with the long side at `long_side` pixels, but enlarged at most twice.

    Raises:
        MediaError: no_video, where there is nothing to look at.
    """
    video = info.video
    if video is None:
        raise MediaError("no_video", "there is no video track to look for faces in")
    scale = min(long_side / max(video.width, video.height), 2)
    width, height = (max(round(side * scale), 1) for side in (video.width, video.height))
    return Presentation(width=width, height=height, fps=Fraction(FPS))
