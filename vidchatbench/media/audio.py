"""The sound track on the clip's timeline."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.filter import Graph

from vidchatbench.errors import MediaError
from vidchatbench.media.container import audio_stream, opened, start_of, unreadable
from vidchatbench.media.decode import broken_at, decoded
from vidchatbench.types import Array

_AT_START = Fraction(1, 1000)
"""Containers round time stamps to as much as a millisecond: less than that is not an offset."""
_LATER = Fraction(1, 50)
"""Time stamps may wander by this many seconds from the count of samples before silence is put in or sound is cut."""
_BACKWARDS = Fraction(1, 2)
"""Time stamps that run back by more than this many seconds are a cut, not jitter."""
_FILTER = "filter_size=128"
"""Taps of libswresample's filter; its default of 32 lets aliases through at -22 dB just above the new band, and takes
4 dB off at 0.95 of the band. 128: -99 dB and -0.7 dB, at the same cost."""


def sound_blocks(path: Path) -> Iterator[tuple[Array, int]]:
    """The sound as it is, from the clip's start: (samples x channels float32, rate), block by block.

    A track that starts late, and a gap, is filled with silence; sound from before the start is cut.

    Raises:
        MediaError: `no_audio` where there is no sound track, or not one sample in it; `unreadable`.
    """
    remedy = "give a file with sound, or the sound as a file of its own"
    with opened(path) as container:
        stream = audio_stream(container)
        if stream is None:
            raise MediaError("no_audio", "there is no sound track", where=path, remedy=remedy)
        position = rate = 0
        for frame, time in decoded(container, stream, path, start_of(container)):
            assert isinstance(frame, av.AudioFrame)
            if rate and frame.sample_rate != rate:
                raise unreadable(path, f"the sample rate changes from {rate} to {frame.sample_rate} Hz")
            tolerance = _LATER if rate else _AT_START
            rate = frame.sample_rate
            block = samples_of(frame)
            gap = 0 if time is None else round(time * rate) - position
            if gap < -_BACKWARDS * rate and position:
                raise broken_at(path, "the sound's time stamps run back", Fraction(position, rate))
            if abs(gap) <= tolerance * rate:
                gap = 0
            for start in range(0, gap, rate):
                yield np.zeros((min(rate, gap - start), block.shape[1]), np.float32), rate
            block = block[max(0, -gap) :]
            position += max(0, gap) + len(block)
            if len(block):
                yield block, rate
        if not position:
            raise MediaError("no_audio", "the sound track is empty", where=path, remedy=remedy)


def mono(path: Path, rate: int) -> Array:
    """The whole sound as float32 mono: the plain mean of the channels, resampled; round(duration * rate) samples.

    Raises:
        MediaError: As `sound_blocks`.
    """
    parts: list[Array] = []
    count = source = 0
    resampler: Resampler | None = None
    for block, source in sound_blocks(path):
        count += len(block)
        part = block.mean(axis=1, dtype=np.float32)
        if source != rate:
            resampler = resampler or Resampler(source, rate)
            parts += resampler.push(part)
        else:
            parts.append(part)
    if resampler:
        parts += resampler.flush()
    length = round(Fraction(count * rate, source))
    short = length - sum(map(len, parts))
    return np.concatenate([*parts, np.zeros(max(0, short), np.float32)])[:length]


def samples_of(frame: av.AudioFrame) -> Array:
    """Samples x channels, float32, full scale at 1."""
    stored = frame.to_ndarray()
    channels = frame.layout.nb_channels
    block = stored.T if frame.format.is_planar else stored.reshape(-1, channels)
    if block.dtype.kind == "f":
        return np.ascontiguousarray(block, np.float32)
    if block.dtype.kind == "u":
        return (block.astype(np.float32) - 128) / np.float32(128)
    return np.asarray(block / np.float32(2.0 ** (8 * block.itemsize - 1)), np.float32)


class Resampler:
    """libswresample on a mono stream."""

    def __init__(self, source: int, rate: int) -> None:
        self._source = source
        self._position = 0
        self._graph = Graph()
        self._sink = self._graph.add("abuffersink")
        self._entry = self._graph.add_abuffer(
            sample_rate=source, format="flt", layout="mono", time_base=Fraction(1, source)
        )
        middle = self._graph.add("aresample", f"{rate}:{_FILTER}")
        self._entry.link_to(middle)
        middle.link_to(self._sink)
        self._graph.configure()

    def push(self, block: Array) -> list[Array]:
        """Give it samples; what is ready of the result, in parts."""
        frame = av.AudioFrame.from_ndarray(block[None, :], format="flt", layout="mono")
        frame.sample_rate = self._source
        frame.pts = self._position
        frame.time_base = Fraction(1, self._source)
        self._position += len(block)
        self._entry.push(frame)
        return self._pull()

    def flush(self) -> list[Array]:
        """The rest, after the last samples."""
        self._entry.push(None)
        return self._pull()

    def _pull(self) -> list[Array]:
        parts: list[Array] = []
        while True:
            try:
                frame = self._sink.pull()
            except (av.BlockingIOError, av.EOFError):
                return parts
            assert isinstance(frame, av.AudioFrame)
            parts.append(frame.to_ndarray()[0])
