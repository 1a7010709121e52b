"""Whether two fingerprints are of one content, and how the one was cut from the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vidchatbench.testset.fingerprint import FPS, MIRROR, Bytes, Fingerprint
from vidchatbench.types import Array, Floats

LOOK = 0.15
"""Pictures with fewer differing bits are the same: copies have at most 0.03, other people's clips at least 0.36."""
SOUND = 0.8
"""Sounds that correlate by more are the same: copies do by at least 0.98, others by at most 0.63."""
LOUDER_DB = 4.0
"""A level that differs by more is another sound; a mono track as two channels is 3 dB off."""
_FLOOR, _STEADY = 30, 2.0  # dB above -100 dB: quieter is silence; a variance in dB^2 below which nothing can be aligned
_LEAST = 0.5
_UNSURE = 0.01
_NEAR = 5
_PART, _TAIL_S = 0.75, 0.2  # of a frame: other frame rates end elsewhere; of sound: codecs pad it


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """A file held against what the lock says of it, at the shift where both fit best. Frames are 1/25 s."""

    look: float | None
    """Share of the look's bits that differ: 0 the same, 0.5 unrelated; None where neither has a picture."""
    sound: float | None
    """Correlation of the levels over bands and time; None where neither has sound that changes."""
    mirrored: bool
    louder_db: float
    """Level of the file's sound above the locked one's."""
    starts: int
    """Frames by which the file starts later than the lock's; below 0 it has more at its start."""
    ends: int
    """Frames by which it ends later; below 0 something is missing at its end."""
    sure: bool
    """Whether only one shift fits; not so of pictures that stand still, in silence."""
    tracks: bool
    """Whether it has picture and sound where the lock's has."""
    sound_late: int
    """Frames by which its sound runs later against its picture than the lock's."""
    sound_ends: int
    """Frames by which its sound outlasts its picture more than the lock's; below 0.2 s that is the codec, and 0."""

    @property
    def same(self) -> bool:
        """Whether both are one content, in whatever code, size or cut, mirrored or not."""
        return self.tracks and self.looks_same and self.sounds_same and abs(self.louder_db) <= LOUDER_DB

    @property
    def looks_same(self) -> bool:
        """Whether the pictures are one content."""
        return self.look is None or self.look <= LOOK

    @property
    def sounds_same(self) -> bool:
        """Whether the sounds are one content, at whatever level."""
        return self.sound is None or self.sound >= SOUND

    @property
    def cut(self) -> bool:
        """Whether it starts or ends elsewhere, or its tracks are shifted."""
        return bool(self.starts or self.ends or self.sound_late or self.sound_ends)


def likeness(locked: Fingerprint, file: Fingerprint, reach: int | None = None) -> Likeness:
    """Hold a file against the lock, at shifts of up to `reach` frames, by default up to half of the shorter."""
    there = max(len(locked.looks), len(locked.sounds)), max(len(file.looks), len(file.sounds))
    most = int(_LEAST * min(there))
    shifts = np.arange(-most, most + 1) if reach is None else np.arange(-min(reach, most), min(reach, most) + 1)
    straight, flipped = (
        np.array([_look(locked.looks, looks, int(s)) for s in shifts]) for looks in (file.looks, file.looks ^ MIRROR)
    )
    mirrored = bool(np.nanmin(flipped, initial=1) < np.nanmin(straight, initial=1))
    looks = flipped if mirrored else straight
    moves = np.array([_follow(_sharp(locked.moves), _sharp(file.moves), int(s), skip=1) for s in shifts])
    pictures = np.nan_to_num(moves) - 4 * np.nan_to_num(looks, nan=0.5)
    steady = _steady(locked) and _steady(file)  # then it tells nothing of time, and its level tells what it is
    sounds = np.array([np.nan if steady else _follow(_heard(locked), _heard(file), int(s)) for s in shifts])
    fit = pictures + np.nan_to_num(sounds)
    close = np.flatnonzero(fit >= fit.max() - _UNSURE)
    best = heard = int(close[np.argmin(np.abs(shifts[close]))])
    seen = bool(len(locked.looks) and len(file.looks))
    longer_s = file.picture_s - locked.picture_s if seen else file.sound_s - locked.sound_s
    outlasts_s = file.sound_s - locked.sound_s - longer_s if len(locked.sounds) and len(file.sounds) else 0.0
    if seen and not steady:
        near = slice(max(0, best - _NEAR), best + _NEAR + 1)  # what moves in a rhythm fits at many shifts
        apart = _apart(moves[near], pictures[near], sounds[near])
        best, heard = (near.start + apart[0], near.start + apart[1]) if apart else (best, heard)
    starts = int(shifts[best])
    ends = starts + longer_s * FPS
    return Likeness(
        look=float(looks[best]) if seen else None,
        sound=None if steady else float(np.nan_to_num(sounds[heard], nan=-1.0)),
        mirrored=mirrored and seen,
        louder_db=_louder(locked, file, int(shifts[heard])),
        starts=starts,
        ends=round(ends) if abs(ends) > _PART else 0,
        sure=len(close) == 1,
        tracks=bool(len(locked.looks)) == bool(len(file.looks)) and bool(len(locked.sounds)) == bool(len(file.sounds)),
        sound_late=int(shifts[best] - shifts[heard]),
        sound_ends=round(outlasts_s * FPS) if abs(outlasts_s) > _TAIL_S else 0,
    )


def _overlap(a: Array, b: Array, shift: int, skip: int = 0) -> tuple[Array, Array]:
    """What both have where `b` starts `shift` ticks later than `a`, without the first `skip` ticks of either."""
    low, high = max(skip, shift + skip), min(len(a), len(b) + shift)
    return a[low : max(low, high)], b[low - shift : max(low, high) - shift]


def _look(a: Bytes, b: Bytes, shift: int) -> float:
    x, y = _overlap(a, b, shift)
    return float(np.unpackbits(np.bitwise_xor(x, y)).sum()) / (63 * len(x)) if len(x) else np.nan


def _follow(a: Floats, b: Floats, shift: int, skip: int = 0) -> float:
    """Correlation over the overlap, each band by its own mean; NaN where one side does not change."""
    x, y = _overlap(a, b, shift, skip)
    if len(x) < 3:
        return np.nan
    x, y = x - x.mean(0), y - y.mean(0)
    power = float((x * x).sum() * (y * y).sum())
    return float((x * y).sum()) / power**0.5 if power > 1e-9 else np.nan


def _sharp(moves: Bytes) -> Floats:
    """How much more or less moves than around: slow changes say nothing of single frames."""
    values = moves.astype(float)
    return values - np.convolve(values, np.ones(7) / 7, "same")[: len(values)] if len(values) >= 7 else values


def _heard(print: Fingerprint) -> Floats:
    return np.maximum(print.sounds.astype(np.float64), np.float64(_FLOOR))


def _steady(print: Fingerprint) -> bool:
    levels = _heard(print)
    return len(levels) < 3 or float((levels - levels.mean(0)).var()) < _STEADY


def _louder(locked: Fingerprint, file: Fingerprint, shift: int) -> float:
    x, y = _overlap(_heard(locked), _heard(file), shift)
    return float((y - x).mean()) if len(x) else 0.0


def _apart(moves: Floats, pictures: Floats, sounds: Floats) -> tuple[int, int] | None:
    """Where the picture fits and where the sound does, if both are sure and these are two places."""
    moves, sounds = np.nan_to_num(moves), np.nan_to_num(sounds)
    seen, heard = int(np.argmax(pictures)), int(np.argmax(sounds))
    sure = moves[seen] >= 0.5 and pictures[seen] - pictures[heard] >= 0.12
    sure = sure and sounds[heard] >= SOUND and sounds[heard] - sounds[seen] >= 0.05
    return (seen, heard) if sure and seen != heard else None
