"""A clip: one media file, or a video with its sound in a file of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import av
import cv2
import numpy as np

from vidchatbench.media.info import AudioInfo, MediaInfo, VideoInfo
from vidchatbench.media.presentation import Frame, Presentation
from vidchatbench.types import Array


class Clip:
    """PROVISIONAL: the media helper replaces the bodies; the names and signatures stay."""

    def __init__(self, video: Path, audio: Path | None = None) -> None:
        self.video = video
        self.audio_file = audio or video

    @cached_property
    def digest(self) -> str:
        """sha256 over the content of the file, or of both files."""
        with self.video.open("rb") as f:
            return hashlib.file_digest(f, "sha256").hexdigest()

    @cached_property
    def info(self) -> MediaInfo:
        """Its tracks. Raises MediaError (unreadable)."""
        with av.open(str(self.video)) as c:
            v, a = c.streams.video, c.streams.audio
            dur = float((c.duration or 0) / 1e6)
            return MediaInfo(
                video=VideoInfo(width=v[0].width, height=v[0].height, fps=v[0].average_rate, duration_s=dur, codec="", rotation=0) if v else None,
                audio=AudioInfo(rate=a[0].rate, channels=a[0].channels, duration_s=dur, codec="") if a else None,
            )

    def frames(self, presentations: Sequence[Presentation]) -> Iterator[tuple[int, Frame]]:
        """All frames of all presentations in order of time, from one decode: (index of the presentation, frame).

        Raises MediaError (no_video, unreadable)."""
        ticks = [0] * len(presentations)
        with av.open(str(self.video)) as c:
            last: Array | None = None
            for f in c.decode(video=0):
                t = float(f.time)
                if last is not None:
                    yield from self._upto(presentations, ticks, last, t)
                last = f.to_ndarray(format="rgb24")
            if last is not None:
                yield from self._upto(presentations, ticks, last, t + 0.04)

    def _upto(self, presentations, ticks, image, t):
        for i, p in enumerate(presentations):
            n = 0
            while p.fps is None and n == 0 or p.fps is not None and ticks[i] / p.fps < t:
                small = cv2.resize(image, (p.width, p.height), interpolation=cv2.INTER_AREA).astype(p.dtype)
                yield i, Frame(ticks[i], float(ticks[i] / (p.fps or 25)), small, n > 0)
                n += 1
                ticks[i] += 1

    def audio(self, rate: int = 16000) -> Array:
        """The whole sound as float32 mono at `rate`, sample 0 at the clip's start. Raises MediaError (no_audio)."""
        with av.open(str(self.audio_file)) as c:
            r = av.AudioResampler(format="flt", layout="mono", rate=rate)
            out = [g.to_ndarray()[0] for f in c.decode(audio=0) for g in r.resample(f)]
            out += [g.to_ndarray()[0] for g in r.resample(None)]
        return np.concatenate(out)

    def audio_blocks(self) -> Iterator[tuple[Array, int]]:
        """The sound as it is: (samples x channels float32, rate), block by block, never held whole."""
        with av.open(str(self.audio_file)) as c:
            for f in c.decode(audio=0):
                yield f.to_ndarray().T.astype(np.float32), f.rate
