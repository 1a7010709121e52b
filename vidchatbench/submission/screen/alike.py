"""Whether answers show or sound like other clips, many against many: what moves and what is heard, at every shift."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidchatbench.submission.screen.heard import LONGEST, levels, moving, spectra, toggles
from vidchatbench.submission.screen.sketch import near
from vidchatbench.submission.screen.tracks import Reals, Tracks, correlations, norms, products, shifts
from vidchatbench.testset.fingerprint import MIRROR, Bytes, Fingerprint
from vidchatbench.types import Floats

PICTURE = 0.7
"""Pictures whose movement and look change together more than this are one take: 15 of 16 copies reach it (0.58 to
0.99), other takes of one person 0.56 at most."""
LOOK = 0.08
"""Share of the look's bits that may differ: copies have at most 0.03 in the mean."""
SOUND = 0.85
"""Sounds whose levels and spectra run together more than this are one recording: copies by at least 0.93, others
by 0.61 at most."""
_ODD = np.unpackbits(MIRROR).astype(bool)
_PROMISING = 0.5

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Alike:
    """How alike n answers and m other clips are: arrays (n, m), -1 where nothing can be told."""

    picture: Floats
    """Mean correlation of the movement and of the changes of the look, at the shift where it is greatest, straight or
    mirrored; -1 where the looks differ, and where nothing moves."""
    sound: Floats
    """Correlation of the levels and of the spectra, the lesser of both, at the shift where it is greatest."""

    @property
    def same_picture(self) -> Flags:
        """Which show one take."""
        return np.asarray(self.picture >= PICTURE)

    @property
    def same_sound(self) -> Flags:
        """Which are one recording."""
        return np.asarray(self.sound >= SOUND)


def alike(ours: Sequence[Fingerprint], others: Sequence[Fingerprint]) -> Alike:
    """Hold every one of ours against every other one."""
    return Alike(picture=_pictures(ours, others), sound=_sounds(ours, others))


def alike_if_near(
    ours: Mapping[str, Fingerprint], others: Mapping[str, Fingerprint], most: int | None = None
) -> dict[tuple[str, str], Alike]:
    """The same for many clips of which few have anything in common: 1 x 1 by names, for those that come near at all.

    Args:
        ours: By name.
        others: By name.
        most: Where more come near to one of ours, in look or in sound, so many of them are held against it.
    """
    names = list(others)
    looks, sounds = near(list(ours.values()), list(others.values()))
    found: dict[tuple[str, str], dict[str, float]] = {}
    for kind, hits, hold in (("picture", looks, _pictures), ("sound", sounds, _sounds)):
        for mine, row in zip(ours, hits, strict=True):
            spread = row if most is None or len(row) <= most else row[np.linspace(0, len(row) - 1, most).astype(int)]
            for k in range(0, len(spread), _AT_ONCE):
                part = [names[j] for j in spread[k : k + _AT_ONCE]]
                for name, value in zip(part, hold([ours[mine]], [others[name] for name in part])[0], strict=True):
                    found.setdefault((mine, name), {})[kind] = float(value)
    return {
        pair: Alike(*(np.array([[values.get(kind, -1.0)]]) for kind in ("picture", "sound")))
        for pair, values in found.items()
    }


_AT_ONCE = 64


def _pictures(ours: Sequence[Fingerprint], others: Sequence[Fingerprint]) -> Floats:
    found = np.full((len(ours), len(others)), -1.0)
    if not found.size:
        return found
    moved, (a, b) = _both(moving, ours, others), _both(toggles, ours, others)
    norm = norms(a, b)
    even, odd = (products(a.channels(which), b.channels(which)) for which in (~_ODD, _ODD))
    motion = correlations(*moved)
    for mask, changed in ((np.zeros(8, np.uint8), even + odd), (MIRROR, even - odd)):
        fit = (motion + np.nan_to_num(changed / norm, nan=-1.0)) / 2
        peak = fit.max(-1)
        for i, j in np.argwhere(peak > np.maximum(found, _PROMISING)):
            shift = int(shifts(a, b)[fit[i, j].argmax()])
            if _look(ours[i].looks, others[j].looks ^ mask, shift) <= LOOK:
                found[i, j] = peak[i, j]
    return found


def _sounds(ours: Sequence[Fingerprint], others: Sequence[Fingerprint]) -> Floats:
    if not ours or not others:
        return np.full((len(ours), len(others)), -1.0)
    heard = np.minimum(*(correlations(*_both(read, ours, others)) for read in (levels, spectra)))
    return np.asarray(heard.max(-1))


def _both(
    read: Callable[[Fingerprint], Reals], ours: Sequence[Fingerprint], others: Sequence[Fingerprint]
) -> tuple[Tracks, Tracks]:
    """Sequences of both sides, as long as the longest track of a side: shifts are then the same for all of them."""
    a, b = (Tracks.of([read(print) for print in prints], _longest(prints)) for prints in (ours, others))
    return a, b


def _longest(prints: Sequence[Fingerprint]) -> int:
    return min(LONGEST, max(max(len(print.looks), len(print.sounds), 1) for print in prints))


def _look(a: Bytes, b: Bytes, shift: int) -> float:
    low, high = max(0, shift), min(len(a), len(b) + shift)
    if high <= low:
        return 1.0
    return float(np.unpackbits(a[low:high] ^ b[low - shift : high - shift]).sum()) / (63 * (high - low))
