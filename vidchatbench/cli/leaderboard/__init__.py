"""`vidchatbench leaderboard ACTION`: one file an action."""

from __future__ import annotations

import argparse

from vidchatbench.cli.options import with_actions

ACTIONS = {
    "build": "form leaderboard.json from the merged submissions, or hold the committed one against them",
    "site": "make the leaderboard's pages, which need no server",
    "anchors": "freeze the two values of each metric between which it becomes a score",
    "export": "a run or submission in the formats of others: model-index, eval-results, eee",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    with_actions(parser, __name__, ACTIONS)
