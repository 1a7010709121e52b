"""Small real videos, made with PyAV."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from helpers.spoken import RATE


def write_video(
    path: Path,
    *,
    seconds: float = 2.0,
    fps: float = 25,
    sound: np.ndarray | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """A moving pattern of 64 x 64, with mono sound at 16 kHz if given (PCM in .mkv, AAC elsewhere)."""
    rate = Fraction(fps).limit_denominator(1001)
    with av.open(str(path), "w", options=options or {}) as out:
        video = out.add_stream("libx264", rate=rate)
        video.width = video.height = 64
        video.pix_fmt = "yuv420p"
        audio = None
        if sound is not None:
            audio = out.add_stream("pcm_s16le" if path.suffix == ".mkv" else "aac", rate=RATE, layout="mono")
        for k in range(round(seconds * fps)):
            image = np.roll(np.arange(64 * 64 * 3, dtype=np.uint32).reshape(64, 64, 3) % 251, 3 * k, axis=1)
            out.mux(video.encode(av.VideoFrame.from_ndarray(image.astype(np.uint8), format="rgb24")))
        out.mux(video.encode(None))
        if audio is not None:
            frame = av.AudioFrame.from_ndarray(
                np.round(np.clip(sound, -1, 1) * 32767).astype(np.int16)[None], format="s16", layout="mono"
            )
            frame.sample_rate = RATE
            out.mux(audio.encode(frame))
            out.mux(audio.encode(None))
    return path
