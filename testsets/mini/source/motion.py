"""From phones to a moving face: lips that follow the words, and a head that sways, nods and blinks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from face import Pose
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from speech import RATE, Phone, Samples

FPS = 25
_GRID = 200
"""Points per second at which lips are planned."""

# Opening of the lips (0 to 1) and width (-1 rounded to 1 spread) of each phone of the CMU set.
VISEMES: dict[str, tuple[float, float]] = {
    **dict.fromkeys(("aa", "ao"), (0.95, -0.1)),
    **dict.fromkeys(("ae", "ay", "aw"), (0.95, 0.3)),
    **dict.fromkeys(("ah", "ax", "hh"), (0.65, 0.1)),
    **dict.fromkeys(("eh", "ey"), (0.70, 0.5)),
    **dict.fromkeys(("ih", "iy", "y", "ix"), (0.48, 0.8)),
    **dict.fromkeys(("ow", "oy"), (0.70, -0.7)),
    **dict.fromkeys(("uh", "uw", "w"), (0.42, -1.0)),
    **dict.fromkeys(("er", "r", "axr"), (0.42, -0.5)),
    **dict.fromkeys(("l", "el", "n", "en", "ng", "k", "g"), (0.34, 0.2)),
    **dict.fromkeys(("t", "d", "s", "z", "dx"), (0.20, 0.4)),
    **dict.fromkeys(("th", "dh"), (0.26, 0.2)),
    **dict.fromkeys(("sh", "zh", "ch", "jh"), (0.24, -0.6)),
    **dict.fromkeys(("f", "v"), (0.10, 0.2)),
    **dict.fromkeys(("p", "b", "m", "em"), (0.0, 0.0)),
    "pau": (0.0, 0.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How lively somebody is."""

    sway: float = 1.0
    smile: float = 0.25
    lips_late_s: float = 0.0
    nods_s: tuple[float, ...] = ()


def _noise(rng: np.random.Generator, t: NDArray[np.float64], slowest: float, fastest: float) -> NDArray[np.float64]:
    """A smooth random track, about -1 to 1: five sinusoids."""
    waves = [
        rng.uniform(0.4, 1) * np.sin(2 * np.pi * (rng.uniform(slowest, fastest) * t + rng.uniform())) for _ in range(5)
    ]
    return np.asarray(sum(waves) / 2.2)


def _lips(
    sound: Samples, phones: Sequence[Phone], at_s: float, times: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Opening and width at each time: the phones' shapes, opened by the loudness of the moment."""
    n = int(_GRID * len(sound) / RATE) + 1
    opened, wide = np.zeros(n), np.zeros(n)
    for phone in phones:
        a, b = round((at_s + phone.start_s) * _GRID), round((at_s + phone.end_s) * _GRID)
        opened[a:b], wide[a:b] = VISEMES[phone.name]
    hop = RATE // _GRID
    power = np.sqrt((np.pad(sound, (0, n * hop - len(sound))).reshape(n, hop) ** 2).mean(axis=1))
    loud = gaussian_filter1d(power, 0.020 * _GRID)
    loud = np.clip(loud / max(np.quantile(loud, 0.95), 1e-6), 0, 1) if phones else np.zeros(n)
    opened = gaussian_filter1d(opened * (0.30 + 0.70 * loud), 0.024 * _GRID)
    wide = gaussian_filter1d(wide, 0.050 * _GRID)
    grid = np.arange(n) / _GRID
    return np.interp(times, grid, opened), np.interp(times, grid, wide)


def perform(sound: Samples, phones: Sequence[Phone], at_s: float, seed: int, style: Style) -> list[Pose]:
    """The poses of a whole clip, one per frame, with the speech beginning at `at_s`; shown at the frame's middle."""
    rng = np.random.default_rng(seed)
    frames = round(len(sound) / RATE * FPS)
    t = (np.arange(frames) + 0.5) / FPS
    opened, wide = _lips(sound, phones, at_s, t - style.lips_late_s)
    pitch = 0.020 * style.sway * _noise(rng, t, 0.1, 0.5)
    yaw = 0.055 * style.sway * _noise(rng, t, 0.08, 0.4)
    roll = 0.028 * style.sway * _noise(rng, t, 0.08, 0.35)
    dx, dy = (0.035 * style.sway * _noise(rng, t, 0.1, 0.35) for _ in range(2))
    vowels = [p for p in phones if VISEMES[p.name][0] > 0.6 and p.end_s - p.start_s > 0.09]
    stressed = [at_s + p.start_s for p in vowels if rng.uniform() < 0.45]
    brow = 0.25 * np.clip(_noise(rng, t, 0.1, 0.5), 0, 1)
    for when in stressed:
        pitch += 0.030 * np.exp(-(((t - when - 0.08) / 0.09) ** 2))
        brow += 0.5 * rng.uniform() * np.exp(-(((t - when) / 0.2) ** 2))
    for when in style.nods_s:
        for beat, size in ((0, 0.10), (0.42, 0.065)):
            pitch += size * np.exp(-(((t - when - beat) / 0.11) ** 2))
            dy += 0.3 * size * np.exp(-(((t - when - beat) / 0.11) ** 2))
    lids = np.ones(frames)
    blink = rng.uniform(0.4, 1.8)
    while blink < len(sound) / RATE:
        lids -= 0.95 * np.exp(-(((t - blink) / 0.075) ** 4))
        blink += rng.uniform(1.6, 4.2)
    look = np.cumsum(rng.uniform(size=frames) < 1 / 22)
    spots = rng.uniform(-0.45, 0.45, (frames + 1, 2)) * (rng.uniform(size=frames + 1) < 0.6)[:, None]
    gaze = spots[look] + 0.05 * rng.standard_normal((frames, 2)) * 0.3 - np.stack([2.5 * yaw, 2.0 * pitch], axis=1)
    smile = np.clip(style.smile + 0.22 * _noise(rng, t, 0.08, 0.3), 0, 1) * (1 - 0.35 * opened)
    return [
        Pose(
            yaw=yaw[i], pitch=pitch[i], roll=roll[i], dx=dx[i], dy=dy[i],
            open=opened[i], wide=wide[i], smile=smile[i], lids=max(lids[i], 0.04),
            gaze=(gaze[i, 0], gaze[i, 1]), brow=min(brow[i], 1),
        )
        for i in range(frames)
    ]  # fmt: skip
