"""Words of the command line that several verbs take."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from importlib import import_module


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


def with_actions(parser: argparse.ArgumentParser, package: str, actions: Mapping[str, str]) -> None:
    """Give a verb its actions: each a module of `package` with `configure` and `run`, whose docstring explains it."""
    found = parser.add_subparsers(dest="action", required=True, metavar="|".join(actions))
    for name, text in actions.items():
        action = import_module(f"{package}.{name}")
        sub = found.add_parser(name, help=text, description=action.run.__doc__)
        action.configure(sub)
        sub.set_defaults(run=action.run)
