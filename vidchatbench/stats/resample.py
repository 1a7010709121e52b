"""Row multiplicities of cluster resamples, block by block."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vidchatbench.types import Array, Floats

_BLOCK = 1_000_000
"""Elements of one array of a block (8 MB): a block and its intermediates stay below 50 MB."""


def cluster_resamples(members: Array, n_clusters: int, n_resamples: int, seed: int) -> Iterator[Floats]:
    """Multiplicities of the rows when clusters are drawn with replacement, in blocks of (b, n) float64.

    `members` (n,) holds each row's cluster, 0 to `n_clusters` - 1. All rows of a cluster share its multiplicity.

    The draws are `RandomState.randint`: NumPy has frozen the stream of RandomState (NEP 19), while that of Generator's
    methods may change with any release, and the numbers printed beside a result with it. They are integers only, so no
    libm rounds them, and they are consumed one by one, so that the size of the blocks does not matter.
    """
    stream = np.random.RandomState(seed)
    for b in _block_sizes(n_resamples, max(len(members), n_clusters)):
        drawn = stream.randint(0, n_clusters, size=(b, n_clusters), dtype=np.int64)
        drawn += n_clusters * np.arange(b)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=b * n_clusters).reshape(b, n_clusters)
        yield counts.astype(np.float64)[:, members]


def leave_one_out(members: Array, n_clusters: int) -> Iterator[Floats]:
    """Multiplicities of the rows when each cluster in turn is left out, in blocks of (b, n) float64."""
    first = 0
    for b in _block_sizes(n_clusters, len(members)):
        yield (members[None, :] != np.arange(first, first + b)[:, None]).astype(np.float64)
        first += b


def _block_sizes(lines: int, width: int) -> Iterator[int]:
    step = max(1, _BLOCK // width)
    for first in range(0, lines, step):
        yield min(step, lines - first)
