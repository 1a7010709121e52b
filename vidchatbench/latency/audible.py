"""When something can be heard: a level rule, since the core runs no network and silence has no onset."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

AUDIBLE_DBFS = -45.0
"""RMS of 10 ms from which on sound is audible."""
WINDOW_S = 0.01
CLOSE_S = 0.2
"""Silences below this are part of one stretch, as in `speech.silero`."""
LEAST_S = 0.05
"""A stretch with less loud time than this is a click, not speech."""


def audible(sound: NDArray[np.float32], rate: int, begins_s: float = 0.0) -> tuple[tuple[float, float], ...]:
    """Stretches in which something can be heard, start and end in seconds.

    Windows of 10 ms at -45 dBFS or more are loud; silences below 0.2 s are closed; stretches with less than 50 ms of
    loud windows are dropped. Edges are the first and last sample of that amplitude in the outer windows. Music and
    noise count as speech does: the rule hears no words.

    Args:
        sound: (samples,) or (samples, channels), full scale at 1.
        rate: Hz.
        begins_s: When the first sample is, on the timeline of the result.
    """
    loudest = np.abs(sound.reshape(len(sound), -1)).max(axis=1)
    size = max(1, round(WINDOW_S * rate))
    least = 10 ** (AUDIBLE_DBFS / 20)
    power = np.square(sound.reshape(len(sound), -1), dtype=np.float64).mean(axis=1)
    padded = np.zeros(-(-len(power) // size) * size)
    padded[: len(power)] = power
    # The last window may be cut short: its mean is over what is there.
    counts = np.minimum(size, len(power) - size * np.arange(len(padded) // size))
    loud = np.flatnonzero(np.sqrt(padded.reshape(-1, size).sum(axis=1) / counts) >= least)
    if not len(loud):
        return ()
    apart = np.flatnonzero(np.diff(loud) * size / rate > CLOSE_S + WINDOW_S / 2)
    found = []
    for group in np.split(loud, apart + 1):
        if len(group) * WINDOW_S < LEAST_S - 1e-9:
            continue
        first = int(group[0]) * size + int(np.argmax(loudest[group[0] * size : (group[0] + 1) * size] >= least))
        tail = loudest[group[-1] * size : (group[-1] + 1) * size] >= least
        last = int(group[-1]) * size + int(np.flatnonzero(tail)[-1])
        found.append((begins_s + first / rate, begins_s + (last + 1) / rate))
    return tuple(found)
