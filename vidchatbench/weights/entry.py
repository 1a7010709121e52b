"""One line of a weights catalogue: what is published where, under which name, size, digest and licence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from vidchatbench.errors import DataError


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsEntry:
    """A published weights file, as `weights.json` describes it. What is not known is left out, never guessed."""

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012 - pydantic reads it from the class
    name: str
    """How it is called on the command line and in code: `inception-2015`."""
    file: str
    """Its published file name, under which it lies in the weights folder."""
    what: str
    """What network it holds, in one line."""
    licence: str
    source: str
    """Where a person finds it, in words."""
    limits: str = ""
    """Limits on its use, which a person must accept before it is brought here; empty where there are none."""
    url: str | None = None
    """Where it is downloaded, by https; with `member`, the zip that holds it."""
    mirrors: tuple[str, ...] = ()
    """Other places of the same bytes, tried in order."""
    size: int | None = None
    """Bytes."""
    sha256: str | None = None
    """64 hex digits. Where it is unknown, the first file seen is recorded and held to ever after."""
    sha256_prefix: str | None = None
    """Where the sha256 is unknown, the first hex digits that its file name carries."""
    member: str | None = None
    """The path of the file inside the zip of `url`."""
    archive_size: int | None = None
    archive_sha256: str | None = None

    @property
    def archive(self) -> str | None:
        """The file name of the zip, where the file comes in one."""
        return PurePosixPath(urlsplit(self.url).path).name if self.url and self.member else None

    def problem(self, size: int, sha256: str) -> str | None:
        """What shows that a content is not the published one, with both values; None where nothing does."""
        return mismatch(size, sha256, self.size, self.sha256 or self.sha256_prefix)

    def check(self) -> None:
        """Refuse an entry that contradicts itself.

        Raises:
            DataError: Naming the field.
        """
        digest = r"[0-9a-f]{64}"
        wrong = [
            *([] if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.name) else ["name: must be lower case with hyphens"]),
            *([] if re.fullmatch(r"\w[\w.+-]*", self.file, re.ASCII) else ["file: must be a plain file name"]),
            *(
                f"{field}: must be 64 lower-case hex digits"
                for field, value in (("sha256", self.sha256), ("archive_sha256", self.archive_sha256))
                if value is not None and not re.fullmatch(digest, value)
            ),
            *(
                f"{field}: must be a positive number of bytes"
                for field, value in (("size", self.size), ("archive_size", self.archive_size))
                if value is not None and value <= 0
            ),
            *(f"url: {url} is not https" for url in (self.url, *self.mirrors) if url and not _may_be_listed(url)),
        ]
        if self.sha256_prefix is not None and (self.sha256 or not re.fullmatch(r"[0-9a-f]{8,63}", self.sha256_prefix)):
            wrong.append("sha256_prefix: 8 or more lower-case hex digits, and only where sha256 is not known")
        if self.mirrors and not self.url:
            wrong.append("mirrors: without url")
        if self.member and not (self.url and self.sha256):
            wrong.append("member: needs the url of its zip, and the sha256 of the file itself")
        if (self.archive_size or self.archive_sha256) and not self.member:
            wrong.append("archive_size, archive_sha256: without member")
        if wrong:
            raise DataError("; ".join(wrong), where=self.name)


def mismatch(size: int, sha256: str, known_size: int | None, known_sha256: str | None) -> str | None:
    """What shows that a content is not the known one; `known_sha256` may be its first digits only."""
    if known_sha256 is not None and not sha256.startswith(known_sha256):
        known = known_sha256 if len(known_sha256) == 64 else f"one that begins with {known_sha256}"
        return f"its sha256 is {sha256}, the known one is {known} ({size:,} bytes)"
    if known_size is not None and size != known_size:
        return f"it has {size:,} bytes, must have {known_size:,}"
    return None


def _may_be_listed(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in LOOPBACK


LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""Hosts that may be asked without https."""
