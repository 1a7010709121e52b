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
    """Counts and times of a clip whose picture and sound were both decoded to the end.

    Result, scalars:
        frames: Number of pictures shown.
        fps: (frames - 1) / (last - first presentation time); 0 for a single picture.
        video_s: From the clip's start to the end of the last picture, which is shown for as long as the median one; 0
            for a single picture.
        has_audio: 1 where there is a sound track with samples in it, else 0.
        audio_s: From the clip's start to the end of the sound, without what a codec pads beyond the end that the file
            declares for it; 0 without.
        declared_s: The length that the file's header claims for all of it; 0 where it claims none.

    Raises MediaError: missing, no_video, or unreadable, also where a track breaks off in the middle.
    """

    id = "media.decode"
    version = 1

    def computation(self) -> Mapping[str, str]:
        """FFmpeg's version."""
        from vidchatbench.media import ffmpeg_version

        return {"ffmpeg": ffmpeg_version()}

    def presentations(self, infos: Mapping[str, MediaInfo]) -> Mapping[str, Presentation]:
        """Every picture, tiny: only that it can be had counts."""
        from vidchatbench.media import Presentation

        return {slot: Presentation(width=_SIZE, height=_SIZE) for slot in infos}

    def start(self, inputs: Inputs) -> FramePass:
        """Begin to count."""
        return _Pass(inputs.clips["clip"])


class _Pass(FramePass):
    def __init__(self, clip: Clip) -> None:
        self._clip = clip
        self._times: list[float] = []

    def update(self, slot: str, frame: Frame) -> None:
        self._times.append(frame.time_s)

    def result(self) -> NamedArrays:
        times = np.array(self._times)
        shown = float(times[-1] - times[0]) if len(times) else 0.0
        last = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
        heard = _sound_length(self._clip)
        sound = self._clip.info.audio
        return {
            "frames": np.array(len(times)),
            "fps": np.array((len(times) - 1) / shown if shown > 0 else 0.0),
            "video_s": np.array(times[-1] + last if len(times) else 0.0),
            "has_audio": np.array(int(heard is not None)),
            "audio_s": np.array(min(heard, sound.duration_s) if heard and sound else 0.0),
            "declared_s": np.array(_declared(self._clip)),
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


def _declared(clip: Clip) -> float:
    """What the header says; a file that was cut off later still carries the old length."""
    import av

    with av.open(str(clip.video)) as container:
        return (container.duration or 0) / av.time_base
