"""Words of the command line that several verbs take."""

from __future__ import annotations

import argparse


def names(text: str) -> list[str]:
    """`a,b` as a list."""
    return [part.strip() for part in text.split(",") if part.strip()]


def count(text: str) -> int:
    """A whole number of 0 or more.

    Raises:
        ArgumentTypeError: Where it is none.
    """
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 0 or more")
    return int(text)
