"""`vidchatbench leaderboard ACTION`: one file an action."""

from __future__ import annotations

import argparse
from importlib import import_module

ACTIONS = {
    "site": "make the leaderboard's pages, which need no server",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="|".join(ACTIONS))
    for name, text in ACTIONS.items():
        action = import_module(f"{__name__}.{name}")
        sub = actions.add_parser(name, help=text, description=action.run.__doc__)
        action.configure(sub)
        sub.set_defaults(run=action.run)
