"""The mel spectrogram that DNSMOS P.808 was trained on."""

from __future__ import annotations

from functools import cache

import numpy as np

from vidchatbench.types import Array, Floats

RATE = 16000
_FFT, _HOP, _MELS = 321, 160, 120
_RANGE_DB = 80.0
_FLOOR = 1e-10


def mel(samples: Array) -> Array:
    """(frames, 120) float32 of mono 16 kHz sound: (dB below the loudest cell + 40) / 40, from -1 to 1.

    The defaults of `librosa.feature.melspectrogram` and `power_to_db(ref=max)` at n_fft 321 and hop 160: periodic Hann
    window, frames centred on zero-padded sound, power, Slaney's mel scale and area norm, 80 dB of range.
    """
    padded = np.pad(np.asarray(samples, np.float64), _FFT // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::_HOP]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_FFT) / _FFT)
    power = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2 @ _filters().T
    level = 10 * np.log10(np.maximum(power, _FLOOR) / max(power.max(), _FLOOR))
    return np.asarray((np.maximum(level, -_RANGE_DB) + 40) / 40, np.float32)


@cache
def _filters() -> Floats:
    """Triangles of unit area (120, 161), evenly spaced on Slaney's mel scale from 0 to 8 kHz."""
    edges = _hertz(np.linspace(0, _mel_of(RATE / 2), _MELS + 2))
    bins = np.arange(_FFT // 2 + 1) * (RATE / _FFT)
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    return np.maximum(0, np.minimum(rising, falling)) * (2 / (edges[2:] - edges[:-2]))[:, None]


def _mel_of(hertz: float) -> float:
    """Slaney's scale above 1 kHz, where it is logarithmic: 15 mels up to there, 27 for a factor of 6.4."""
    return 15 + 27 * float(np.log(hertz / 1000) / np.log(6.4))


def _hertz(mels: Floats) -> Floats:
    return np.where(mels < 15, mels * (200 / 3), 1000 * np.exp((mels - 15) * (np.log(6.4) / 27)))
