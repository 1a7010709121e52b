"""Whether answers show or sound like other clips, many against many: what moves and what is heard, at every shift."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidchatbench.submission.screen.heard import levels, moving, spectra, toggles
from vidchatbench.submission.screen.sketch import near
from vidchatbench.submission.screen.tracks import Reals, Tracks, correlations, norms, products, shifts
from vidchatbench.testset.fingerprint import MIRROR, Bytes, Fingerprint
from vidchatbench.types import Floats

PICTURE = 0.7
"""Pictures whose movement and look change together more than this are one take."""
LOOK = 0.08
"""Share of the look's bits that may differ: copies have at most 0.03 in the mean."""
SOUND = 0.85
"""Sounds whose levels and spectra run together more than this are one recording."""
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
    if not ours or not others:
        return Alike(np.full((len(ours), len(others)), -1.0), np.full((len(ours), len(others)), -1.0))
    longest = [max(max(len(print.looks), len(print.sounds), 1) for print in prints) for prints in (ours, others)]

    def both(read: Callable[[Fingerprint], Reals]) -> tuple[Tracks, Tracks]:
        a, b = (
            Tracks.of([read(print) for print in prints], n) for prints, n in zip((ours, others), longest, strict=True)
        )
        return a, b

    heard = np.minimum(correlations(*both(levels)), correlations(*both(spectra)))
    moved, (a, b) = both(moving), both(toggles)
    norm = norms(a, b)
    even, odd = (products(a.channels(which), b.channels(which)) for which in (~_ODD, _ODD))
    picture, motion = np.full((len(ours), len(others)), -1.0), correlations(*moved)
    for mask, changed in ((np.zeros(8, np.uint8), even + odd), (MIRROR, even - odd)):
        fit = (motion + np.nan_to_num(changed / norm, nan=-1.0)) / 2
        peak = fit.max(-1)
        for i, j in np.argwhere(peak > np.maximum(picture, _PROMISING)):
            shift = int(shifts(*moved)[fit[i, j].argmax()])
            if _look(ours[i].looks, others[j].looks ^ mask, shift) <= LOOK:
                picture[i, j] = peak[i, j]
    return Alike(picture=picture, sound=heard.max(-1))


def alike_if_near(ours: Mapping[str, Fingerprint], others: Mapping[str, Fingerprint]) -> dict[tuple[str, str], Alike]:
    """The same for many clips of which few have anything in common: 1 x 1 by names, for those that come near at all."""
    names, found = list(others), {}
    for mine, hits in zip(ours, near(list(ours.values()), list(others.values())), strict=True):
        for k in range(0, len(hits), _AT_ONCE):
            part = [names[j] for j in hits[k : k + _AT_ONCE]]
            held = alike([ours[mine]], [others[name] for name in part])
            for n, name in enumerate(part):
                found[mine, name] = Alike(held.picture[:, n : n + 1], held.sound[:, n : n + 1])
    return found


_AT_ONCE = 64


def _look(a: Bytes, b: Bytes, shift: int) -> float:
    low, high = max(0, shift), min(len(a), len(b) + shift)
    if high <= low:
        return 1.0
    return float(np.unpackbits(a[low:high] ^ b[low - shift : high - shift]).sum()) / (63 * (high - low))
