"""`vidchatbench testset ls`."""

from __future__ import annotations

import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(args: argparse.Namespace) -> int:
    """One line a test set, and one a recipe that makes one from files that you have."""
    from vidchatbench.release import load_recipe, recipes
    from vidchatbench.testset import available, load_testset

    for name in available():
        found = load_testset(name)
        print(f"{name:16} {found.info.version:8} {len(found.items):5} items  {found.info.title}")
    for name in sorted(recipes().keys() - available().keys()):
        print(f"{name:22} recipe  {load_recipe(name).title}: vidchatbench testset build {name} --from PATH")
    return 0
