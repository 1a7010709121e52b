"""File names for whatever a submission calls itself."""

from __future__ import annotations

import hashlib
import re

_MOST = 80


class Names:
    """Hands out file names that are safe in any file system and in a URL, and of which no two are alike."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, text: str) -> str:
        """`org/model` becomes `org--model`; what does not fit or is taken, gets a digest of the whole behind it.

        Two names that differ in case alone are alike on some machines.
        """
        plain = re.sub(r"[^A-Za-z0-9._-]+", "-", text.replace("/", "--")).strip(".-")
        name = plain[:_MOST]
        if not name or name.replace("--", "/") != text or name.lower() in self._taken:
            name = f"{name or 'x'}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"
        while name.lower() in self._taken:  # the very same text once more
            name += "-2"
        self._taken.add(name.lower())
        return name
