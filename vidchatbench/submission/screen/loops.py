"""Pictures and sounds that repeat themselves within one answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from vidchatbench.submission.context import Context
from vidchatbench.submission.finding import Finding, NotChecked
from vidchatbench.submission.opened import Opened
from vidchatbench.submission.schema import FINGERPRINTS
from vidchatbench.submission.screen.answer import answers
from vidchatbench.submission.screen.flag import by_share, flag
from vidchatbench.submission.screen.frozen import frozen
from vidchatbench.submission.screen.heard import levels, moving, spectra, toggles
from vidchatbench.submission.screen.tracks import Reals, Tracks, correlations, shifts
from vidchatbench.testset.fingerprint import Fingerprint

PICTURE: Final = 0.55
"""Correlation of a picture with itself, later on, in movement and in look, from which on it repeats. Of 16 loops 15
reach it (0.4 to 0.88: their seams spoil the rest); people reach 0.43 at most."""
BACKWARDS: Final = 0.8
"""The same of a picture and itself backwards: people reach 0.7, what was played there and back 0.63 to 0.94."""
SOUND: Final = 0.8
"""The same of a sound, later on: loops reach 0.86 and more, speech 0.37 at most."""
_SOONEST: Final = 10  # ticks: closer than 0.4 s everything resembles itself


def looped(print: Fingerprint) -> tuple[bool, bool]:
    """Whether the picture repeats, forwards or there and back, and whether the sound does."""
    if frozen(print):
        return False, repeats(print, levels, spectra) >= SOUND
    picture = repeats(print, moving, toggles) >= PICTURE or returns(print) >= BACKWARDS
    return picture, repeats(print, levels, spectra) >= SOUND


def loops(opened: Opened, context: Context) -> list[Finding | NotChecked]:
    """Answers that repeat themselves: worth a look, never an error, for some people do rock to and fro."""
    own = answers(opened)
    found: list[Finding | NotChecked] = []
    told = [looped(one.print) for one in own]
    for part, what in enumerate(("picture", "sound")):
        hits = [one.key for one, which in zip(own, told, strict=True) if which[part]]
        if hits:
            detail = f"the {what} of {len(hits)} of {len(own)} answers repeats itself"
            remedy = "look at one of them: a short clip played again and again is no answer"
            severity = by_share(len(hits), len(own))
            severity = "warning" if severity == "error" else severity
            found.append(flag("looped", FINGERPRINTS, hits, detail, remedy, severity))
    return found


def repeats(print: Fingerprint, *reads: Callable[[Fingerprint], Reals]) -> float:
    """How well it follows itself later on."""
    both = []
    for read in reads:
        track = _one(read(print))
        both.append(np.where(shifts(track, track) >= _SOONEST, correlations(track, track)[0, 0], -1.0))
    return float(np.minimum(*both).max(initial=-1.0))


def returns(print: Fingerprint) -> float:
    """How well it follows itself played backwards."""
    both = [correlations(_one(read(print)), _one(read(print)[::-1]))[0, 0] for read in (moving, toggles)]
    return float(np.minimum(*both).max(initial=-1.0))


def _one(sequence: Reals) -> Tracks:
    return Tracks.of([sequence], max(1, len(sequence)))
