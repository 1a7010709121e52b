"""Silero voice activity detection: probabilities from the network, segments from the probabilities."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vidchatbench.types import Array, Floats
from vidchatbench_metrics.perception import onnx

RATE = 16000
WINDOW = 512
"""Samples that the network judges at a time: 32 ms."""
_CONTEXT = 64
BATCH = 128
"""Windows in one call, always: the last call is padded, so that every clip meets the same arithmetic."""

ONSET_PROBABILITY, END_PROBABILITY = 0.5, 0.35
MIN_SPEECH_S, MIN_SILENCE_S = 0.06, 0.05


class Vad:
    """The network, loaded from its ONNX file (silero v6, MIT)."""

    def __init__(self, weights: Path) -> None:
        self._session = onnx.load(weights)

    def probabilities(self, samples: Array) -> Array:
        """Probability of speech in each window of 512 samples of 16 kHz mono sound; the last window is zero-padded."""
        if not len(samples):
            return np.zeros(0, np.float32)
        windows = -(-len(samples) // WINDOW)
        calls = -(-windows // BATCH)
        padded = np.zeros(_CONTEXT + calls * BATCH * WINDOW, np.float32)
        padded[_CONTEXT : _CONTEXT + len(samples)] = samples
        view = np.lib.stride_tricks.sliding_window_view(padded, _CONTEXT + WINDOW)[::WINDOW]
        state = memory = np.zeros((1, 1, 128), np.float32)
        found = []
        for first in range(0, calls * BATCH, BATCH):
            batch = np.ascontiguousarray(view[first : first + BATCH])
            probability, state, memory = self._session.run(None, {"input": batch, "h": state, "c": memory})
            found.append(np.ravel(probability))
        return np.concatenate(found)[:windows]


def hysteresis(probability: Array, duration_s: float) -> Floats:
    """Segments (k, 2), in seconds, from the windows' probabilities.

    Speech begins with a window at 0.5 or more and ends with the first of a run of windows below 0.35 that lasts at
    least 50 ms; segments of up to 60 ms are dropped; nothing is padded (silero's own defaults pad by 30 ms and drop
    short words, which shortens every gap).
    """
    step = WINDOW / RATE
    segments: list[tuple[float, float]] = []
    start: int | None = None
    quiet: int | None = None
    for index, value in enumerate(probability):
        if value >= ONSET_PROBABILITY:
            quiet = None
            start = index if start is None else start
        elif value < END_PROBABILITY and start is not None:
            quiet = index if quiet is None else quiet
            if (index + 1 - quiet) * step >= MIN_SILENCE_S:
                segments.append((start * step, quiet * step))
                start = quiet = None
    if start is not None:
        segments.append((start * step, min(duration_s, (len(probability) if quiet is None else quiet) * step)))
    return np.array([(a, b) for a, b in segments if b - a > MIN_SPEECH_S], np.float64).reshape(-1, 2)
