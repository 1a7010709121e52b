"""What every weights file is: known content, found somewhere on this machine."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from vidchatbench.errors import NotReady


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsFile(ABC):
    """A weights file of known content.

    The sha256 is part of every signature built on it; a file with another content is refused, since the number would
    change and the label would not.
    """

    sha256: str
    licence: str

    @abstractmethod
    def locate(self) -> Path:
        """The file's path; its content is not looked at.

        Raises:
            NotReady: Where it is not on this machine, with what to type.
        """

    @abstractmethod
    def replacement(self) -> str:
        """What to type where another file lies in its place."""

    def verified(self) -> Path:
        """The file's path, after its content was checked.

        Raises:
            NotReady: Where the file is absent, cannot be read, or its sha256 is not the known one.
        """
        file = self.locate()
        try:
            with file.open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise NotReady(f"the weights cannot be read: {error.strerror}", where=file) from error
        if found != self.sha256:
            raise NotReady(
                f"unknown weights: sha256 is {found}, this version of VidChatBench knows {self.sha256}",
                where=file,
                remedy=f"take a VidChatBench that knows this file, or {self.replacement()}",
            )
        return file
