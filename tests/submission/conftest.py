"""What the tests of submissions share: answers made from mini's real media, by the program ffmpeg."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.opened import answers_of, fingerprint

from vidchatbench.submission.context import Context
from vidchatbench.testset import TestSet, load_testset
from vidchatbench.testset.fingerprint import Fingerprint

Make = Callable[..., Fingerprint]


@pytest.fixture(scope="session")
def mini() -> TestSet:
    """The built-in test set."""
    return load_testset("mini")


@pytest.fixture(scope="session")
def alone(mini) -> Context:
    """Nothing was merged before."""
    return Context(testset=mini)


@pytest.fixture(scope="session")
def faithful(root) -> dict[str, Fingerprint]:
    """An honest system: the same people as in the references, other takes, other words."""
    return answers_of(root / "examples" / "outputs" / "faithful")


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> Make:
    """`made(file, *ffmpeg's words)`: the fingerprint of a file that ffmpeg makes of another."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("needs the program ffmpeg")
    folder = tmp_path_factory.mktemp("made")

    def make(file: Path, *words: str, before: tuple[str, ...] = ()) -> Fingerprint:
        out = folder / f"{len(list(folder.iterdir()))}.mp4"
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", *before, "-i", file, *words, out], check=True)
        return fingerprint(out)

    return make
