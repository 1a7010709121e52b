"""Nods, blinks and smiles: events in a listener's signals, as pure functions."""

from __future__ import annotations

import numpy as np

from vidchatbench.types import Array, Floats
from vidchatbench_metrics.listen.signals import EYES, HEIGHT, SMILE, Signals
from vidchatbench_metrics.perception.face_view import FPS

NOD = {"depth": 0.06, "shortest_s": 0.08, "longest_s": 0.7, "within_s": 1.6}
"""How far the nose dips and returns, in distances of the outer eye corners, and how long it is below half of that."""
BLINK = {"on": 0.35, "off": 0.25, "shortest_s": 0.04, "longest_s": 0.5}
"""How much of the open eye's aspect ratio (the clip's upper quartile) is gone."""
SMILE_UP = {"on": 2.0, "off": 1.0, "shortest_s": 0.4, "longest_s": float("inf")}
"""How far width and corner lift are above the clip's 20 % quantile, in people's own standard deviations."""
_SMOOTH = 5


def nods(face: Signals) -> Array:
    """Dips of the head, (k, 2) first frame and the one after the last; each dip of repeated nodding counts."""
    from scipy.signal import find_peaks  # a second to import, which a run from the cache must not pay

    found: list[tuple[int, int]] = []
    for first, end in runs(face.seen):
        _, dip = find_peaks(
            face.values[first:end, HEIGHT],
            prominence=NOD["depth"],
            wlen=round(NOD["within_s"] * FPS) + 1,
            width=(NOD["shortest_s"] * FPS, NOD["longest_s"] * FPS),
            rel_height=0.5,
        )
        sides = zip(dip["left_ips"], dip["right_ips"], strict=True)
        found += [(first + int(np.floor(left)), first + int(np.ceil(right)) + 1) for left, right in sides]
    return np.array(found, int).reshape(-1, 2)


def blinks(face: Signals) -> Array:
    """Short closures of the eyes, (k, 2) first frame and the one after the last; longer ones are no blinks."""
    if not face.seen.any():
        return np.zeros((0, 2), int)
    eyes = face.values[:, EYES]
    open_eyes = max(float(np.quantile(eyes[face.seen], 0.75)), 1e-9)
    return excursions(1 - eyes / open_eyes, face.seen, **BLINK)


def smiles(face: Signals) -> Array:
    """Smiles that come, (k, 2) first frame and the one after the last; one that lasts all along does not come."""
    if not face.seen.any():
        return np.zeros((0, 2), int)
    lift = np.zeros(len(face.seen))
    for first, end in runs(face.seen):
        lift[first:end] = _running_median(face.values[first:end, SMILE], _SMOOTH)
    return excursions(lift - np.quantile(lift[face.seen], 0.2), face.seen, **SMILE_UP)


def excursions(series: Floats, seen: Array, on: float, off: float, shortest_s: float, longest_s: float) -> Array:
    """Where a series goes above `on`, until it is back below `off`: (k, 2) first frame and the one after the last.

    Two thresholds, so that a tremble at one of them is one event. An event lies within one run of `seen` frames, and
    one that lasts less than `shortest_s` or more than `longest_s` is none.
    """
    found = []
    for first, end in runs(seen):
        part = series[first:end]
        for start, stop in runs(part > off):
            if part[start:stop].max() > on and shortest_s <= (stop - start) / FPS + 1e-9 <= longest_s + 2e-9:
                found.append((first + start, first + stop))
    return np.array(found, int).reshape(-1, 2)


def runs(flags: Array) -> Array:
    """The stretches of true values, (k, 2) first and the one after the last."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    return edges.reshape(-1, 2)


def _running_median(series: Floats, width: int) -> Floats:
    """Median over `width` frames around each; near the ends over what there is, mirrored."""
    from scipy.ndimage import median_filter

    return np.asarray(median_filter(series, size=width, mode="mirror"))
