"""What fingerprints say of sound and movement, as levels and as sequences that can be held against each other."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from vidchatbench.submission.screen.tracks import FEWEST, Reals
from vidchatbench.testset.fingerprint import Fingerprint
from vidchatbench.types import Floats

AUDIBLE_DB = -55.0
"""Ticks below are no speech, in dB below full scale."""
HEARD_TICKS = 25
"""So many audible ticks (a second) must be there: two short sounds of one voice are alike by chance."""
_FLOOR, _FAST, _SLOW = 30.0, 5, 25
LONGEST = 1500
"""Ticks of a clip that are held against others (a minute)."""
_KEPT = 4096  # sequences: one clip is held against many


def loudness(print: Fingerprint) -> Floats:
    """Level of each tick's sound over all bands (100 Hz to 6 kHz), in dB below full scale."""
    return np.asarray(10 * np.log10((10 ** (print.sounds.astype(np.float64) / 10)).sum(1)) - 100)


def rms_db(print: Fingerprint) -> float:
    """Level of the whole sound; -100 where there is none."""
    power = (10 ** (print.sounds.astype(np.float64) / 10)).sum(1)
    return float(10 * np.log10(power.mean()) - 100) if len(power) else -100.0


def movement(print: Fingerprint) -> Floats:
    """How much each tick moves, from the second on; where a picture is held, what the next change is."""
    moves = print.moves[1:].astype(np.float64)
    changes = np.flatnonzero(moves)
    if not len(changes):
        return moves
    return np.asarray(moves[changes[np.minimum(np.searchsorted(changes, np.arange(len(moves))), len(changes) - 1)]])


def moving(print: Fingerprint) -> Reals:
    """Movement over 0.2 s, less that over a second: frame rates and noise in the picture hardly show there."""
    moved = movement(print)[: LONGEST - 1]
    if len(moved) < _SLOW or not moved.any():
        return np.zeros((0, 1), np.float32)
    return (_smooth(moved, _FAST) - _smooth(moved, _SLOW)).astype(np.float32)[:, None]


def toggles(print: Fingerprint) -> Reals:
    """How each bit of the look differs from its mean over the clip, (ticks, 64), from the second tick on."""
    if len(print.looks) <= FEWEST:
        return np.zeros((0, 64), np.float32)
    looks = np.unpackbits(print.looks[1:LONGEST], axis=1).astype(np.float32)
    return np.asarray(looks - looks.mean(0))


@lru_cache(maxsize=_KEPT)
def levels(print: Fingerprint) -> Reals:
    """Level of each band about its mean, (ticks, 8); empty where too little is heard."""
    if not _enough(print):
        return np.zeros((0, 8), np.float32)
    found = _audible(print)
    return np.asarray(found - found.mean(0))


@lru_cache(maxsize=_KEPT)
def spectra(print: Fingerprint) -> Reals:
    """The same of the bands against each other: whatever the level, and when somebody speaks."""
    if not _enough(print):
        return np.zeros((0, 8), np.float32)
    found = _audible(print)
    found = found - found.mean(1, keepdims=True)
    return np.asarray(found - found.mean(0))


def _enough(print: Fingerprint) -> bool:
    return bool((loudness(print) >= AUDIBLE_DB).sum() >= HEARD_TICKS)


def _audible(print: Fingerprint) -> Reals:
    return np.maximum(print.sounds[:LONGEST].astype(np.float32), np.float32(_FLOOR))


def _smooth(values: Floats, ticks: int) -> Floats:
    return np.convolve(np.pad(values, ticks // 2, "edge"), np.ones(ticks) / ticks, "valid")
