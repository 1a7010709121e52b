"""What a clip really holds, found by decoding all of it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from vidchatbench.errors import MediaError
from vidchatbench.feature import FrameFeature, FramePass, Inputs
from vidchatbench.types import NamedArrays

if TYPE_CHECKING:
    from vidchatbench.media import Clip, Frame, MediaInfo, Presentation

_SIZE = 16


class Decode(FrameFeature):
    """Rate and lengths of a clip whose picture and sound were both decoded to the end.

    Result, scalars:
        ticks: Pictures that were decoded and shown at 1 per second; 1 for a still picture.
        fps: Pictures per second, averaged over their presentation times; 0 for a single picture.
        video_s: From the clip's start to the end of the last picture; 0 for a still picture.
        has_audio: 1 where there is a sound track with samples in it, else 0.
        audio_s: From the clip's start to the end of the sound, without what a codec pads beyond the end that the file
            declares for it; 0 without.

    Raises MediaError: missing, no_video, or unreadable, also where a track breaks off in the middle.
    """

    id = "media.decode"
    version = 1

    def computation(self) -> Mapping[str, str]:
        """FFmpeg's version."""
        from vidchatbench.media import ffmpeg_version

        return {"ffmpeg": ffmpeg_version()}

    def presentations(self, infos: Mapping[str, MediaInfo]) -> Mapping[str, Presentation]:
        """One tiny picture a second: every one is decoded for it, few are converted."""
        from vidchatbench.media import Presentation

        return {slot: Presentation(width=_SIZE, height=_SIZE, fps=Fraction(1)) for slot in infos}

    def start(self, inputs: Inputs) -> FramePass:
        """Begin to count."""
        return _Pass(inputs.clips["clip"])


class _Pass(FramePass):
    def __init__(self, clip: Clip) -> None:
        self._clip = clip
        self._ticks = 0

    def update(self, slot: str, frame: Frame) -> None:
        self._ticks += 1

    def result(self) -> NamedArrays:
        heard = _sound_length(self._clip)
        picture, sound = self._clip.info.video, self._clip.info.audio
        moves = picture is not None and picture.duration_s * picture.fps > 1.5
        return {
            "ticks": np.array(self._ticks),
            "fps": np.array(float(picture.fps) if picture and moves else 0.0),
            "video_s": np.array(picture.duration_s if picture else 0.0),
            "has_audio": np.array(int(heard is not None)),
            "audio_s": np.array(min(heard, sound.duration_s) if heard and sound else 0.0),
        }


def _sound_length(clip: Clip) -> float | None:
    """Seconds of sound, decoded to the end; None where there is no sound track, or an empty one."""
    length = Fraction(0)
    try:
        for block, rate in clip.audio_blocks():
            length += Fraction(len(block), rate)
    except MediaError as error:
        if error.code == "no_audio":
            return None
        raise
    return float(length)
