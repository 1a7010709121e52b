"""Reading and decoding tracks, and saying where the data breaks if it breaks: never a silently shorter clip."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from vidchatbench.errors import MediaError
from vidchatbench.media.container import MAX_SIDE, unreadable

MAX_DURATION_S = 2 * 3600
"""Longest clip that is read: a broken time stamp must not ask for years of frames."""

Track = VideoStream | AudioStream
Decoded = av.VideoFrame | av.AudioFrame


def decoded(
    container: InputContainer, track: Track, path: Path, origin: Fraction
) -> Iterator[tuple[Decoded, Fraction | None]]:
    """Every frame of a track with its time in seconds from `origin`, None where the container gives none.

    Raises:
        MediaError: `unreadable`, as `packets` and `frames_of`.
    """
    for packet in packets(container, (track,), path, origin):
        yield from frames_of(packet, path, origin)


def packets(
    container: InputContainer, tracks: tuple[Track, ...], path: Path, origin: Fraction
) -> Iterator[av.Packet[Any]]:
    """The packets of some tracks in the order of the file; an empty one for each at the end, to flush its decoder.

    Decoding is set to one thread: its cost is known, and workers can be processes.

    Raises:
        MediaError: `unreadable`: no decoder, too large, too long, damaged, cut short.
    """
    for track in tracks:
        if track.codec_context is None:
            raise unreadable(path, f"there is no decoder for its {track.type} track")
        if isinstance(track, VideoStream) and max(track.width, track.height) > MAX_SIDE:
            raise unreadable(path, f"the picture is {track.width}x{track.height}; the limit is {MAX_SIDE} a side")
        track.codec_context.thread_count = 1
    reached: Fraction | None = None
    try:
        for packet in container.demux(*tracks):
            reached = time_of(packet, origin) or reached
            if packet.is_corrupt:
                raise broken_at(path, "the data is damaged or cut short", reached)
            if reached and reached > MAX_DURATION_S:
                raise broken_at(path, f"a time stamp is beyond the limit of {MAX_DURATION_S} s", reached)
            yield packet
    except (av.FFmpegError, OSError) as error:
        raise broken_at(path, f"the data is damaged or cut short ({error.strerror})", reached) from None


def frames_of(packet: av.Packet[Any], path: Path, origin: Fraction) -> Iterator[tuple[Decoded, Fraction | None]]:
    """The frames that a packet completes, with their times.

    Raises:
        MediaError: `unreadable` where the packet or a frame is damaged.
    """
    try:
        frames = packet.decode()
    except av.FFmpegError as error:
        raise broken_at(path, f"the data is damaged ({error.strerror})", time_of(packet, origin)) from None
    for frame in frames:
        assert isinstance(frame, av.VideoFrame | av.AudioFrame)
        time = time_of(frame, origin)
        if frame.is_corrupt:
            raise broken_at(path, "the data is damaged", time)
        yield frame, time


def time_of(item: av.Packet[Any] | Decoded, origin: Fraction) -> Fraction | None:
    """When a packet or frame is presented, in seconds from `origin`; None where the container does not say."""
    stamp = item.pts if item.pts is not None else item.dts
    return None if stamp is None or not item.time_base else stamp * item.time_base - origin


def broken_at(path: Path, what: str, time: Fraction | None) -> MediaError:
    """The error for data that breaks at a time of the clip."""
    return unreadable(path, f"{what}, at {float(max(time or 0, 0)):.2f} s")
