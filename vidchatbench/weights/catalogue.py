"""The lists of weights: each metrics package brings its own `weights.json`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from importlib.metadata import entry_points
from pathlib import Path
from typing import Literal

from vidchatbench.errors import DataError, UsageError
from vidchatbench.weights.catalogue_file import CatalogueFile
from vidchatbench.weights.entry import WeightsEntry

GROUP = "vidchatbench.weights"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsList:
    """`weights.json`."""

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012 - pydantic reads it from the class
    schema: Literal["vidchatbench.weights/1"]
    weights: tuple[WeightsEntry, ...]


class Catalogue(Mapping[str, CatalogueFile]):
    """The weights files of one `weights.json`, by name. The list is read when it is first asked."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def _files(self) -> dict[str, CatalogueFile]:
        from pydantic import TypeAdapter, ValidationError  # metrics that use no catalogue need not wait for it

        try:
            listed = TypeAdapter(WeightsList).validate_json(self.path.read_bytes()).weights
            for entry in listed:
                entry.check()
        except ValidationError as error:
            told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:3])
            raise DataError(told, where=self.path) from error
        except OSError as error:
            raise DataError(f"cannot be read: {error.strerror}", where=self.path) from error
        except DataError as error:
            raise DataError(f"{error.where}: {error.cause}", where=self.path) from error
        for field in ("name", "file"):
            names = [str(getattr(entry, field)) for entry in listed]
            if twice := {name for name in names if names.count(name) > 1}:
                raise DataError(f"{field} {', '.join(sorted(twice))} is there twice", where=self.path)
        return {entry.name: CatalogueFile(entry) for entry in listed}

    def __getitem__(self, name: str) -> CatalogueFile:
        """One file by its name.

        Raises:
            UsageError: Where there is none of this name.
            DataError: Where the list is not right, with the entry and the field.
        """
        if name not in self._files:
            close = get_close_matches(name, self._files, n=3)
            raise UsageError(
                f"there are no weights {name!r}",
                where=self.path,
                remedy=f"did you mean {' or '.join(close)}?" if close else "vidchatbench weights ls",
            )
        return self._files[name]

    def __contains__(self, name: object) -> bool:
        return name in self._files

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def load_catalogue(path: Path) -> Catalogue:
    """The catalogue in a `weights.json`; it is read and checked when it is first asked for a file."""
    return Catalogue(path)


def known_weights() -> dict[str, CatalogueFile]:
    """The files of all installed catalogues (entry points of `vidchatbench.weights`), by name, sorted.

    Raises:
        DataError: Where a catalogue cannot be loaded, or two bring one name, or two files of one name differ.
    """
    found: dict[str, CatalogueFile] = {}
    files: dict[str, CatalogueFile] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
        try:
            catalogue: Catalogue = point.load()
            brought = dict(catalogue)
        except DataError:
            raise
        except Exception as error:  # a third party's import may raise anything
            raise DataError(f"the weights catalogue cannot be loaded: {error!r}", where=point.value) from error
        for name, file in brought.items():
            other = files.setdefault(file.entry.file, file)
            if found.setdefault(name, file) != file or other.entry.sha256 != file.entry.sha256:
                raise DataError(
                    f"{name} ({file.entry.file}) is in another installed catalogue too, and differs",
                    where=catalogue.path,
                    remedy=f"pip uninstall the package of {point.value}, or of the other one",
                )
    return dict(sorted(found.items()))
