"""Sound brought to one level, for networks that hear the level."""

from __future__ import annotations

import numpy as np

from vidchatbench.types import Array

LEVEL = "active-26dBFS"
"""What signatures say of it."""
_TARGET_DBFS = -26.0
_MOST_GAIN_DB = 40.0
_FRAME = 320


def at_active_level(samples: Array) -> Array:
    """16 kHz mono sound with its active frames at -26 dBFS on average, raised by at most 40 dB; float32.

    Active are the 20 ms frames within 30 dB of the 95th percentile, so that pauses do not count. Digital silence, and
    less than one frame, stay as they are.
    """
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    power = np.mean(np.square(frames, dtype=np.float64), axis=1)
    if not len(power) or power.max() == 0.0:
        return samples
    active = power[power >= np.percentile(power, 95) / 1000].mean()
    gain = min(10 ** (_TARGET_DBFS / 20) / np.sqrt(active), 10 ** (_MOST_GAIN_DB / 20))
    return np.asarray(samples * gain, np.float32)
