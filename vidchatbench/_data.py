"""Where the folders that ship as package data are: inside the wheel, or beside the package in a checkout."""

from __future__ import annotations

from pathlib import Path


def data_dir(name: str) -> Path:
    """The folder `name` (`testsets`, `leaderboard`), in an installed wheel or an editable checkout."""
    package = Path(__file__).resolve().parent
    shipped = package / "_data" / name
    return shipped if shipped.is_dir() else package.parent / name
