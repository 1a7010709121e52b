"""The rows of a finished run, read back from `stats.npz`."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vidchatbench.errors import DataError
from vidchatbench.types import Array, NamedArrays

SCALAR, ABSENT = -1, -2
"""In `<metric>/<name>.lengths`: a plain number (shape ()), and a row that has no such array."""
_REMEDY = "make the folder anew: vidchatbench eval --pred DIR --out DIR"


@dataclass(frozen=True)
class StoredRows:
    """What each metric's total is formed from. Nothing is read before it is asked for, and nothing is unpickled."""

    file: Path
    arrays: frozenset[str]
    """Names of all arrays in the file."""
    content: bytes | None = None
    """The file's content, where it was read already: then nothing is read from the disk again."""

    @classmethod
    def of(cls, folder: Path) -> StoredRows:
        """The rows of a results directory.

        Raises:
            DataError: Where `stats.npz` is absent or no archive.
        """
        file = folder / "stats.npz"
        try:
            with zipfile.ZipFile(file) as archive:
                return cls(file, frozenset(name.removesuffix(".npy") for name in archive.namelist()))
        except (OSError, zipfile.BadZipFile) as error:
            raise DataError(f"cannot be read: {error}", where=file, remedy=_REMEDY) from error

    def rows(self, id: str) -> dict[str, NamedArrays]:
        """One metric's rows that count, by sample (`str(SampleKey)`), in the order of their keys; empty where none do.

        Raises:
            DataError: Where an array is damaged, not finite or does not fit the samples.
        """
        names = sorted(
            name.removeprefix(f"{id}/")
            for name in self.arrays
            if name.startswith(f"{id}/") and name != f"{id}/samples" and not name.endswith(".lengths")
        )
        if f"{id}/samples" not in self.arrays:
            return {}
        try:
            source = self.file if self.content is None else io.BytesIO(self.content)
            with np.load(source, allow_pickle=False) as stored:
                samples = [str(key) for key in stored[f"{id}/samples"]]
                parts = {name: _parts(stored[f"{id}/{name}"], stored[f"{id}/{name}.lengths"]) for name in names}
        except (OSError, EOFError, ValueError, KeyError, TypeError, zlib.error, zipfile.BadZipFile) as error:
            raise DataError(f"the rows of {id} cannot be read: {error}", where=self.file, remedy=_REMEDY) from error
        short = [name for name, found in parts.items() if len(found) != len(samples)]
        if short or len(set(samples)) != len(samples):
            what = f"{id}/{short[0]} does not fit its samples" if short else f"{id} has a sample twice"
            raise DataError(what, where=self.file, remedy=_REMEDY)
        rows: dict[str, NamedArrays] = {}
        for k, key in enumerate(samples):
            rows[key] = {name: part for name, found in parts.items() if (part := found[k]) is not None}
        return rows


def _parts(joined: Array, lengths: Array) -> list[Array | None]:
    """The rows' arrays, which stand end to end in `joined`."""
    if lengths.ndim != 1 or lengths.dtype.kind != "i" or (lengths < ABSENT).any():
        raise ValueError("lengths are not whole numbers")
    if joined.dtype.kind not in "biuf" or not np.isfinite(joined).all():
        raise ValueError("values are not finite numbers")
    taken = np.where(lengths == SCALAR, 1, np.maximum(lengths, 0))
    if joined.ndim < 1 or int(taken.sum()) != len(joined):
        raise ValueError(f"{len(joined)} values for lengths that add up to {int(taken.sum())}")
    pieces = np.split(joined, np.cumsum(taken)[:-1]) if len(taken) else []
    found: list[Array | None] = []
    for piece, length in zip(pieces, lengths.tolist(), strict=True):
        found.append(None if length == ABSENT else piece.reshape(()) if length == SCALAR else piece)
    return found
