"""How a file is opened: one door, which trusts no file.

libav is handed an open file and no path, so it can reach neither the network nor another file: playlists, `concat`
scripts and numbered-picture patterns are refused, and no character in a file's name has a meaning.
"""

from __future__ import annotations

import io
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from vidchatbench.errors import MediaError
from vidchatbench.media.whole import missing_bytes

MAX_SIDE = 8192
"""Largest width and height of a picture that is decoded, in pixels."""

_STILLS = ("png_pipe", "jpeg_pipe", "webp_pipe", "bmp_pipe", "tiff_pipe")
_FORMATS = (
    *("mov", "matroska", "mpegts", "mpeg", "avi", "flv", "asf", "nut", "mxf", "gif", "apng", "ogg"),
    *("wav", "w64", "aiff", "flac", "mp3", "aac", "caf", "au", *_STILLS),
)
_OPTIONS = {
    "format_whitelist": ",".join(_FORMATS),
    "protocol_whitelist": "none",
    "max_pixels": str(MAX_SIDE * MAX_SIDE),
    "threads": "1",
}
_METADATA: dict[str, Any] = {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}
"""Titles may hold any bytes: PyAV 18 refuses the file for them unless told not to, 19 takes them and no option."""
_RE_ENCODE = "play it in a video player; if it does not play, make or fetch the file again, else re-encode it to mp4"


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """The file's container, closed on leaving.

    Raises:
        MediaError: `missing`, or `unreadable`: a folder, empty, no permission, no media, no index.
    """
    with source(path) as file:
        if missing := missing_bytes(file):
            raise unreadable(path, f"it is cut short: the last {missing} bytes are missing")
        try:
            container = av.open(file, mode="r", options=_OPTIONS, buffer_size=1 << 16, **_METADATA)
        except (av.FFmpegError, OSError, EOFError) as error:
            cause = "it is not a video, sound or picture file, or its index is missing"
            raise unreadable(path, f"{cause} ({getattr(error, 'strerror', None) or error})") from None
        with container:
            yield container


def source(path: Path) -> io.FileIO:
    """The file opened for reading, without a name.

    Raises:
        MediaError: `missing`, or `unreadable` for a folder, an empty file, no permission.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        raise MediaError("missing", "there is no such file", where=path, remedy="check the path") from None
    except (OSError, ValueError) as error:
        raise unreadable(path, getattr(error, "strerror", None) or str(error)) from None
    if stat.S_ISDIR(status.st_mode):
        raise MediaError("unreadable", "this is a folder, not a media file", where=path, remedy="name the file in it")
    if not stat.S_ISREG(status.st_mode):
        raise MediaError("unreadable", "this is not a regular file", where=path, remedy="copy it to a regular file")
    if status.st_size == 0:
        raise MediaError("unreadable", "the file is empty (0 bytes)", where=path, remedy="make or fetch the file again")
    try:
        file = io.FileIO(path)
    except PermissionError:
        raise MediaError(
            "unreadable", "no permission to read the file", where=path, remedy=f"chmod +r '{path}'"
        ) from None
    except OSError as error:
        raise unreadable(path, error.strerror or str(error)) from None
    file.name = "clip"  # what libav sees of the path: nothing
    return file


def unreadable(path: Path, cause: str) -> MediaError:
    """The error for a file that cannot be decoded."""
    return MediaError("unreadable", cause, where=path, remedy=_RE_ENCODE)


def is_still(container: InputContainer) -> bool:
    """Whether the file is one picture (png, jpg, webp ...), which has no duration."""
    return container.format.name in _STILLS


def video_stream(container: InputContainer) -> VideoStream | None:
    """The first video track; a cover picture is none."""
    tracks = container.streams.video
    return next((t for t in tracks if not Disposition(t.disposition) & Disposition.attached_pic), None)


def audio_stream(container: InputContainer) -> AudioStream | None:
    """The first sound track."""
    return next(iter(container.streams.audio), None)


def start_of(container: InputContainer) -> Fraction:
    """Where t = 0 of the clip is on the container's own clock, in seconds.

    The earliest start among sound and picture, so that an offset common to all tracks (mpegts, cut streams) goes away;
    never before the container's own zero, since players show nothing from before it.
    """
    starts = [
        track.start_time * track.time_base
        for track in (video_stream(container), audio_stream(container))
        if track and track.start_time is not None and track.time_base
    ]
    return max(Fraction(0), min(starts, default=Fraction(0)))
