"""Whether one clip's voice is heard in another's sound."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vidchatbench.feature import ClipFeature, Inputs
from vidchatbench.types import Array, Floats, NamedArrays

RATE = 8000
MIXED = 0.3
"""From this correlation on, the partner is heard in the clip."""
LEAST_S = 1.0
"""Less sound of the partner says nothing: short sounds are alike by chance."""
_HIGHPASS_HZ = 300
_EMPHASIS = 0.9
_FRAME = 160
_RANGE = 1e-3
"""Frames within 30 dB of the 95th percentile count as the partner's sound."""


class CrossTalk(ClipFeature):
    """How much of the partner's sound is in a clip's sound: a mono mix of both, bleed of a microphone, an echo.

    The greatest correlation, whichever the shift, of the partner's active sound with the clip's sound at the same
    moments; both at 8 kHz, above 300 Hz and with pre-emphasis, so that hum and the long vowels of two voices do not
    count. The clip's own speech counts only where the partner speaks too.

    Measured on 135 pairs of clips that have nothing to do with each other: at most 0.13; partner mixed in as loud as
    it was recorded: 0.90 or more; 10 dB below that: 0.52 or more. A synthetic voice that says the same words in both
    clips counts as well.

    Result:
        correlation: 0 to 1; 0 where the partner is heard for less than 1 s. `MIXED` or more is a mix.
        lag_s: The shift: where in the clip the partner's clip begins.

    Raises MediaError (no_audio) where a clip has no sound track.
    """

    id = "speech.cross_talk"
    version = 1
    slots = ("clip", "partner")

    def params(self) -> Mapping[str, str | int | float | bool]:
        """The band; the other constants are covered by the version."""
        return {"rate": RATE, "highpass_hz": _HIGHPASS_HZ}

    def compute(self, inputs: Inputs) -> NamedArrays:
        """Correlate the two."""
        correlation, lag_s = find(inputs.clips["clip"].audio(RATE), inputs.clips["partner"].audio(RATE))
        return {"correlation": np.array(correlation), "lag_s": np.array(lag_s)}


def find(clip: Array, partner: Array) -> tuple[float, float]:
    """The correlation and the lag in s, of samples at 8 kHz."""
    from scipy.fft import irfft, next_fast_len, rfft

    if not len(clip) or not len(partner):
        return 0.0, 0.0
    y, x = _even(clip), _even(partner)
    active = _active(x)
    x = x * active
    power = float((x**2).sum())
    if active.sum() < LEAST_S * RATE or power == 0.0:
        return 0.0, 0.0
    size = next_fast_len(len(x) + len(y), real=True)
    x_, y_, active_, y2_ = (rfft(signal, size) for signal in (x, y, active, y**2))
    both = np.abs(irfft(y_ * x_.conj(), size))
    heard = irfft(y2_ * active_.conj(), size)  # the clip's power at the moments at which the partner sounds
    least = 1e-6 * float(heard.max())  # rounding of the transforms is no sound
    if least <= 0.0:
        return 0.0, 0.0
    correlation = np.where(heard > least, both / np.sqrt(power * np.maximum(heard, least)), 0.0)
    lag = int(correlation.argmax())
    return min(1.0, float(correlation[lag])), (lag if lag < len(y) else lag - size) / RATE


def _even(samples: Array) -> Floats:
    """The sound above 300 Hz with its spectrum raised towards high frequencies."""
    from scipy.signal import butter, sosfilt

    sound = sosfilt(butter(4, _HIGHPASS_HZ, "highpass", fs=RATE, output="sos"), samples.astype(np.float64))
    return np.asarray(sound - _EMPHASIS * np.r_[0.0, sound[:-1]])


def _active(sound: Floats) -> Floats:
    """1 for each sample of a 20 ms frame that is no more than 30 dB below the 95th percentile, else 0."""
    power = np.mean(sound[: len(sound) // _FRAME * _FRAME].reshape(-1, _FRAME) ** 2, axis=1)
    loud = power >= np.percentile(power, 95) * _RANGE if len(power) else np.zeros(0, bool)
    return np.pad(np.repeat(loud, _FRAME), (0, len(sound) - len(loud) * _FRAME)).astype(np.float64)
