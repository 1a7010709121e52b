"""`vidchatbench leaderboard ACTION`: one file an action."""

from __future__ import annotations

import argparse
from importlib import import_module

ACTIONS = {
    "build": "form leaderboard.json from the merged submissions, or hold the committed one against them",
    "site": "make the leaderboard's pages, which need no server",
    "anchors": "freeze the two values of each metric between which it becomes a score",
    "export": "a run or submission in the formats of others: model-index, eval-results, eee",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="|".join(ACTIONS))
    for name, text in ACTIONS.items():
        action = import_module(f"{__name__}.{name}")
        sub = actions.add_parser(name, help=text, description=action.run.__doc__)
        action.configure(sub)
        sub.set_defaults(run=action.run)
