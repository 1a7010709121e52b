"""Cuts a clip, a voice sample or a portrait out of a source video: the same bytes each time, with the same FFmpeg."""

from __future__ import annotations

import io
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import cv2
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.video.stream import VideoStream

from vidchatbench.errors import MediaError
from vidchatbench.media.audio import Resampler, samples_of
from vidchatbench.media.colour import to_rgb
from vidchatbench.media.container import audio_stream, opened, start_of, unreadable, video_stream
from vidchatbench.media.orientation import Orientation
from vidchatbench.testset.sources import ClipSource
from vidchatbench.types import Array

FPS, RATE = 25, 16000
LONGEST_S = 300.0
RECIPE = 1
"""Raised whenever a clip would be cut or encoded differently."""
VIDEOS, SOUNDS, PICTURES = (".mp4", ".mov", ".mkv"), (".m4a", ".wav"), (".jpg", ".jpeg", ".png")
_X264 = {"preset": "fast", "crf": "16", "threads": "1"}
_BT709, _LIMITED = 1, 1
_AAC_BITS = 64_000
_LATE, _JITTER = Fraction(1, 1000), Fraction(1, 50)
_LEAD_S = Fraction(1, 2)
"""Decoding begins so much before the span: sound needs some of it to settle."""
_SLACK_S = Fraction(3, 2 * FPS)
"""By so much a span may exceed its file: annotations and containers round."""
_SHORT_S = 0.2
"""By so much the sound of a file may end before its picture."""
_LEAST_SIDE = 16


class SpanError(MediaError):
    """The span does not lie in the source video."""


def cut(source: Path, clip: ClipSource) -> bytes:
    """The content of the file that `clip` describes, by its suffix: picture and sound, sound alone, or one picture.

    Pictures at 25 a second, each what is on screen then, in H.264 (BT.709, 4:2:0) at the size of the box, to even
    numbers; sound at 16 kHz, the mean of the channels, in AAC at 64 kbit/s (`.wav`: 16 bits).

    Raises:
        SpanError: Where the span is not in the file.
        MediaError: Where the file cannot be decoded, or lacks a track; `error` where the box or the suffix is wrong.
    """
    suffix = Path(clip.path).suffix.lower()
    if suffix in PICTURES:
        return _picture(source, clip, suffix)
    content = io.BytesIO()
    form = {".mkv": "matroska", ".wav": "wav", ".mov": "mov"}.get(suffix, "mp4")
    with av.open(content, "w", format=form, options={"fflags": "+bitexact"}) as out:
        with opened(source) as container:
            sound = _sound(container, source, clip)
        if suffix in VIDEOS:
            _write(out, source, clip, sound)
        else:
            _write_sound(out, sound, "pcm_s16le" if suffix == ".wav" else "aac")
    return content.getvalue()


def _picture(source: Path, clip: ClipSource, suffix: str) -> bytes:
    for image in _shown(source, clip, [Fraction(clip.start_s)]):
        quality = [cv2.IMWRITE_JPEG_QUALITY, 95] if suffix != ".png" else []
        fine, content = cv2.imencode(suffix, cv2.cvtColor(image, cv2.COLOR_RGB2BGR), quality)
        if fine:
            return content.tobytes()
    raise unreadable(source, "the picture cannot be written")


def _write(out: OutputContainer, source: Path, clip: ClipSource, sound: Array) -> None:
    count = max(1, round((clip.end_s - clip.start_s) * FPS))
    times = [Fraction(clip.start_s) + Fraction(k, FPS) for k in range(count)]
    images = _shown(source, clip, times)
    first = next(images)
    video = out.add_stream("libx264", rate=FPS, options=_X264)
    video.height, video.width = first.shape[:2]
    video.pix_fmt = "yuv420p"
    context = video.codec_context
    context.colorspace = context.color_primaries = context.color_trc = _BT709
    context.color_range = _LIMITED
    audio = _sound_stream(out, "aac")
    for k, image in enumerate(chain([first], images)):
        frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(
            format="yuv420p", dst_colorspace=_BT709, dst_color_range=_LIMITED, interpolation="BICUBIC"
        )
        frame.pts, frame.time_base = k, Fraction(1, FPS)
        out.mux(video.encode(frame))
    out.mux(video.encode())
    _encode(out, audio, sound)


def _write_sound(out: OutputContainer, sound: Array, codec: str) -> None:
    _encode(out, _sound_stream(out, codec), sound)


def _sound_stream(out: OutputContainer, codec: str) -> AudioStream:
    stream = out.add_stream(codec, rate=RATE, layout="mono")
    assert isinstance(stream, AudioStream)
    if codec == "aac":
        stream.bit_rate = _AAC_BITS
    return stream


def _encode(out: OutputContainer, stream: AudioStream, sound: Array) -> None:
    form = "s16" if stream.codec_context.name == "pcm_s16le" else "fltp"
    stored = np.rint(np.clip(sound, -1, 1) * 32767).astype(np.int16) if form == "s16" else sound
    for start in range(0, len(stored), 1024):
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(stored[None, start : start + 1024]), form, "mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        out.mux(stream.encode(frame))
    out.mux(stream.encode())


def _shown(source: Path, clip: ClipSource, times: list[Fraction]) -> Iterator[Array]:
    """What is on screen at these times, cut to the box: upright RGB. A millisecond late is in time."""
    with opened(source) as container:
        stream = video_stream(container)
        if stream is None:
            raise MediaError("no_video", "it has no picture track", where=source)
        held: av.VideoFrame | None = None
        upright: Orientation | None = None
        image: Array | None = None
        waiting = iter(times)
        due = next(waiting, None)
        until = Fraction(0)
        for frame, time in _frames(container, stream, source, times[0]):
            assert isinstance(frame, av.VideoFrame)
            while due is not None and time > due + _LATE:
                if held is None and time > due + _SLACK_S:
                    raise SpanError("missing", f"its picture begins only at {float(time):.2f} s", where=source)
                held = held or frame
                if image is None:
                    image = _boxed(upright.apply(to_rgb(held)) if upright else to_rgb(held), clip, source)
                yield image
                due = next(waiting, None)
            if due is None:
                return
            upright = upright or Orientation.of(frame)
            held, image = frame, None
            until = time + (
                frame.duration * frame.time_base if frame.duration and frame.time_base else Fraction(1, FPS)
            )
        if held is None or due is None or Fraction(clip.end_s) > until + _SLACK_S:
            ends = f", which ends at {float(until):.2f} s" if held else ""
            span = f"{clip.start_s:g} to {clip.end_s:g} s"
            raise SpanError("missing", f"{span} exceeds the file{ends}", where=source)
        image = _boxed(upright.apply(to_rgb(held)) if upright else to_rgb(held), clip, source)
        for _ in chain([due], waiting):
            yield image


def _boxed(image: Array, clip: ClipSource, source: Path) -> Array:
    """The box's part of the picture, its sides even."""
    height, width = image.shape[:2]
    left, top, right, bottom = clip.box or (0.0, 0.0, 1.0, 1.0)
    x, y = round(left * width), round(top * height)
    w, h = round(right * width) - x, round(bottom * height) - y
    w, h = w - w % 2, h - h % 2
    if min(x, y) < 0 or x + w > width or y + h > height or min(w, h) < _LEAST_SIDE:
        raise MediaError("error", f"the box {clip.box} is no part of {width}x{height}, or too small", where=source)
    return np.ascontiguousarray(image[y : y + h, x : x + w])


def _sound(container: InputContainer, source: Path, clip: ClipSource) -> Array:
    """The sound of the span: mono at 16 kHz; silence where the track has none."""
    stream = audio_stream(container)
    if stream is None:
        raise MediaError("no_audio", "it has no sound track", where=source)
    start, end = Fraction(clip.start_s), Fraction(clip.end_s)
    samples: Array | None = None
    position = rate = 0
    for frame, time in _frames(container, stream, source, start):
        assert isinstance(frame, av.AudioFrame)
        at = round((time - start) * frame.sample_rate)
        if samples is None:
            rate, position = frame.sample_rate, at
            samples = np.zeros(round((end - start) * rate), np.float32)
        if frame.sample_rate != rate:
            raise unreadable(source, f"the sample rate changes from {rate} to {frame.sample_rate} Hz")
        if abs(at - position) > _JITTER * rate:
            position = at
        block = samples_of(frame).mean(axis=1, dtype=np.float32)
        low, high = max(0, -position), min(len(block), len(samples) - position)
        if high > low:
            samples[position + low : position + high] = block[low:high]
        position += len(block)
        if position >= len(samples):
            break
    missing_s = (len(samples) - position) / rate if samples is not None else float(end - start)
    if samples is None or missing_s > (_SHORT_S if Path(clip.path).suffix.lower() in VIDEOS else _SLACK_S):
        span, ends = f"{clip.start_s:g} to {clip.end_s:g} s", f", whose sound ends at {clip.end_s - missing_s:.2f} s"
        raise SpanError("missing", f"{span} exceeds the file{ends if samples is not None else ''}", where=source)
    if rate != RATE:
        resampler = Resampler(rate, RATE)
        parts = [*resampler.push(samples), *resampler.flush()]
        samples = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    wanted = round((end - start) * RATE)
    return np.concatenate([samples, np.zeros(max(0, wanted - len(samples)), np.float32)])[:wanted]


def _frames(
    container: InputContainer, stream: VideoStream | AudioStream, source: Path, start: Fraction
) -> Iterator[tuple[av.VideoFrame | av.AudioFrame, Fraction]]:
    """The frames of a track from the last key frame before a time on, each with its time in seconds.

    What is damaged before that time is passed over: after a jump, the first pictures may lack their predecessors.
    """
    origin = start_of(container)
    if stream.codec_context is None:
        raise unreadable(source, f"there is no decoder for its {stream.type} track")
    stream.codec_context.thread_count = 1
    from_s = max(Fraction(0), start - _LEAD_S)
    try:
        if from_s > 0:
            container.seek(int((origin + from_s) * av.time_base), backward=True)
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.FFmpegError:
                if packet.pts is not None and packet.time_base and packet.pts * packet.time_base - origin < from_s:
                    continue
                raise
            for frame in frames:
                assert isinstance(frame, av.VideoFrame | av.AudioFrame)
                if frame.pts is None or not frame.time_base:
                    continue
                time = frame.pts * frame.time_base - origin
                if frame.is_corrupt and time >= from_s:
                    raise unreadable(source, f"the data is damaged at {float(time):.2f} s")
                if not frame.is_corrupt:
                    yield frame, time
    except (av.FFmpegError, OSError) as error:
        raise unreadable(source, f"the data is damaged ({getattr(error, 'strerror', None) or error})") from None
