"""A clip's sound, as it is stored, cut into windows of one length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from vidchatbench.types import Array


def windows(blocks: Iterable[tuple[Array, int]], seconds: float) -> Iterator[tuple[Array, int]]:
    """Blocks (samples x channels, rate) to windows (k, n, channels) of `seconds`, side by side; less than one is left.

    n is `seconds` in whole samples; k varies; how the sound is cut into blocks changes nothing.
    """
    rest: Array | None = None
    for block, rate in blocks:
        size = max(1, int(seconds * rate))
        sound = block if rest is None else np.concatenate([rest, block])
        count = len(sound) // size
        rest = sound[count * size :]
        if count:
            yield sound[: count * size].reshape(count, size, -1), rate
