"""How much of a clip's sound is clipped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from vidchatbench.feature import ClipFeature, Inputs
from vidchatbench.types import Array, NamedArrays

FULL_SCALE = 0.999
RUN = 3


class Clipped(ClipFeature):
    """Share of samples, over all channels as they are stored, in runs of at least 3 at 0.999 of full scale or more.

    Result: share, a scalar from 0 to 1. Raises MediaError (no_audio) where there is no sound track.
    """

    id = "audio.clipped"
    version = 1

    def params(self) -> Mapping[str, str | int | float | bool]:
        """What counts as clipped."""
        return {"full_scale": FULL_SCALE, "run": RUN}

    def compute(self, inputs: Inputs) -> NamedArrays:
        """Count over the clip's sound, block by block."""
        return {"share": np.array(clipped_share(block for block, _ in inputs.clips["clip"].audio_blocks()))}


def clipped_share(blocks: Iterable[Array]) -> float:
    """The share for sound that comes in blocks (samples x channels); how it is cut into blocks changes nothing."""
    clipped = total = 0
    tail: Array | None = None
    for block in blocks:
        high = np.abs(block) >= FULL_SCALE
        tail = np.zeros((4, block.shape[1]), bool) if tail is None else tail
        clipped, tail = clipped + _in_runs(np.concatenate([tail, high])), np.concatenate([tail, high])[-4:]
        total += high.size
    if tail is not None:
        clipped += _in_runs(np.concatenate([tail, np.zeros((2, tail.shape[1]), bool)]))
    return clipped / total if total else 0.0


def _in_runs(high: Array) -> int:
    """How many samples, the two first and two last left out, belong to runs of three or more."""
    runs = high[:-2] & high[1:-1] & high[2:]
    return int((runs[:-2] | runs[1:-1] | runs[2:]).sum())
