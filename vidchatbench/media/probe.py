"""What a file is, without a full decode: its packets are counted and one picture is looked at."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from vidchatbench.errors import MediaError
from vidchatbench.media.container import audio_stream, is_still, opened, start_of, video_stream
from vidchatbench.media.decode import Track, frames_of, packets, time_of
from vidchatbench.media.info import AudioInfo, MediaInfo, VideoInfo
from vidchatbench.media.orientation import Orientation

_STILL_RATE = Fraction(25)
"""The nominal rate of a picture."""


def probe(video: Path, audio: Path) -> MediaInfo:
    """The video track of one file and the sound track of another, or of the same.

    Raises:
        MediaError: `missing`; `unreadable`, also where a packet is cut short; `no_video` where the track is empty.
    """
    if video == audio:
        return _probe(video)
    return MediaInfo(video=_probe(video).video, audio=_probe(audio).audio)


class _Seen:
    """What the packets of one track told."""

    def __init__(self) -> None:
        self.count = 0
        self.start: Fraction | None = None
        self.end = Fraction(0)
        self.frame: av.VideoFrame | None = None

    def add(self, packet: av.Packet[Any], path: Path, origin: Fraction) -> None:
        if self.frame is None and isinstance(packet.stream, VideoStream):
            frame, _ = next(frames_of(packet, path, origin), (None, None))
            self.frame = frame if isinstance(frame, av.VideoFrame) else None
        if not packet.size or packet.is_discard:
            return
        self.count += 1
        length = (packet.duration or 0) * (packet.time_base or 0)
        if not length and isinstance(packet.stream, VideoStream):
            length = 1 / (packet.stream.average_rate or _STILL_RATE)
        time = time_of(packet, origin)
        time = self.end if time is None else time
        self.start = time if self.start is None else min(self.start, time)
        self.end = max(self.end, time + length)


def _probe(path: Path) -> MediaInfo:
    with opened(path) as container:
        origin = start_of(container)
        picture, sound = video_stream(container), audio_stream(container)
        tracks: tuple[Track, ...] = tuple(track for track in (picture, sound) if track)
        seen = {track.index: _Seen() for track in tracks}
        for packet in packets(container, tracks, path, origin) if tracks else ():
            seen[packet.stream_index].add(packet, path, origin)
        return MediaInfo(
            video=_video_info(picture, seen[picture.index], path, still=is_still(container)) if picture else None,
            audio=_audio_info(sound, seen[sound.index]) if sound else None,
        )


def _video_info(track: VideoStream, seen: _Seen, path: Path, *, still: bool) -> VideoInfo:
    frame = seen.frame
    if frame is None:
        raise MediaError("no_video", "the video track has no frames", where=path, remedy="make or fetch the file again")
    orientation = Orientation.of(frame)
    width = max(1, round(frame.width * (track.sample_aspect_ratio or 1)))
    size = (frame.height, width) if orientation.swaps else (width, frame.height)
    duration = Fraction(0) if still else seen.end
    span = duration - (seen.start or 0)
    rate = _STILL_RATE if still or span <= 0 else seen.count / span
    nominal = track.average_rate
    if nominal and abs(nominal * span - seen.count) < 1:
        rate = nominal  # the same, but for time stamps that the container has rounded
    return VideoInfo(
        width=size[0],
        height=size[1],
        fps=rate,
        duration_s=float(duration),
        codec=track.codec_context.name,
        rotation=orientation.degrees,
    )


def _audio_info(track: AudioStream, seen: _Seen) -> AudioInfo:
    return AudioInfo(
        rate=track.sample_rate, channels=track.channels, duration_s=float(seen.end), codec=track.codec_context.name
    )
