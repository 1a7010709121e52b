"""Clips of given frames and sound."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from vidchatbench.media import Clip


def film(
    path: Path, frames: Iterable[np.ndarray], *, fps: float = 25, sound: np.ndarray | None = None, crf: int = 12
) -> Clip:
    """A clip of RGB frames of even size, with mono sound at 16 kHz (PCM) if given; `path` ends in .mkv or .mp4."""
    with av.open(str(path), "w") as out:
        video = None
        audio = out.add_stream("pcm_s16le", rate=16000, layout="mono") if sound is not None else None
        for image in frames:
            if video is None:
                video = out.add_stream(
                    "libx264",
                    rate=Fraction(fps).limit_denominator(1001),
                    options={"crf": str(crf), "preset": "veryfast"},
                )
                video.height, video.width = image.shape[:2]
                video.pix_fmt = "yuv444p"
                video.codec_context.thread_count = 1  # several threads would encode the same frames differently
            out.mux(video.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")))
        out.mux(video.encode(None))
        if audio is not None:
            _speak(out, audio, sound)
    return Clip(path)


def with_sound(path: Path, silent: Path, sound: np.ndarray) -> Clip:
    """The very packets of a clip without sound, with mono sound at 16 kHz (PCM) beside them: nothing is encoded anew.

    libx264 may encode equal frames differently in every process, so two encodings are two pictures.
    """
    with av.open(str(silent)) as source, av.open(str(path), "w") as out:
        video = out.add_stream_from_template(source.streams.video[0])
        audio = out.add_stream("pcm_s16le", rate=16000, layout="mono")
        for packet in source.demux(video=0):
            if packet.size:  # the last one, which flushes, is empty
                packet.stream = video
                out.mux(packet)
        _speak(out, audio, sound)
    return Clip(path)


def _speak(out: av.container.OutputContainer, audio: av.AudioStream, sound: np.ndarray) -> None:
    samples = np.round(np.clip(sound, -1, 1) * 32767).astype(np.int16)[None]
    block = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
    block.sample_rate = 16000
    out.mux(audio.encode(block))
    out.mux(audio.encode(None))
