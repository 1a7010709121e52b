"""The weights folder: flat; a file's name says what it is, so that no index can go stale."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import platformdirs

State = Literal["official", "recorded", "unofficial"]
_SETTLED_NS = 2_000_000_000
"""A listing is kept once the folder has been still for so long: changes within one tick of its clock look alike."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file in the weights folder.

    `official` lies under its published name. `recorded` is one whose sha256 no catalogue knows: the name holds it.
    `unofficial` is another content under that name, put there on purpose.
    """

    name: str
    """The file's name in the folder."""
    state: State
    sha256: str | None
    """What the name says; None for a published name, which says nothing."""


def weights_dir() -> Path:
    """`$VIDCHATBENCH_WEIGHTS`, or `weights` in the user's data folder."""
    given = os.environ.get("VIDCHATBENCH_WEIGHTS")
    return Path(given).expanduser() if given else Path(platformdirs.user_data_dir("vidchatbench")) / "weights"


def find(file: str) -> tuple[Found, ...]:
    """What lies in the weights folder for a published file name. Costs one stat while the folder does not change."""
    folder = weights_dir()
    try:
        changed = folder.stat().st_mtime_ns
        settled = time.time_ns() - changed > _SETTLED_NS
        listing = _listing(str(folder), changed) if settled else _listing.__wrapped__(str(folder), changed)
    except (FileNotFoundError, NotADirectoryError):
        return ()
    return listing.get(file, ())


def name_of(file: str, state: State, sha256: str) -> str:
    """The name in the folder of a content for a published file name: `net.unofficial-<sha256>.pt`."""
    path = Path(file)
    return file if state == "official" else f"{path.stem}.{state}-{sha256}{path.suffix}"


@lru_cache(maxsize=4)
def _listing(folder: str, changed: int) -> dict[str, tuple[Found, ...]]:
    """The files by published name; `changed` is the folder's time, for the cache alone."""
    found: dict[str, tuple[Found, ...]] = {}
    with os.scandir(folder) as entries:
        for name in sorted(entry.name for entry in entries if entry.is_file()):
            match = re.fullmatch(r"(.+)\.(recorded|unofficial)-([0-9a-f]{64})(\.[^.]*|)", name)
            if match:
                stem, state, sha256, suffix = match.groups()
                one = Found(name, "recorded" if state == "recorded" else "unofficial", sha256)
                found[stem + suffix] = (*found.get(stem + suffix, ()), one)
            else:
                found[name] = (*found.get(name, ()), Found(name, "official", None))
    return found
