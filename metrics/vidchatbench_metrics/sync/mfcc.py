"""The mel-frequency cepstra that SyncNet was trained on."""

from __future__ import annotations

from functools import cache

import numpy as np

from vidchatbench.types import Array, Floats

RATE = 16000
_WINDOW, _HOP, _FFT = 400, 160, 512
_FILTERS, _CEPSTRA, _LIFTER, _EMPHASIS = 26, 13, 22, 0.97
_LEAST = float(np.finfo(float).eps)


def mfcc(samples: Array) -> Floats:
    """(windows, 13) float64 of mono 16 kHz sound in int16, 100 windows a second.

    The defaults of `python_speech_features.mfcc`: pre-emphasis 0.97; rectangular windows of 25 ms at every 10 ms, the
    last one filled with zeros; power spectrum of 512 points; 26 triangles evenly spaced in mel from 0 to 8 kHz;
    logarithm; orthonormal DCT-II; lifter 22. The first cepstrum is the logarithm of the window's energy instead.

    Raises:
        ValueError: Where the samples are not int16 (in another scale the network sees another sound), or none.
    """
    if samples.dtype != np.int16 or samples.ndim != 1 or not len(samples):
        raise ValueError(f"MFCC of {samples.dtype} {samples.shape}: one channel of int16 samples is needed")
    sound = samples.astype(np.float64)
    sound[1:] -= _EMPHASIS * sound[:-1]
    count = 1 + max(0, -(-(len(sound) - _WINDOW) // _HOP))
    padded = np.pad(sound, (0, (count - 1) * _HOP + _WINDOW - len(sound)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]
    power = np.abs(np.fft.rfft(windows, _FFT, axis=1)) ** 2 / _FFT
    found = np.log(_not_zero(power @ _filters().T)) @ _cosines().T
    found[:, 0] = np.log(_not_zero(power.sum(axis=1)))
    return np.asarray(found, np.float64)


def _not_zero(energy: Floats) -> Floats:
    return np.where(energy == 0, _LEAST, energy)


@cache
def _filters() -> Floats:
    """Triangles of height 1 between whole bins (26, 257)."""
    mels = np.linspace(0, 2595 * np.log10(1 + RATE / 2 / 700), _FILTERS + 2)
    edges = 700 * (10 ** (mels / 2595) - 1)
    left, peak, right = (np.floor((_FFT + 1) * edges / RATE)[i : i + _FILTERS, None] for i in range(3))
    bins = np.arange(_FFT // 2 + 1)
    rising, falling = (bins - left) / (peak - left), (right - bins) / (right - peak)
    return np.asarray(np.where(bins < peak, np.maximum(0, rising), np.maximum(0, falling)))


@cache
def _cosines() -> Floats:
    """Orthonormal DCT-II and lifter in one matrix (13, 26)."""
    order = np.arange(_CEPSTRA)[:, None]
    basis = np.cos(np.pi * order * (2 * np.arange(_FILTERS) + 1) / (2 * _FILTERS)) * np.sqrt(2 / _FILTERS)
    basis[0] /= np.sqrt(2)
    return np.asarray(basis * (1 + _LIFTER / 2 * np.sin(np.pi * order / _LIFTER)))
