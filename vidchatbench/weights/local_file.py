"""Weights that no package brings: a file that a person put into the weights folder."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from vidchatbench.errors import NotReady
from vidchatbench.weights.weights_file import WeightsFile


def weights_dir() -> Path:
    """`$VIDCHATBENCH_WEIGHTS`, or `weights` in the user's data folder."""
    given = os.environ.get("VIDCHATBENCH_WEIGHTS")
    return Path(given).expanduser() if given else Path(platformdirs.user_data_dir("vidchatbench")) / "weights"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFile(WeightsFile):
    """A weights file in the weights folder, found by its name and known by its sha256."""

    name: str
    """The file's name, without a folder."""
    size: int
    """Bytes."""
    source: str
    """Where a person gets it, in words."""

    def locate(self) -> Path:
        """The file's path.

        Raises:
            NotReady: Where it is not in the weights folder, with what the file is and what to type.
        """
        file = weights_dir() / self.name
        if file.is_file():
            return file
        raise NotReady(
            f"the weights {self.name} are not in the weights folder ({self.size:,} bytes, licence {self.licence}, "
            f"sha256 {self.sha256})",
            where=file,
            remedy=f"get the file from {self.source}, then type: {self._copy()}",
        )

    def replacement(self) -> str:
        """The known file over what is there."""
        return f"get the file of {self.size:,} bytes from {self.source}, then type: {self._copy()}"

    def _copy(self) -> str:
        folder = _typed(weights_dir())
        return f"mkdir -p {folder} && cp /path/to/{shlex.quote(self.name)} {folder}/"


def _typed(folder: Path) -> str:
    """A folder as one types it; below home without the home's name, since results.json keeps what is said here."""
    home = Path.home()
    if folder != home and folder.is_relative_to(home):
        return f"~/{shlex.quote(str(folder.relative_to(home)))}"
    return shlex.quote(str(folder))
