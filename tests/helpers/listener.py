"""A listener drawn as 68 landmarks, who nods, blinks and smiles when told to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

FPS = 25
NOD_S, BLINK_S, SMILE_S = 0.48, 0.2, 1.2

# Outer eye corners one unit apart, the origin between them, y down.
_FACE = np.zeros((68, 2))
_FACE[:17] = np.stack([0.8 * np.cos(np.linspace(np.pi, 0, 17)), 0.1 + 1.2 * np.sin(np.linspace(0, np.pi, 17))], 1)
_FACE[17:22] = [(-0.6, -0.15), (-0.5, -0.22), (-0.4, -0.24), (-0.3, -0.22), (-0.2, -0.18)]
_FACE[22:27] = _FACE[17:22][::-1] * [-1, 1]
_FACE[27:31] = [(0, -0.02), (0, 0.13), (0, 0.28), (0, 0.43)]
_FACE[31:36] = [(-0.17, 0.527), (-0.08, 0.57), (0, 0.59), (0.08, 0.57), (0.17, 0.527)]
_FACE[36:42] = [(-0.5, 0), (-0.41, -0.05), (-0.31, -0.05), (-0.219, 0), (-0.31, 0.04), (-0.41, 0.04)]
_FACE[42:48] = [(0.219, 0), (0.31, -0.05), (0.41, -0.05), (0.5, 0), (0.41, 0.04), (0.31, 0.04)]
_FACE[48:60] = [(-0.25, 0.85), (-0.16, 0.8), (-0.06, 0.78), (0, 0.79), (0.06, 0.78), (0.16, 0.8),
                (0.25, 0.85), (0.16, 0.9), (0.06, 0.93), (0, 0.94), (-0.06, 0.93), (-0.16, 0.9)]  # fmt: skip
_FACE[60:68] = [(-0.22, 0.85), (-0.07, 0.84), (0, 0.84), (0.07, 0.84),
                (0.22, 0.85), (0.07, 0.87), (0, 0.87), (-0.07, 0.87)]  # fmt: skip


def course(n: int, onsets_s: Sequence[float], length_s: float) -> np.ndarray:
    """(n,) 0 to 1: a raised cosine of this length from each onset on."""
    t = np.arange(n) / FPS
    return sum(
        (
            np.where((t > s) & (t < s + length_s), 0.5 - 0.5 * np.cos(2 * np.pi * (t - s) / length_s), 0)
            for s in onsets_s
        ),
        np.zeros(n),
    )


def listener(
    n: int,
    *,
    nods: Sequence[float] = (),
    blinks: Sequence[float] = (),
    smiles: Sequence[float] = (),
    drift: float = 0.3,
    tremble: float = 0.006,
    size: float = 90.0,
    place: tuple[float, float] = (320.0, 200.0),
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """A face of n frames as `faces.dlib` gives it, with events that begin at the given seconds.

    The head drifts slowly by `drift` of the eyes' distance, and each landmark trembles by `tremble` of it.
    """
    rng = np.random.default_rng(seed)
    face = np.repeat(_FACE[None], n, axis=0)
    lids = [37, 38, 40, 41, 43, 44, 46, 47]
    face[:, lids, 1] *= 1 - 0.7 * course(n, blinks, BLINK_S)[:, None]
    smile = course(n, smiles, SMILE_S)[:, None]
    for corner, side in ((48, -1), (54, 1)):
        face[:, [corner], 0] += side * 0.12 * smile
        face[:, [corner], 1] -= 0.1 * smile
    face[:, :, 1] += 0.15 * course(n, nods, NOD_S)[:, None]
    phase = rng.uniform(0, 2 * np.pi, 2)
    face += drift * np.sin(2 * np.pi * 0.1 * np.arange(n)[:, None] / FPS + phase)[:, None, :]
    face += rng.normal(0, tremble, face.shape)
    return track(size * face + np.array(place))


def track(landmarks: np.ndarray, found: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Landmarks (n, 68, 2) as a face that is there at every frame, or at those of `found`."""
    n = len(landmarks)
    found = np.ones(n, bool) if found is None else found
    return {"landmarks": landmarks[found].astype(np.float32), "found": found, "fresh": np.ones(int(found.sum()), bool)}
