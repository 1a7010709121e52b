"""Feature: where a clip's sound was cut out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from vidchatbench.feature import ClipFeature, Inputs
from vidchatbench.types import Array, Floats, NamedArrays
from vidchatbench_metrics.audio.windows import windows

STEP_S, LEAST_S, EDGE_S = 0.001, 0.005, 0.02
ZERO = 1.5 / 32768
LOUD_DB = -10.0
_PART_S = 0.01


class Gaps(ClipFeature):
    """Stretches of digital silence into which the sound falls, and out of which it comes, at full level.

    Silence is 5 ms or more in which no sample of any channel is above one step of 16 bits. It is a gap where some 10 ms
    within 20 ms before it, and some within 20 ms after it, are no more than 10 dB below the active level (mean power of
    the 10 ms within 30 dB of the 95th percentile). A pause that a noise gate or a neural synthesiser made silent fades
    out before; a formant synthesiser's stops do not. Coding by AAC smears a gap's edges and leaves some of the silence.

    Result: gaps, (k, 2) float64, start and end in seconds, ascending. Raises MediaError (no_audio) where there is no
    sound track.
    """

    id = "audio.gaps"
    version = 1

    def params(self) -> Mapping[str, str | int | float | bool]:
        """What is silence, how long, and what stands around it."""
        return {"zero": ZERO, "least_s": LEAST_S, "edge_s": EDGE_S, "loud_db": LOUD_DB}

    def compute(self, inputs: Inputs) -> NamedArrays:
        """Look at the clip's sound, block by block."""
        return {"gaps": find_gaps(inputs.clips["clip"].audio_blocks())}


def find_gaps(blocks: Iterable[tuple[Array, int]]) -> Floats:
    """The gaps (k, 2) of sound in blocks (samples x channels, rate)."""
    peaks, powers, step = [np.zeros(0)], [np.zeros(0)], STEP_S
    for parts, rate in windows(blocks, STEP_S):
        peaks.append(np.abs(parts).max(axis=(1, 2)))
        powers.append(np.square(parts, dtype=np.float64).mean(axis=(1, 2)))
        step = parts.shape[1] / rate
    peak, power = np.concatenate(peaks), np.concatenate(powers)
    each = round(_PART_S / step)
    if len(power) < each:
        return np.zeros((0, 2))
    level = np.convolve(power, np.full(each, 1 / each), "valid")  # of the 10 ms from here on
    active = level[::each][level[::each] >= np.percentile(level[::each], 95) / 1000]
    loud = level >= active.mean() * 10 ** (LOUD_DB / 10)
    if not active.mean():
        return np.zeros((0, 2))
    turns = np.flatnonzero(np.diff(np.r_[False, peak <= ZERO, False]))
    near, least = round(EDGE_S / step), LEAST_S / step - 0.5
    gaps = [
        (start, end)
        for start, end in turns.reshape(-1, 2)
        if end - start >= least
        and loud[max(0, start - near) : max(0, start - each + 1)].any()
        and loud[end : end + near - each + 1].any()
    ]
    return np.array(gaps, np.float64).reshape(-1, 2) * step
