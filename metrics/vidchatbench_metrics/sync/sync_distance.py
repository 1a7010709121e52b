"""SyncNet's measure: how far lips and sound are apart, at the best shift and beside it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vidchatbench.types import Array, Floats
from vidchatbench_metrics.sync.median_filter import median_filter

VSHIFT = 15
_EPS = 1e-6
_SMOOTH = 9


class SyncDistance(NamedTuple):
    """What one face track's embeddings say, in the unit of the embedding (no bound; for real speech 5 to 15)."""

    confidence: float
    """Sync-C (LSE-C): median over the shifts less the least; 0 or more, higher is better."""
    distance: float
    """Sync-D (LSE-D): the least mean distance over the shifts; lower is better."""
    offset: int
    """Frames (of 25 a second) by which the sound must be delayed to fit the lips best, -vshift to vshift."""
    means: Floats
    """(2 vshift + 1,) mean distance at each shift, from offset +vshift down to -vshift."""
    distances: Floats
    """(windows, 2 vshift + 1) distance of each window at each shift."""
    framewise: Floats
    """(windows,) median of `means` less the window's distance at the best shift, smoothed over 9; a diagnostic."""


def sync_distance(lips: Array, sound: Array, vshift: int = VSHIFT) -> SyncDistance:
    """The distances of lip embeddings to sound embeddings (both (windows, d)) at shifts of up to `vshift` frames.

    Beyond its ends the sound counts as zero vectors, so below about 2 vshift windows the value says little. Euclidean
    distances with 1e-6 added to each difference, as in the reference code (joonson/syncnet_python, `calc_pdist` and
    `evaluate`; Chung and Zisserman, Out of time, ACCV-W 2016); in float64.

    Raises:
        ValueError: Where there is no window, or the two do not have one shape.
    """
    if lips.shape != sound.shape or lips.ndim != 2 or not len(lips):
        raise ValueError(f"lip and sound embeddings must be of one shape (windows, d), are {lips.shape}, {sound.shape}")
    near = lips.astype(np.float64) + _EPS
    padded = np.pad(sound.astype(np.float64), ((vshift, vshift), (0, 0)))
    shifts = range(2 * vshift + 1)
    distances = np.stack([np.linalg.norm(near - padded[i : i + len(near)], axis=1) for i in shifts], axis=1)
    means = distances.mean(axis=0)
    best = int(means.argmin())
    median = float(np.median(means))
    return SyncDistance(
        confidence=median - float(means[best]),
        distance=float(means[best]),
        offset=vshift - best,
        means=means,
        distances=distances,
        framewise=median_filter(median - distances[:, best], _SMOOTH),
    )
