"""What every weights file is: known content, found somewhere on this machine."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from pathlib import Path

from vidchatbench.errors import NotReady


class WeightsFile(ABC):
    """A weights file of known content.

    Its label is part of every signature built on it; a file with another content is refused, since the number would
    change and the label would not.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def label(self) -> str:
        """What stands for the content in a signature: the first 8 hex digits of its sha256."""

    @abstractmethod
    def locate(self) -> Path:
        """The file's path; its content is not looked at.

        Raises:
            NotReady: Where it is not on this machine, with what to type.
        """

    @abstractmethod
    def replacement(self) -> str:
        """What to do where another content lies in its place."""

    @abstractmethod
    def expected(self) -> str:
        """The sha256 that the file must have, 64 hex digits.

        Raises:
            NotReady: As `locate`.
        """

    def verified(self) -> Path:
        """The file's path, after its content was checked.

        Raises:
            NotReady: Where the file is absent, cannot be read, or its sha256 is not the known one.
        """
        file, known = self.locate(), self.expected()
        try:
            found = sha256_of(file)
        except OSError as error:
            raise NotReady(f"the weights cannot be read: {error.strerror}", where=file) from error
        if found != known:
            raise NotReady(
                f"unknown weights: sha256 is {found}, must be {known}",
                where=file,
                remedy=f"take a VidChatBench that knows this file, or {self.replacement()}",
            )
        return file


def sha256_of(file: Path) -> str:
    """The sha256 of a file's content, 64 hex digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
