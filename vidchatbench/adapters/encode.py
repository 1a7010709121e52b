"""An answer becomes a file, once: H.264 and 48 kHz FLAC in MP4, unless it is an H.264 MP4 already."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from vidchatbench.adapters.response import InvalidResponse, Response, check_picture, check_sound
from vidchatbench.errors import MediaError
from vidchatbench.media import Clip, Presentation

CRF = 12
"""Of 51; 0 is lossless. At 12 the worst frame of a drawn face of `mini` stands at 43 dB."""
RATE = 48000
_BLOCK = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """What was written."""

    width: int
    height: int
    fps: float
    video_s: float
    audio_s: float | None
    waited_s: float
    """How long the model's own generator of frames took, in seconds: its work, not the encoder's."""
    notes: tuple[str, ...] = ()
    """What was changed on the way."""


def encode(response: Response, to: Path, *, max_s: float) -> Encoded:
    """Write an answer to a file.

    Raises:
        InvalidResponse: Where its file is not a video, its frames change in size, or it is longer than `max_s`.
    """
    if response.path is not None:
        return _file(Path(response.path), to, max_s)
    assert response.frames is not None and response.fps is not None
    sound = None
    notes: list[str] = []
    if response.audio is not None and response.sample_rate is not None:
        sound = _sound(response.audio, int(response.sample_rate), max_s, notes)
    return _write(to, iter(response.frames), response.fps, sound, max_s, notes)


def _file(path: Path, to: Path, max_s: float) -> Encoded:
    clip = Clip(path)
    try:
        info = clip.info
        if info.video is None:
            raise InvalidResponse(f"{path.name} has no picture")
        if info.video.duration_s <= 0:
            raise InvalidResponse(f"{path.name} is a still picture, not a video")
        if max(info.video.duration_s, info.audio.duration_s if info.audio else 0) > max_s:
            raise InvalidResponse(f"{path.name} lasts {info.video.duration_s:.1f} s; at most {max_s:g} s are allowed")
        if info.video.codec == "h264" and path.suffix.lower() == ".mp4":
            shutil.copyfile(path, to)
            return Encoded(
                width=info.video.width, height=info.video.height, fps=round(float(info.video.fps), 4),
                video_s=info.video.duration_s, audio_s=info.audio.duration_s if info.audio else None, waited_s=0.0,
            )  # fmt: skip
        wanted = Presentation(width=info.video.width, height=info.video.height, fps=info.video.fps)
        sound = None if info.audio is None else clip.audio(RATE)[:, None]
        pictures = (frame.image for _, frame in clip.frames([wanted]))
        notes = [f"re-encoded from {info.video.codec} in {path.suffix.lower() or 'no suffix'}"]
        return _write(to, pictures, float(info.video.fps), sound, max_s, notes)
    except MediaError as error:
        raise InvalidResponse(f"{path.name} is no video: {error.cause}") from error


def _sound(given: NDArray[Any], rate: int, max_s: float, notes: list[str]) -> NDArray[np.float32]:
    """(samples, channels) at 48 kHz."""
    sound = check_sound(given)
    if len(sound) / rate > max_s:
        raise InvalidResponse(f"audio lasts {len(sound) / rate:.1f} s; at most {max_s:g} s are allowed")
    if rate != RATE:
        from scipy.signal import resample_poly

        common = gcd(rate, RATE)
        sound = resample_poly(sound, RATE // common, rate // common, axis=0).astype(np.float32)
        sound = sound[: round(len(given) * RATE / rate)]
    if (peak := float(np.abs(sound).max())) > 1:
        notes.append(f"audio reached {peak:.3f} and was clipped at 1")
    return sound


def _write(
    to: Path,
    frames: Iterator[NDArray[np.uint8]],
    fps: float,
    sound: NDArray[np.float32] | None,
    max_s: float,
    notes: list[str],
) -> Encoded:
    rate = Fraction(fps).limit_denominator(1001)
    waited = 0.0

    def timed() -> Iterator[NDArray[np.uint8]]:
        nonlocal waited
        while True:
            begin = time.perf_counter()
            image = next(frames, None)
            waited += time.perf_counter() - begin
            if image is None:
                return
            yield check_picture(image)

    # Bit-exact: no library versions in the file's header. One thread: the same frames are the same bytes.
    with av.open(str(to), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}) as out:
        track = None
        shape: tuple[int, ...] = ()
        count = 0
        for image in timed():
            if track is None:
                shape = image.shape
                size = (shape[0] + shape[0] % 2, shape[1] + shape[1] % 2)
                if size != shape[:2]:
                    notes.append(f"padded from {shape[1]} x {shape[0]}: H.264 wants even sides")
                track = _video_track(out, rate, size)
                audio = out.add_stream("flac", rate=RATE, layout=_layout(sound)) if sound is not None else None
            if image.shape != shape:
                raise InvalidResponse(f"frame {count} has the shape {image.shape}, those before it {shape}")
            if count >= max_s * rate:
                raise InvalidResponse(f"frames go on after {max_s:g} s, which is the longest answer allowed")
            padded = np.pad(image, ((0, size[0] - shape[0]), (0, size[1] - shape[1]), (0, 0)), mode="edge")
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(padded), format="rgb24")
            frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")
            frame.pts, frame.time_base = count, 1 / rate
            out.mux(track.encode(frame))
            count += 1
        if track is None:
            raise InvalidResponse("frames holds no picture")
        out.mux(track.encode(None))
        if sound is not None:
            assert audio is not None
            for block in _blocks(sound):
                out.mux(audio.encode(block))
            out.mux(audio.encode(None))
    return Encoded(
        width=size[1], height=size[0], fps=round(float(rate), 4), video_s=float(count / rate),
        audio_s=None if sound is None else len(sound) / RATE, waited_s=waited, notes=tuple(notes),
    )  # fmt: skip


def _video_track(out: av.container.OutputContainer, rate: Fraction, size: tuple[int, int]) -> Any:
    track = out.add_stream("libx264", rate=rate)
    track.height, track.width = size
    track.pix_fmt = "yuv420p"
    track.thread_count = 1
    track.options = {"crf": str(CRF), "preset": "medium", "threads": "1", "flags": "+bitexact"}
    # ITU numbers: 1 is BT.709 for all three, range 1 is limited ("tv").
    track.codec_context.color_primaries = 1
    track.codec_context.color_trc = 1
    track.codec_context.colorspace = 1
    track.codec_context.color_range = 1
    return track


def _layout(sound: NDArray[np.float32]) -> str:
    return "mono" if sound.shape[1] == 1 else "stereo"


def _blocks(sound: NDArray[np.float32]) -> Iterator[av.AudioFrame]:
    pcm = np.round(np.clip(sound, -1, 1) * 32767).astype(np.int16)
    for at in range(0, len(pcm), _BLOCK):
        block = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(pcm[at : at + _BLOCK].reshape(1, -1)), format="s16", layout=_layout(sound)
        )
        block.sample_rate, block.pts, block.time_base = RATE, at, Fraction(1, RATE)
        yield block
