"""A clip: one media file, or a video with its sound in a file of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from vidchatbench.media.audio import mono, sound_blocks
from vidchatbench.media.container import source
from vidchatbench.media.info import MediaInfo
from vidchatbench.media.presentation import Frame, Presentation
from vidchatbench.media.probe import probe
from vidchatbench.media.video import present
from vidchatbench.types import Array


class Clip:
    """One media file, or a video with its sound in a file of its own; a picture is a clip of one frame.

    t = 0 is the start of the container's presentation: edit lists and the decoder's priming samples are honoured, and
    an offset that all tracks share is removed. A sound file of its own starts with the picture. Nothing is held
    between calls: each call decodes from the file, on one thread, and gives the same bits every time.
    """

    def __init__(self, video: Path, audio: Path | None = None, *, digest: str | None = None) -> None:
        """`digest` where it is known without reading the files: from a lock that they were held to."""
        self.video = video
        self.audio_file = audio or video
        self._digest = digest

    @cached_property
    def here(self) -> bool:
        """Whether its files are on this machine."""
        return self.video.is_file() and self.audio_file.is_file()

    @cached_property
    def digest(self) -> str:
        """sha256 of the file's content; with a sound file of its own, sha256 over both hex digests, a line each.

        Raises:
            MediaError: `missing` or `unreadable`.
        """
        if self._digest is not None:
            return self._digest
        digests = [_sha256(path) for path in dict.fromkeys((self.video, self.audio_file))]
        return digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()

    @cached_property
    def info(self) -> MediaInfo:
        """Its tracks, from the packets' times without a full decode.

        Raises:
            MediaError: `missing` or `unreadable`.
        """
        return probe(self.video, self.audio_file)

    def frames(self, presentations: Sequence[Presentation]) -> Iterator[tuple[int, Frame]]:
        """All frames of all presentations in order of time, from one decode: (index of the presentation, frame).

        A presentation at a fixed rate ends with the last tick before the last frame's display ends; it always has
        tick 0. Frames at their own times are all given, those wholly before the clip's start excepted. Images are
        read-only; equal requests, and repeated ticks, share one array. A source frame that no tick shows costs its
        decoding only.

        Raises:
            MediaError: `missing`, `no_video`, or `unreadable`, also in the middle of the clip.
        """
        return present(self.video, presentations)

    def audio(self, rate: int = 16000) -> Array:
        """The whole sound as float32 mono at `rate` Hz, full scale at 1, sample 0 at the clip's start.

        The plain mean of the channels, resampled by libswresample (band edge at 0.97 of the lower Nyquist frequency,
        aliases below -95 dB); round(duration * rate) samples, where the duration is that of the sound.

        Raises:
            MediaError: `missing`, `no_audio` (no track, or an empty one), or `unreadable`.
        """
        return mono(self.audio_file, rate)

    def audio_blocks(self) -> Iterator[tuple[Array, int]]:
        """The sound as it is, from the clip's start: (samples x channels float32, rate), block by block, never whole.

        Raises:
            MediaError: As `audio`.
        """
        return sound_blocks(self.audio_file)


def _sha256(path: Path) -> str:
    with source(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
