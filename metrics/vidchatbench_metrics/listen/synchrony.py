"""Synchrony of two people against pairs of people who never met: pure functions."""

from __future__ import annotations

import numpy as np

from vidchatbench.types import Floats

RATE = 12.5
WINDOW, HOP, LAG = 50, 25, 25
"""4 s, 2 s and 2 s, in steps of 0.08 s."""
PSEUDO_DYADS = 50
"""The fewest surrogates that a z-score rests on."""


def synchrony(listener: Floats, speaker: Floats) -> float:
    """How closely the listener's courses follow or lead the speaker's, 0 and more.

    In each window of 4 s of each course, the greatest absolute Pearson correlation with the speaker's course at any lag
    within 2 s, as Fisher's z; mean over windows and courses. Windowed lagged cross-correlation after Boker et al.,
    Psychological Methods 2002. The speaker's course is repeated to the listener's length and shifted in a circle, so
    that every window has every lag and all pairs of one listener are alike but for the speaker.

    Args:
        listener: (n, c), 12.5 steps a second, at least 50.
        speaker: (m, c) the same courses of the other person.

    Raises:
        ValueError: Where there is less than one window.
    """
    n = len(listener)
    if n < WINDOW or not len(speaker):
        raise ValueError(f"{n} and {len(speaker)} steps: synchrony needs a window of {WINDOW} of the listener's")
    starts = np.arange(0, n - WINDOW + 1, HOP)
    steps = np.arange(WINDOW)
    lagged = (starts[:, None] + np.arange(-LAG, LAG + 1)) % n
    peaks = []
    for mine, theirs in zip(listener.T, np.resize(speaker, (n, speaker.shape[1])).T, strict=True):
        ours = _standard(mine[starts[:, None] + steps])
        others = _standard(theirs[(np.arange(n)[:, None] + steps) % n])
        by_start = np.abs(ours @ others.T)
        peaks.append(np.take_along_axis(by_start, lagged, axis=1).max(axis=1))
    return float(np.arctanh(np.minimum(np.array(peaks), 0.999)).mean())


def z_score(value: float, *pseudo: Floats) -> float:
    """How many standard deviations a pair's synchrony is above that of pseudo-dyads, Bernieri et al. 1988.

    Each of `pseudo` (m,) is one kind of pseudo-dyads: the listener with other speakers, the speaker with other
    listeners. Somebody who correlates with everybody stands out in one kind only, so the score is the one nearest to 0,
    and 0 where they differ in sign. The deviation is that of a new draw, sqrt(1 + 1/m) times the sample's.

    Raises:
        ValueError: For fewer than 50 pseudo-dyads of a kind, or where all are equal and the value is not.
    """
    scores = [_score(value, one) for one in pseudo]
    return max(min(scores), 0.0) + min(max(scores), 0.0)


def _score(value: float, pseudo: Floats) -> float:
    m = len(pseudo)
    if m < PSEUDO_DYADS:
        raise ValueError(f"{m} pseudo-dyads: a z-score needs at least {PSEUDO_DYADS}")
    spread = float(np.std(pseudo, ddof=1)) * np.sqrt(1 + 1 / m)
    above = value - float(np.mean(pseudo))
    if spread < 1e-12:
        if abs(above) < 1e-12:
            return 0.0
        raise ValueError("all pseudo-dyads are equal, and the pair is not: there is no deviation to count in")
    return float(above / spread)


def _standard(series: Floats) -> Floats:
    """Each line less its mean, of length 1; 0 where it is constant."""
    centred = series - series.mean(axis=1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.asarray(np.divide(centred, length, out=np.zeros_like(centred), where=length > 1e-9))
