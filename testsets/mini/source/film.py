"""Writes a take (pictures and sound) as H.264 and AAC in MP4, and names its content by digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from motion import FPS
from numpy.typing import NDArray
from speech import RATE

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Digests:
    """sha256 of what went into the encoders: all frames as RGB bytes, all samples as little-endian int16."""

    frames: str
    pcm: str


def digest(pictures: Iterable[Picture], pcm: NDArray[np.int16]) -> Digests:
    """Names the content of a take before any encoder has touched it."""
    seen = hashlib.sha256()
    for picture in pictures:
        seen.update(picture.tobytes())
    return Digests(seen.hexdigest(), hashlib.sha256(pcm.astype("<i2").tobytes()).hexdigest())


def write(file: Path, pictures: Sequence[Picture], pcm: NDArray[np.int16], *, crf: int = 23) -> None:
    """Encode a clip. One thread, fixed settings: the bytes depend only on the content and the encoders' versions."""
    file.parent.mkdir(parents=True, exist_ok=True)
    # Bit-exact: no library versions in the file's header.
    with av.open(str(file), "w", options={"movflags": "+faststart", "fflags": "+bitexact"}) as out:
        video = out.add_stream("libx264", rate=FPS)
        video.height, video.width = pictures[0].shape[:2]
        video.pix_fmt = "yuv420p"
        video.thread_count = 1
        video.options = {"crf": str(crf), "preset": "slow", "g": "50", "threads": "1", "flags": "+bitexact"}
        # ITU numbers: 1 is BT.709 for all three, range 1 is limited ("tv").
        video.codec_context.color_primaries = 1
        video.codec_context.color_trc = 1
        video.codec_context.colorspace = 1
        video.codec_context.color_range = 1
        sound = out.add_stream("aac", rate=RATE, layout="mono", options={"flags": "+bitexact"})
        sound.bit_rate = 48000
        waiting = blocks(pcm)
        sent = 0
        for i, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")
            frame.pts, frame.time_base = i, Fraction(1, FPS)
            out.mux(video.encode(frame))
            while sent < (i + 1) * RATE / FPS and (block := next(waiting, None)) is not None:
                sent += block.samples
                out.mux(sound.encode(block))
        for block in waiting:
            out.mux(sound.encode(block))
        out.mux(video.encode(None))
        out.mux(sound.encode(None))


def blocks(pcm: NDArray[np.int16]) -> Iterator[av.AudioFrame]:
    """A mono sound as the encoder takes it, 1024 samples at a time."""
    for at in range(0, len(pcm), 1024):
        part = pcm[at : at + 1024].astype(np.float32) / 32768
        block = av.AudioFrame.from_ndarray(part[None, :], format="fltp", layout="mono")
        block.sample_rate, block.pts, block.time_base = RATE, at, Fraction(1, RATE)
        yield block
