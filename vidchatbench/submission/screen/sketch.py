"""Sketches: what a clip shows and sounds like in the mean, by which most pairs of clips are told apart at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vidchatbench.submission.screen.heard import AUDIBLE_DB, loudness
from vidchatbench.testset.fingerprint import MIRROR, Fingerprint
from vidchatbench.types import Floats

LOOK = 0.16
"""Share of the look's bits, each by its majority over the clip, in which near clips may differ."""
SPECTRUM_DB = 2.0
"""Root mean square by which the mean spectra of near clips may differ, whatever the level."""
_SIGNS = 1.0 - 2 * np.unpackbits(MIRROR)


Numbers = list[NDArray[np.int64]]


def near(ours: Sequence[Fingerprint], others: Sequence[Fingerprint]) -> tuple[Numbers, Numbers]:
    """For each of ours the numbers of the others that it may be a copy of: by picture (or its mirror), and by sound."""
    looks, sounds = (
        [[read(print) for print in prints] for prints in (ours, others)] for read in (_majority, _spectrum)
    )
    a, b = (np.array(part).reshape(-1, 64) for part in looks)
    alike = np.maximum(a @ b.T, a @ (b * _SIGNS).T) >= 63 * (1 - 2 * LOOK)
    p, q = (np.array(part).reshape(-1, 8) for part in sounds)
    apart = (np.square(p).sum(1)[:, None] + np.square(q).sum(1)[None] - 2 * p @ q.T) / 8
    return [np.flatnonzero(row) for row in alike], [np.flatnonzero(row) for row in apart <= SPECTRUM_DB**2]


def _majority(print: Fingerprint) -> Floats:
    """+-1 for each bit of the look, 0 for the unused one, and where there is no picture or only one."""
    if len(print.looks) < 2:
        return np.zeros(64)
    bits = np.unpackbits(print.looks, axis=1).mean(0)
    found = np.where(bits >= 0.5, 1.0, -1.0)
    found[0] = 0.0
    return found


def _spectrum(print: Fingerprint) -> Floats:
    """Mean level of each band against the others, of what is audible; far from everything where nothing is."""
    heard = print.sounds[loudness(print) >= AUDIBLE_DB].astype(np.float64)
    if not len(heard):
        return np.full(8, np.nan)
    return np.asarray((heard - heard.mean(1, keepdims=True)).mean(0))
