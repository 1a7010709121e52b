"""Small releases of invented clips, and the recipe that they are enough for."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.synthetic_release import write_release

from vidchatbench.release import build, load_mapping, load_recipe
from vidchatbench.release.write import write_testset

ALL = {"salt": "tests", "share": 1.0}


@pytest.fixture
def release(tmp_path):
    """A function that writes a release: folder and mapping."""

    def write(clips=600, *, layout=3, name="release", **more):
        mapping = write_release(tmp_path / name, clips, layout=layout, **more)
        return tmp_path / name, load_mapping(mapping)

    return write


@pytest.fixture
def built(tmp_path):
    """A function that builds a small test set: its files by name."""

    def make(root, mapping, *, recipe="speakervid-500", count=8, key=None, **changes):
        said = load_recipe(recipe, **({"count": count, "private": 2, "reserve": ALL} | changes))
        out = Path(tmp_path / f"set-{root.name}")
        found = build(root, said, mapping, key)
        write_testset(found, out)
        if key:
            write_testset(found, out.with_name(f"{out.name}-private"), private=True)
        return found, out

    return make
