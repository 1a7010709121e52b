"""Metrics that compare two sets of vectors over the whole test set: Frechet distance and kernel distance.

Rows carry the vectors of one clip, `response` and `reference`, (k, d) float32 each, and may carry `group`, the number
of the source video (`source_group`): clips of one video, and several seeds of one item, are not independent. Where
rows have none, each is a group of its own.
"""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from vidchatbench.errors import Unscored
from vidchatbench.feature import Feature, On
from vidchatbench.metric import Metric
from vidchatbench.stats import (
    KernelBlocks,
    frechet_distance,
    frechet_distances,
    frechet_influence,
    split_halves,
)
from vidchatbench.types import Array, Floats, NamedArrays, Sample

SPLITS = 20
"""Random halves whose distances a floor is the mean of."""
LARGE = 600
"""Vectors and dimensions beyond which one Frechet distance takes seconds: then a floor is the mean of 2 splits."""
KERNEL_SPLITS = 200
PER_DIMENSION = 5
"""Independent sources for each dimension from which influences hold (docs/statistics.md)."""


def source_group(sample: Sample) -> Array:
    """The number of the sample's source video, for a row's `group`: equal names, equal numbers on every machine."""
    digest = hashlib.sha256(sample.item.source_video.encode()).digest()
    return np.array(int.from_bytes(digest[:6], "big"), dtype=np.int64)


class SetDistance(Metric):
    """A metric of a feature whose array `features` (k, d) holds a clip's vectors, of the response and its reference."""

    @abstractmethod
    def feature(self) -> Feature:
        """The feature, of one clip."""

    def needs(self) -> Mapping[str, On]:
        """The feature of both."""
        return {role: self.feature().on(role) for role in ("response", "reference")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """The vectors of the `response` and of the `reference`, (k, d) float32 each, and their `group`."""
        return {"group": source_group(sample), **{role: inputs[role]["features"] for role in inputs}}


class FrechetDistance(Metric):
    """`frechet_distance` of all responses' vectors from all references'. Derive from it with a card and an `item`."""

    dimensions: ClassVar[int]
    """Of the vectors, d: what `no_interval` and the number of splits go by."""

    def total(self, rows: Sequence[NamedArrays], weights: Floats) -> float:
        """The distance; all vectors of a clip share its multiplicity."""
        return frechet_distance(*_stacked(rows), *_repeated(rows, weights))

    def totals(self, rows: Sequence[NamedArrays], weights: Floats) -> Floats:
        """The distances of all lines, from products that are formed once where vectors are few."""
        return frechet_distances(*_stacked(rows), *_repeated(rows, weights))

    def floor(self, rows: Sequence[NamedArrays], rng: np.random.Generator) -> float | None:
        """The references of one half of the sources against those of the other, mean of splits; None below 4 sources.

        20 splits, or 2 where vectors and dimensions are many. The halves have half as many clips as the headline and
        other people in each, both of which raise it: an upper bound of what real clips have.
        """
        groups = _groups(rows)
        if len(np.unique(groups)) < 4:
            return None
        vectors = sum(len(row["reference"]) for row in rows) // 2
        splits = SPLITS if min(vectors, self.dimensions) <= LARGE else 2
        values = []
        for _ in range(splits):
            halves = _halves(groups, rng)
            values.append(frechet_distance(*(np.concatenate([rows[i]["reference"] for i in half]) for half in halves)))
        return float(np.mean(values))

    def no_interval(self, n: int) -> str | None:
        """Where there are not more than 5 sources for each dimension."""
        least = PER_DIMENSION * self.dimensions
        if n > least:
            return None
        return (
            f"{n} independent source(s): in {self.dimensions} dimensions an interval needs more than {least}, and a "
            "bootstrap of a Frechet distance is biased upwards (drawing clips twice looks like less variety)"
        )

    def influence(self, rows: Sequence[NamedArrays]) -> Floats:
        """Each clip's influence on the distance, through its response and its reference."""
        return frechet_influence(*_stacked(rows), *_repeated(rows, np.arange(len(rows))))


class KernelDistance(Metric):
    """`kernel_distance` of all responses' vectors from all references', over pairs of different groups.

    An instance keeps the kernel's sums of the rows that it saw last: value, interval and floor stand on the same ones.
    """

    _last: tuple[Sequence[NamedArrays], KernelBlocks] | None = None

    def __getstate__(self) -> dict[str, object]:
        """Without the sums: they are of a run's totals, and have no business in what goes to workers."""
        return {name: value for name, value in vars(self).items() if name != "_last"}

    def total(self, rows: Sequence[NamedArrays], weights: Floats) -> float:
        """The distance.

        Raises:
            Unscored: Where all clips come from one source, so that no pair is independent.
        """
        value = float(self.totals(rows, weights[None, :])[0])
        if np.isnan(value):
            why = "all its clips come from one source video: a kernel distance needs pairs of independent clips"
            raise Unscored("too_short", why, role="reference")
        return value

    def totals(self, rows: Sequence[NamedArrays], weights: Floats) -> Floats:
        """The distances of all lines; NaN where a line leaves no pair."""
        return self._blocks(rows).distances(weights)

    def floor(self, rows: Sequence[NamedArrays], rng: np.random.Generator) -> float | None:
        """Root mean square of the distances between halves of the references, 200 splits; None below 4 sources.

        Not their mean: the distance is unbiased, and its mean over the halves of one set is 0 whatever the set. What
        tells noise from a difference is how far halves are apart by chance.
        """
        groups = _groups(rows)
        if len(np.unique(groups)) < 4:
            return None
        lines = np.zeros((2, KERNEL_SPLITS, len(rows)))
        for k in range(KERNEL_SPLITS):
            for side, half in enumerate(_halves(groups, rng)):
                lines[side, k, half] = 1
        values = self._blocks(rows).among_y().distances(*lines)
        return float(np.sqrt((values**2).mean()))

    def no_interval(self, n: int) -> str | None:
        """Below 3 sources, where one cannot be left out."""
        return None if n >= 3 else f"{n} independent source(s): there is no pair left without one of them"

    def influence(self, rows: Sequence[NamedArrays]) -> Floats:
        """Each clip's influence on the distance: leaving one clip out at a time."""
        return self._blocks(rows).influence()

    def _blocks(self, rows: Sequence[NamedArrays]) -> KernelBlocks:
        seen, blocks = self._last or ((), None)
        if blocks is None or len(seen) != len(rows) or any(a is not b for a, b in zip(seen, rows, strict=True)):
            xs, ys = ([row[role] for row in rows] for role in ("response", "reference"))
            blocks = KernelBlocks.of(xs, ys, _groups(rows))
            self._last = (tuple(rows), blocks)
        return blocks


def _stacked(rows: Sequence[NamedArrays]) -> tuple[Array, Array]:
    """All vectors of the responses, and of the references."""
    return np.concatenate([row["response"] for row in rows]), np.concatenate([row["reference"] for row in rows])


def _repeated(rows: Sequence[NamedArrays], values: Array) -> tuple[Array, Array]:
    """What belongs to rows (..., n), given to each of their vectors, of the responses and of the references."""
    response, reference = ([len(row[role]) for row in rows] for role in ("response", "reference"))
    return np.repeat(values, response, axis=-1), np.repeat(values, reference, axis=-1)


def _groups(rows: Sequence[NamedArrays]) -> Array:
    """The rows' groups, (n,) labels."""
    return np.array([int(row.get("group", k)) for k, row in enumerate(rows)])


def _halves(groups: Array, rng: np.random.Generator) -> list[Array]:
    """The rows of two disjoint halves of the groups."""
    labels, members = np.unique(groups, return_inverse=True)
    return [np.flatnonzero(np.isin(members, half)) for half in split_halves(len(labels), rng)]
