"""Feature: how much of one clip's sound is a copy of another's."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vidchatbench.feature import ClipFeature, Inputs
from vidchatbench.types import Array, Floats, NamedArrays

RATE = 16000
BAND_HZ = (100.0, 7000.0)
SMOOTH_HZ = 200.0
_FAINTEST = 1e-6


class Echo(ClipFeature):
    """The highest normalised cross-correlation of two clips' sound, at any delay and of either sign.

    Both at 16 kHz mono, 100 Hz to 7 kHz, each spectrum flattened by its own power over 400 Hz (down to 60 dB below the
    highest), so that neither the voices' common spectrum nor a hum correlates. Other speech than the copied one,
    of the same person too, leaves chance: at most 0.08 / sqrt(seconds of the shorter clip) on real clips.

    Slots: copy, where the copy may be; original. Result, scalars:
        correlation: 0 to 1; 1 for a copy at any gain. 0 where either is digital silence.
        delay_s: When the original's start comes in the copy's time; 0 with correlation 0.
        shorter_s: Length of the shorter of both sounds.

    Raises MediaError (no_audio) where there is no sound track.

    Source: generalised cross-correlation (Knapp and Carter, IEEE Trans. ASSP 24, 1976), with smoothed spectra.
    """

    id = "audio.echo"
    version = 1
    slots = ("copy", "original")

    def params(self) -> Mapping[str, str | int | float | bool]:
        """The band, and over how much the spectrum is flattened."""
        return {"rate": RATE, "low_hz": BAND_HZ[0], "high_hz": BAND_HZ[1], "smooth_hz": SMOOTH_HZ}

    def compute(self, inputs: Inputs) -> NamedArrays:
        """Compare the two."""
        copy, original = (inputs.clips[slot].audio(RATE) for slot in self.slots)
        correlation, delay = cross_correlation(copy, original)
        return {
            "correlation": np.array(correlation),
            "delay_s": np.array(delay / RATE),
            "shorter_s": np.array(min(len(copy), len(original)) / RATE),
        }


def cross_correlation(copy: Array, original: Array) -> tuple[float, int]:
    """The highest one by size, and its delay in samples, for sound at 16 kHz."""
    from scipy.fft import irfft, next_fast_len

    size = int(next_fast_len(len(copy) + len(original), real=True))
    a, b = _flat(copy, size), _flat(original, size)
    scale = np.sqrt(np.square(np.abs(a)).sum() * np.square(np.abs(b)).sum()) * 2 / size
    if not scale:
        return 0.0, 0
    found = np.abs(irfft(a * b.conj(), size))
    at = int(found.argmax())
    return min(1.0, float(found[at] / scale)), at if at < len(copy) else at - size


def _flat(sound: Array, size: int) -> Array:
    """The spectrum over the root of its own smoothed power, nothing outside the band."""
    from scipy.fft import rfft, rfftfreq

    spectrum = rfft(sound.astype(np.float64), size)
    power = np.square(np.abs(spectrum))
    half = max(1, round(SMOOTH_HZ * size / RATE))
    sums: Floats = np.concatenate([[0.0], np.cumsum(np.pad(power, half, mode="edge"))])
    smooth = (sums[2 * half + 1 :] - sums[: -2 * half - 1]) / (2 * half + 1)
    frequency = rfftfreq(size, 1 / RATE)
    inside = (frequency >= BAND_HZ[0]) & (frequency <= BAND_HZ[1]) & (smooth > 0)
    floor = np.maximum(smooth, _FAINTEST * smooth.max())
    return np.asarray(np.divide(spectrum, np.sqrt(floor), out=np.zeros_like(spectrum), where=inside))
