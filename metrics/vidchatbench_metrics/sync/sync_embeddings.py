"""What SyncNet makes of a face and of the sound that goes with it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vidchatbench.types import Array
from vidchatbench_metrics.sync.face_crop import SIZE
from vidchatbench_metrics.sync.mfcc import mfcc

FRAMES = 5
"""Frames that one lip embedding sees."""
SAMPLES_PER_FRAME = 640
_COLUMNS, _STEP = 20, 4
_DIMENSIONS = 1024
_AT_ONCE = 8
"""Windows held at a time: 3 MB each."""


class SyncEmbeddings:
    """Embeddings of lips and of sound while a face's frames come in; memory does not grow with their number.

    Windows begin at every frame. As in the reference code, one is given only where five frames *and the next one* are
    there, in picture and sound.
    """

    def __init__(self, samples: Array, net: Callable[..., Array]) -> None:
        """Begin.

        Args:
            samples: The sound from the first frame on, mono 16 kHz int16.
            net: `SyncNet` on float32 arrays.
        """
        self._net = net
        self._due = len(samples) // SAMPLES_PER_FRAME
        self._sound = (
            np.lib.stride_tricks.sliding_window_view(mfcc(samples), _COLUMNS, axis=0)[::_STEP, None]
            if self._due > FRAMES
            else np.zeros((0, 1, 13, _COLUMNS))
        )
        self._faces: list[Array] = []
        self._found = [np.zeros((0, 2, _DIMENSIONS), np.float32)]

    def add(self, face: Array) -> None:
        """Take the next frame, 25 a second: (224, 224, 3) uint8 as `face_crop` gives it, **blue first** as in training.

        Raises:
            ValueError: Where it is of another shape or type.
        """
        if face.shape != (SIZE, SIZE, 3) or face.dtype != np.uint8:
            raise ValueError(f"a face must be ({SIZE}, {SIZE}, 3) uint8, is {face.shape} {face.dtype}")
        if self._due:
            self._due -= 1
            self._faces.append(face)
            if len(self._faces) == _AT_ONCE + FRAMES:
                self._embed()

    def _embed(self) -> None:
        count = len(self._faces) - FRAMES
        if count > 0:
            first = sum(len(rows) for rows in self._found)
            faces = np.stack(self._faces)
            lips = np.concatenate([faces[i : i + count] for i in range(FRAMES)], axis=-1)
            sound = self._sound[first : first + count]
            self._found.append(self._net(lips.astype(np.float32), sound.astype(np.float32)))
            del self._faces[:count]

    def result(self) -> tuple[Array, Array]:
        """Lips and sound, each (windows, 1024) float32; no windows where there are fewer than six frames."""
        self._embed()
        both = np.concatenate(self._found)
        return both[:, 0], both[:, 1]
