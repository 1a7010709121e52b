"""`vidchatbench testset ACTION`: one file an action."""

from __future__ import annotations

import argparse

from vidchatbench.cli.options import with_actions

ACTIONS = {
    "ls": "the built-in test sets",
    "describe": "what a test set holds, what a model is given of it, and what is computed",
    "init": "make a test set from a folder of pairs of clips",
    "candidates": "graded candidate replies: build, ask a language model for, import, check",
    "inspect": "whether a mapping file fits a released data set's annotation files, and which one would",
    "build": "choose a test set from a released data set's annotation files, as a recipe says",
    "fetch": "cut its media from a folder of source videos, and say which are gone",
    "verify": "what its media are, held against the lock: the same, copies, cut, mirrored, swapped, changed, missing",
    "lock": "write media.lock.jsonl: what the media are, the timeline, what metrics cannot measure on the references",
    "features": "write reference_features/: what metrics need of the test set's own files, for who lacks these files",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    with_actions(parser, __name__, ACTIONS)
