"""What SyncNet makes of a face and of the sound that goes with it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vidchatbench.types import Array
from vidchatbench_metrics.sync.mfcc import mfcc

FRAMES = 5
"""Frames that one lip embedding sees."""
SIZE = 224
_SAMPLES_PER_FRAME = 640
_COLUMNS, _STEP = 20, 4
_DIMENSIONS = 1024
_AT_ONCE = 8
"""Windows held at a time: 3 MB each."""


def windows(frames: int, samples: int) -> int:
    """Number of windows that SyncNet scores of so many frames at 25 a second and samples at 16 kHz; 0 if too short.

    The reference code drops the last window that would still fit, and so do we.
    """
    return max(0, min(frames, samples // _SAMPLES_PER_FRAME) - FRAMES)


def sync_embeddings(frames: Array, samples: Array, net: Callable[..., Array]) -> tuple[Array, Array]:
    """Embeddings of lips and of sound, each (windows, 1024) float32; none where the clip is too short.

    Args:
        frames: (t, 224, 224, 3) uint8, one face as `face_crop` shows it, 25 a second, **blue first**: so the network
            was trained.
        samples: The sound from the first frame on, mono 16 kHz int16.
        net: `SyncNet` on float32 arrays.

    Raises:
        ValueError: Where frames or samples are not as told.
    """
    if frames.shape[1:] != (SIZE, SIZE, 3) or frames.dtype != np.uint8:
        raise ValueError(f"frames must be (t, {SIZE}, {SIZE}, 3) uint8, are {frames.shape} {frames.dtype}")
    count = windows(len(frames), len(samples))
    found = [np.zeros((0, 2, _DIMENSIONS), np.float32)]
    if count:
        columns = np.lib.stride_tricks.sliding_window_view(mfcc(samples), _COLUMNS, axis=0)[::_STEP, None]
        for start in range(0, count, _AT_ONCE):
            stop = min(start + _AT_ONCE, count)
            lips = np.concatenate([frames[start + i : stop + i] for i in range(FRAMES)], axis=-1)
            found.append(net(lips.transpose(0, 3, 1, 2).astype(np.float32), columns[start:stop].astype(np.float32)))
    both = np.concatenate(found)
    return both[:, 0], both[:, 1]
