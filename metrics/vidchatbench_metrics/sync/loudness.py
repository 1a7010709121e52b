"""Feature: how loud the sound is at each video frame."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vidchatbench.feature import ClipFeature, Inputs
from vidchatbench.types import Floats, NamedArrays

QUIET_DB = -55
QUIET = 10 ** (QUIET_DB / 20)
"""Share of full scale below which the louder parts of a sound are no speech."""


class FrameLoudness(ClipFeature):
    """Root mean square of the sound in 40 ms windows centred on the times k / 25 s, for as long as the sound lasts.

    Arrays: `full` (n,) over all frequencies and `band` (n,) between 1 and 4 kHz (Butterworth, order 4, no delay), both
    as shares of full scale. Source: the amplitude envelopes of Chandrasekaran et al., PLoS Comput. Biol. 2009.
    """

    id = "sync.loudness"
    version = 1

    rate = 16000
    fps = 25
    band_hz = (1000, 4000)

    def params(self) -> Mapping[str, str | int | float | bool]:
        """Rate and band."""
        return {"rate": self.rate, "fps": self.fps, "low": self.band_hz[0], "high": self.band_hz[1]}

    def compute(self, inputs: Inputs) -> NamedArrays:
        """From the mono sound at 16 kHz."""
        from scipy.signal import butter, sosfiltfilt  # a second to import, which a run from the cache must not pay

        sound = inputs.clips["clip"].audio(self.rate).astype(np.float64)
        sections = butter(4, self.band_hz, "bandpass", fs=self.rate, output="sos")
        # The filter pads each end with a mirror of 27 samples and needs the sound to be longer.
        band = np.asarray(sosfiltfilt(sections, sound)) if len(sound) > 100 else np.zeros_like(sound)
        return {"full": self._rms(sound), "band": self._rms(band)}

    def _rms(self, sound: Floats) -> Floats:
        window = self.rate // self.fps
        n = -(-len(sound) // window)
        padded = np.pad(sound, (window // 2, (n + 1) * window - len(sound)))
        return np.asarray(np.sqrt((padded[: n * window].reshape(n, window) ** 2).mean(axis=1)))


def loud_level(levels: Floats) -> float:
    """The level of the louder parts of a sound: the 95 % quantile of its levels (n,), in their unit; 0 for none."""
    return float(np.quantile(levels, 0.95)) if len(levels) else 0.0
