"""Fingerprints of media: what a clip shows and sounds like, 25 times a second, whatever codec and size it has."""

from __future__ import annotations

import base64
from binascii import Error
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vidchatbench.media import Clip, Presentation
from vidchatbench.types import Floats

FPS = 25
"""Ticks a second, of pictures and of sound: a cut is told to one of them."""
_SIDE, _WAVES = 32, 8
_RATE, _HOP, _WINDOW = 16000, 16000 // FPS, 2 * 16000 // FPS
_EDGES_HZ = (100, 250, 450, 700, 1000, 1450, 2100, 3200, 6000)
BANDS = len(_EDGES_HZ) - 1
_FORM = "1:"

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """What a file shows and sounds like; a track that it lacks has no ticks."""

    looks: Bytes
    """(ticks, 8): signs of the 63 lowest DCT waves of the 32 x 32 luma; the first bit is not used."""
    moves: Bytes
    """(ticks,): how much the picture differs from the tick before, on a logarithmic scale; 0 at the first."""
    sounds: Bytes
    """(ticks, 8): level of 8 bands from 100 Hz to 6 kHz, in dB above -100 dB below full scale."""
    picture_s: float = 0.0
    sound_s: float = 0.0
    """How long the tracks last, in whole milliseconds."""

    @staticmethod
    def of(clip: Clip) -> Fingerprint:
        """Decode a clip and take its fingerprint.

        Raises:
            MediaError: Where it cannot be read.
        """
        info = clip.info
        looks, moves = _picture(clip) if info.video else (np.zeros((0, 8), np.uint8), np.zeros(0, np.uint8))
        sounds = _sound(clip) if info.audio else np.zeros((0, BANDS), np.uint8)
        lengths = [round(track.duration_s, 3) if track else 0.0 for track in (info.video, info.audio)]
        return Fingerprint(looks, moves, sounds, *lengths)

    def __str__(self) -> str:
        """As it stands in a lock: base64 of the ticks of the picture, both lengths in ms (4 bytes each), the arrays."""
        head = [len(self.looks), round(self.picture_s * 1000), round(self.sound_s * 1000)]
        parts = (np.array(head, "<u4"), self.looks, self.moves, self.sounds)
        return _FORM + base64.b64encode(b"".join(part.tobytes() for part in parts)).decode()

    @staticmethod
    def parse(text: str) -> Fingerprint:
        """Back from text.

        Raises:
            ValueError: Where it is none.
        """
        try:
            content = np.frombuffer(base64.b64decode(text.removeprefix(_FORM), validate=True), np.uint8)
        except Error as error:
            raise ValueError(f"the fingerprint is damaged: {error}") from error
        pictures, *lengths = (int.from_bytes(content[k : k + 4].tobytes(), "little") for k in (0, 4, 8))
        heard = len(content) - 12 - 9 * pictures
        if not text.startswith(_FORM) or heard < 0 or heard % BANDS:
            raise ValueError("the fingerprint is damaged, or of another version")
        looks, moves, sounds = np.split(content[12:], [8 * pictures, 9 * pictures])
        return Fingerprint(looks.reshape(-1, 8), moves, sounds.reshape(-1, BANDS), *(ms / 1000 for ms in lengths))


def _picture(clip: Clip) -> tuple[Bytes, Bytes]:
    wanted = Presentation(width=_SIDE, height=_SIDE, fps=Fraction(FPS), dtype="float32")
    before: Floats | None = None
    looks: list[Bytes] = []
    moves: list[float] = []
    for _, frame in clip.frames([wanted]):
        if frame.repeat and before is not None:
            looks.append(looks[-1])
            moves.append(0.0)
            continue
        luma = np.asarray(frame.image, np.float64) @ (0.299, 0.587, 0.114)
        waves = _cosines() @ luma @ _cosines().T
        looks.append(np.packbits((waves > 0).ravel()) & _USED)
        moves.append(0.0 if before is None else float(np.abs(luma - before).mean()))
        before = luma
    return np.array(looks, np.uint8), np.clip(np.round(24 * np.log2(1 + 64 * np.array(moves))), 0, 255).astype(np.uint8)


@cache
def _cosines() -> Floats:
    place, wave = np.arange(_SIDE) + 0.5, np.arange(_WAVES)[:, None]
    return np.asarray(np.cos(np.pi * wave * place / _SIDE))


_USED = np.array([127, *[255] * 7], np.uint8)
MIRROR = np.packbits(np.tile([0, 1], 32).astype(np.uint8))
"""The bits that a mirrored picture has reversed: those of the waves that are odd from left to right."""


def _sound(clip: Clip) -> Bytes:
    samples = clip.audio(_RATE)
    ticks = -(-len(samples) // _HOP)
    padded = np.zeros((ticks - 1) * _HOP + _WINDOW, np.float32)
    margin = (_WINDOW - _HOP) // 2
    room = padded[margin:]
    room[: min(len(samples), len(room))] = samples[: len(room)]
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]
    window = np.hanning(_WINDOW)
    power = np.abs(np.fft.rfft(frames * window)) ** 2 / (window**2).sum() / _WINDOW * 2
    hertz = np.fft.rfftfreq(_WINDOW, 1 / _RATE)
    bands = [power[:, (low <= hertz) & (hertz < high)].sum(1) for low, high in pairwise(_EDGES_HZ)]
    level = 10 * np.log10(np.maximum(np.stack(bands, 1), 1e-12)) + 100
    return np.asarray(np.clip(np.round(level), 0, 255), np.uint8)
