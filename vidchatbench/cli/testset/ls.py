"""`vidchatbench testset ls`."""

from __future__ import annotations

import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(args: argparse.Namespace) -> int:
    """One line a test set."""
    from vidchatbench.testset import available, load_testset

    for name in available():
        found = load_testset(name)
        print(f"{name:16} {found.info.version:8} {len(found.items):5} items  {found.info.title}")
    return 0
