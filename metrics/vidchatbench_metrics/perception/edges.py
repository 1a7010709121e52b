"""Edges of speech segments, moved from the detector's 32 ms grid to where the energy rises and falls."""

from __future__ import annotations

import numpy as np

from vidchatbench.types import Array, Floats

RATE = 16000
STEP_S = 0.0025
"""Time between two values of the envelope."""
RANGE_DB, MARGIN_DB, HEADROOM_DB = 36.0, 4.0, 12.0
ONSET_SEARCH_S, END_SEARCH_S = (0.20, 0.15), (0.25, 0.20)
"""How far an onset and an end may move: to earlier, to later."""
ONSET_BRIDGE_S, END_BRIDGE_S = 0.06, 0.12
"""The longest quiet stretch inside the speech: a stop's closure, longest before a final release."""

_BANDS_HZ = ((80, 1000), (1000, 3500), (3500, None))
_FRAME_S = 0.01
_GUARD_S = 0.10
_CONTEXT_S = 1.5
_FEWEST = 20


def envelope(samples: Array) -> Floats:
    """Level in dB (3, n) of 10 ms around every 2.5 ms of 16 kHz sound, below 1 kHz, to 3.5 kHz, and above."""
    from scipy.signal import butter, sosfilt

    half, hop = round(_FRAME_S * RATE / 2), round(STEP_S * RATE)
    centre = np.arange(0, len(samples), hop)
    first, last = np.maximum(centre - half, 0), np.minimum(centre + half, len(samples))
    levels = np.zeros((len(_BANDS_HZ), len(centre)))
    for level, (low, high) in zip(levels, _BANDS_HZ, strict=True):
        kind, corner = ("bandpass", (low, high)) if high else ("highpass", low)
        band = sosfilt(butter(2, corner, kind, fs=RATE, output="sos"), samples.astype(np.float64))
        power = np.concatenate([[0.0], np.cumsum(band**2)])
        level[:] = 10 * np.log10(np.maximum(power[last] - power[first], 0) / (last - first) + 1e-12)
    return levels


def refine(segments: Floats, levels: Floats) -> Floats:
    """The segments (k, 2) in seconds with every edge moved to where the energy rises or falls, by `envelope`.

    Sound counts as speech where, in any band, it is no more than 36 dB below the loudest 10 ms of the speech near the
    edge, and at least 4 dB above the sound around (90th percentile of what is not speech within 1.5 s, so that steady
    noise, music or a breath is not taken for speech). A band in which the sound around comes within 12 dB of the
    speech says nothing; where no band says anything, the detector's edge stays. An onset moves by at most
    0.20 s to earlier and 0.15 s to later, an end by 0.25 s and 0.20 s. Segments are never merged, split or dropped.
    """
    frames = levels.shape[1]
    quiet = np.ones(frames, bool)
    for start, end in segments:
        quiet[max(0, _index(start - _GUARD_S)) : _index(end + _GUARD_S)] = False
    total = frames * STEP_S
    walls = np.concatenate([[0.0], (segments[1:, 0] + segments[:-1, 1]) / 2, [total]])
    moved = segments.copy()
    for k, (start, end) in enumerate(segments):
        centre = (start + end) / 2
        loud = _loud(levels, quiet, start, (start, min(end, start + 1)))
        moved[k, 0] = _onset(
            loud,
            start,
            max(walls[k], start - ONSET_SEARCH_S[0]),
            min(centre, start + ONSET_SEARCH_S[1]),
            ONSET_BRIDGE_S,
        )
        loud = _loud(levels, quiet, end, (max(start, end - 1), end))[::-1]  # an end is an onset in reversed time
        low, high = max(centre, end - END_SEARCH_S[0]), min(walls[k + 1], end + END_SEARCH_S[1])
        moved[k, 1] = total - _onset(loud, total - end, total - high, total - low, END_BRIDGE_S)
    return moved


def _onset(loud: Array, edge: float, low: float, high: float, bridge: float) -> float:
    """Where the sound around `edge` begins, between `low` and `high`; `edge` itself where nothing there is loud."""
    first = _index(low)
    found = np.flatnonzero(loud[first : _index(high) + 1]) + first
    if not len(found):
        return edge
    anchor = min(int(np.searchsorted(found, _index(edge))), len(found) - 1)
    breaks = np.flatnonzero(np.diff(found[: anchor + 1]) * STEP_S > bridge)
    return float(found[breaks[-1] + 1 if len(breaks) else 0] * STEP_S)


def _loud(levels: Floats, quiet: Array, edge: float, inner: tuple[float, float]) -> Array:
    """Whether each frame counts as speech, by the speech of `inner` and the sound around `edge`."""
    speech = levels[:, _index(inner[0]) : _index(inner[1]) + 1].max(axis=1)
    near = slice(max(0, _index(edge - _CONTEXT_S)), _index(edge + _CONTEXT_S))
    around = levels[:, near][:, quiet[near]]
    if around.shape[1] < _FEWEST:
        around = levels[:, quiet]
    noise = np.full(len(levels), -np.inf)
    if around.shape[1] >= _FEWEST:
        noise = np.percentile(around, 90, axis=1)
    threshold = np.maximum(speech.max() - RANGE_DB, noise + MARGIN_DB)
    threshold[noise + MARGIN_DB > speech - HEADROOM_DB] = np.inf
    return np.asarray((levels > threshold[:, None]).any(axis=0))


def _index(time_s: float) -> int:
    return round(time_s / STEP_S)
