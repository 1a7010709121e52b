"""The chunks of one streamed answer: checked as they come, and put together when all are there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidchatbench.adapters.chunk import AudioChunk, Mark, VideoChunk
from vidchatbench.adapters.response import InvalidResponse, Response, check_sound
from vidchatbench.adapters.session import Session
from vidchatbench.latency import Chunk, MarkedAt, StreamLog, audible

MOST_BYTES = 6e9
"""Of frames, which are held in memory until the answer is over: writing them would be time that the model pays."""
MOST_MARKS = 1000
_SNAP_S = 1e-3
"""Chunks of sound that are less apart are put next to each other, since pts in seconds are rounded."""


@dataclass(slots=True)
class _Kept:
    data: NDArray[np.uint8] | NDArray[np.float32]
    pts: float
    length_s: float
    at_s: float
    input_s: float
    busy_s: float


class Gathered:
    """What has come so far."""

    def __init__(self, max_s: float) -> None:
        self._max_s = max_s
        self._sound: list[_Kept] = []
        self._picture: list[_Kept] = []
        self._marks: list[MarkedAt] = []
        self._rate = self._fps = 0.0
        self._bytes = 0
        self._order: list[tuple[str, _Kept]] = []

    def add(self, chunk: object, session: Session) -> None:
        """Keep a copy: an adapter may use its buffers again.

        Raises:
            InvalidResponse: Where it is no chunk, goes back in time, changes its form, or the answer is too long.
        """
        at_s = session.now()
        if isinstance(chunk, Mark):
            if len(self._marks) >= MOST_MARKS:
                raise InvalidResponse(f"more than {MOST_MARKS} marks")
            self._marks.append(MarkedAt(name=chunk.name, at_s=at_s, input_s=session.input_s))
            return
        if isinstance(chunk, AudioChunk):
            kind, track, data = "audio", self._sound, np.array(chunk.pcm)
            if self._rate and chunk.sample_rate != self._rate:
                raise InvalidResponse(f"sample_rate={chunk.sample_rate}, and {self._rate:g} in the chunks before it")
            self._rate = float(chunk.sample_rate)
        elif isinstance(chunk, VideoChunk):
            kind, track, data = "video", self._picture, np.array(chunk.frames)
            if self._fps and chunk.fps != self._fps:
                raise InvalidResponse(f"fps={chunk.fps:g}, and {self._fps:g} in the chunks before it")
            self._fps = float(chunk.fps)
            self._bytes += data.nbytes
            if self._bytes > MOST_BYTES:
                raise InvalidResponse(f"its frames take more than {MOST_BYTES / 1e9:g} GB; make them smaller or fewer")
        else:
            raise InvalidResponse(
                f"the adapter yielded {type(chunk).__name__}, not a vcb.AudioChunk, vcb.VideoChunk or vcb.Mark"
            )
        pts = float(chunk.pts)
        kept = _Kept(data, pts, chunk.length_s, at_s, session.input_s, session.busy_s)
        if track:
            self._follows(kind, track[-1], kept)
        begin = min(pts, *(one[0].pts for one in (self._sound, self._picture) if one)) if self._order else pts
        if pts + chunk.length_s - begin > self._max_s:
            raise InvalidResponse(f"chunks go on after {self._max_s:g} s, which is the longest answer allowed")
        track.append(kept)
        self._order.append((kind, kept))

    def _follows(self, kind: str, before: _Kept, kept: _Kept) -> None:
        end = before.pts + before.length_s
        slack = _SNAP_S if kind == "audio" else 0.5 / self._fps
        if kept.pts < end - slack:
            raise InvalidResponse(
                f"{kind} at pts={kept.pts:.3f} overlaps the chunk before it, which ends at {end:.3f}: "
                "chunks of a track come in order"
            )
        if kept.data.shape[1:] != before.data.shape[1:]:
            raise InvalidResponse(f"{kind} changes its shape from {before.data.shape[1:]} to {kept.data.shape[1:]}")

    def response(self) -> Response:
        """The answer as an offline adapter would give it: gaps are silence and held frames.

        Raises:
            InvalidResponse: Where there is no picture.
        """
        if not self._picture:
            raise InvalidResponse("no VideoChunk came: an answer wants a picture")
        begin = min(one[0].pts for one in (self._sound, self._picture) if one)
        end = max(one[-1].pts + one[-1].length_s for one in (self._sound, self._picture) if one)
        sound = self._whole_sound(begin, end) if self._sound else None
        return Response(
            frames=self._frames(begin, end), fps=self._fps, audio=sound,
            sample_rate=int(self._rate) if sound is not None else None, start_s=round(begin, 6),
        )  # fmt: skip

    def log(self, session: Session) -> StreamLog:
        """When everything came. Hashing is done here, after the last chunk."""
        chunks = [
            Chunk(
                kind="audio" if kind == "audio" else "video", at_s=round(one.at_s, 6), input_s=round(one.input_s, 6),
                busy_s=round(one.busy_s, 6), pts=one.pts, length_s=one.length_s, n=len(one.data),
                digest=hashlib.blake2b(np.ascontiguousarray(one.data).data, digest_size=8).hexdigest(),
            )
            for kind, one in self._order
        ]  # fmt: skip
        heard: tuple[tuple[float, float], ...] = ()
        if self._sound:
            begin = self._sound[0].pts
            end = self._sound[-1].pts + self._sound[-1].length_s
            heard = audible(self._whole_sound(begin, end), int(self._rate), begin)
        return StreamLog(
            clock=session.clock, chunk_s=session.chunk_s, chunks=tuple(chunks), marks=tuple(self._marks),
            audible=heard, ended_s=round(session.now(), 6), busy_s=round(session.busy_s, 6),
            lags_ms=tuple(round(lag, 4) for lag in session.lags_ms),
        )  # fmt: skip

    def _whole_sound(self, begin: float, end: float) -> NDArray[np.float32]:
        first = check_sound(self._sound[0].data)
        whole = np.zeros((max(1, round((end - begin) * self._rate)), first.shape[1]), np.float32)
        place = 0
        for one in self._sound:
            wanted = round((one.pts - begin) * self._rate)
            place = wanted if abs(wanted - place) > _SNAP_S * self._rate else place
            piece = check_sound(one.data)[: len(whole) - place]
            whole[place : place + len(piece)] = piece
            place += len(piece)
        return whole

    def _frames(self, begin: float, end: float) -> Iterator[NDArray[np.uint8]]:
        first = self._picture[0].pts
        before = round((first - begin) * self._fps)
        count = max(1, round((end - begin) * self._fps))
        place, image = 0, self._picture[0].data[0]
        for one in self._picture:
            wanted = before + round((one.pts - first) * self._fps)
            for _ in range(wanted - place):  # a gap: the frame before it is held
                yield image
            place = max(place, wanted)
            for image in one.data:
                yield image
                place += 1
        for _ in range(count - place):
            yield image
