"""One-second windows of a listener's signals."""

from __future__ import annotations

import numpy as np

from vidchatbench.types import Array, Floats
from vidchatbench_metrics.listen.signals import NAMES, Signals
from vidchatbench_metrics.perception.face_view import FPS

# How much each signal varies within one person's clip (standard deviation, median of 14 real clips): a vector's entries
# are given in these, so that none weighs more than another only by its size.
TYPICAL = np.array([0.12, 0.045, 0.045, 0.075, 1.0, 1.0, 0.8])
_LEAST_SEEN = 20

DIMENSIONS = 2 * len(NAMES)


def departures(face: Signals) -> Floats:
    """The signals less the clip's own median over seen frames, in people's standard deviations: (n, 7), 0 unseen."""
    if not face.seen.any():
        return np.zeros_like(face.values)
    centred = (face.values - np.median(face.values[face.seen], axis=0)) / TYPICAL
    return np.where(face.seen[:, None], centred, 0.0)


def windows(face: Signals, start_s: float) -> dict[int, Floats]:
    """Mean and standard deviation of the departures in each whole second k of the turn's timeline: {k: (14,)}.

    `start_s` is when the clip begins on the timeline. Seconds with fewer than 20 of 25 frames seen are left out.
    """
    course, seconds = departures(face), _second(face.seen, start_s)
    found = {}
    for second in np.unique(seconds):
        here = face.seen & (seconds == second)
        if here.sum() >= _LEAST_SEEN:
            found[int(second)] = np.concatenate([course[here].mean(axis=0), course[here].std(axis=0)])
    return found


def _second(seen: Array, start_s: float) -> Array:
    # A frame that begins a rounding error before its second belongs to it.
    return np.floor(start_s + np.arange(len(seen)) / FPS + 1e-6).astype(int)
