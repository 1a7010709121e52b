"""Feature: how high a clip's sound reaches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from vidchatbench.feature import ClipFeature, Inputs
from vidchatbench.types import Array, NamedArrays
from vidchatbench_metrics.audio.windows import windows

WINDOW_S = 0.032
BAND_HZ = 250
RANGE_DB = 60.0
PERCENTILE = 95
_ACTIVE = 1e-4
"""Windows more than 40 dB below the loudest say nothing of the sound's band."""


class Spectrum(ClipFeature):
    """The upper end of the highest band of 250 Hz that comes within 60 dB of the loudest band.

    Of windows of 32 ms within 40 dB of the loudest one, as stored, channels averaged. A band's level is its 95th
    percentile over these: what is heard in less than a twentieth of them (a click) does not count, a hiss that
    sometimes sounds (an s) does.

    Result: khz, a scalar; 0 for digital silence and for less than one window. Raises MediaError (no_audio) where there
    is no sound track.
    """

    id = "audio.spectrum"
    version = 1

    def params(self) -> Mapping[str, str | int | float | bool]:
        """Window, bands and range."""
        return {"window_s": WINDOW_S, "band_hz": BAND_HZ, "range_db": RANGE_DB, "percentile": PERCENTILE}

    def compute(self, inputs: Inputs) -> NamedArrays:
        """Measure the clip's sound, block by block."""
        return {"khz": np.array(upper_end(inputs.clips["clip"].audio_blocks()) / 1000)}


def upper_end(blocks: Iterable[tuple[Array, int]]) -> float:
    """The same in Hz, for sound in blocks (samples x channels, rate)."""
    parts = [_bands(parts.mean(axis=2, dtype=np.float64), rate) for parts, rate in windows(blocks, WINDOW_S)]
    power = np.concatenate([np.zeros((0, 1)) if not parts else parts[0], *parts[1:]])
    total = power.sum(axis=1)
    if not total.sum():
        return 0.0
    level = np.percentile(power[total >= _ACTIVE * total.max()], PERCENTILE, axis=0)
    return float(BAND_HZ * (np.flatnonzero(level >= level.max() * 10 ** (-RANGE_DB / 10))[-1] + 1))


def _bands(sound: Array, rate: int) -> Array:
    """Power of each window (k, n) in whole bands of 250 Hz from 0 up."""
    size = sound.shape[1]
    power = np.abs(np.fft.rfft(sound * np.hanning(size), axis=1)) ** 2
    band = (np.fft.rfftfreq(size, 1 / rate) // BAND_HZ).astype(int)
    whole = band < rate // 2 // BAND_HZ
    starts = np.flatnonzero(np.diff(band[whole], prepend=-1))
    return np.asarray(np.add.reduceat(power[:, whole], starts, axis=1))
