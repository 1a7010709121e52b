"""What the index gives for our requirements: the newest of all, the lowest of what users install, nothing forbidden."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib

import pytest

pytestmark = pytest.mark.slow

PYTHONS = ("3.11", "3.13")
FORBIDDEN = {
    "torch",
    "torchvision",
    "torchaudio",
    "torchcodec",
    "librosa",
    "numba",
    "llvmlite",
    "mediapipe",
    "insightface",
}
"""Never of [bundled]: heavy, or they break what stands beside them (docs/dependencies.md)."""


def uv(root, *args, stdin=None):
    """The pins that `uv pip compile` finds, on the index that pip is configured for."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate", *args]
    done = subprocess.run(command, cwd=root, env=_index(), input=stdin, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    # A marker that does not hold for the asked Python was already left out.
    return {
        line.partition("==")[0]: re.split(r"[ ;]", line.partition("==")[2])[0]
        for line in done.stdout.split("\n")
        if line
    }


def _index():
    """uv does not read pip's configuration. As for pip, all indexes count alike; uv's own variables win where set."""
    config = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True).stdout
    given = dict(re.findall(r"^[\w:.]*?\.?((?:extra-)?index-url)='(.*)'$", config, re.MULTILINE))
    theirs = {"UV_DEFAULT_INDEX": given.get("index-url"), "UV_INDEX": given.get("extra-index-url")}
    pips = {name: value for name, value in theirs.items() if value}
    # Nor does it ask GitHub for a Python that is not here: to resolve for one, none is run.
    ours = {"UV_INDEX_STRATEGY": "unsafe-best-match", "UV_PYTHON_DOWNLOADS": "never"}
    return pips | ours | os.environ


@pytest.fixture(scope="module")
def online(root):
    try:
        uv(root, "-", stdin="platformdirs")
    except RuntimeError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"needs a package index: {error}")


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text())["project"]


def floors(lines):
    """The lowest allowed version of each requirement."""
    found = {}
    for line in lines:
        name, floor = re.fullmatch(r"([\w-]+)>=([\w.]+)", line).groups()
        found[name] = floor
    return found


def same(version):
    """`14.0` and `14.0.0` are one version."""
    return re.sub(r"(\.0)+$", "", version)


def wheels(python):
    """Only wheels, as a machine without a compiler would take them; one package of plain data has none."""
    return ("--python-version", python, "--only-binary", ":all:", "--no-binary", "face-recognition-models")


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("extra", [None, "adapters", "bundled", "dev", "docs", "fetch", "paper"])
def test_the_newest_resolve_without_overrides(root, project, online, python, extra):
    assert extra is None or extra in project["optional-dependencies"]
    found = uv(root, *wheels(python), *(("--extra", extra) if extra else ()), "pyproject.toml")
    assert {name for name in found if name.startswith("opencv")} == {"opencv-python-headless"}
    assert not found.keys() & (FORBIDDEN - {"torch", "torchvision"} if extra == "paper" else FORBIDDEN)


@pytest.mark.parametrize("python", PYTHONS)
def test_the_floors_resolve_and_have_wheels(root, project, online, python):
    """A floor without a wheel for one of our Pythons would be passed over for a higher version."""
    found = uv(root, *wheels(python), "--resolution", "lowest-direct", "--extra", "bundled", "pyproject.toml")
    asked = floors(project["dependencies"] + project["optional-dependencies"]["bundled"])
    assert {name: same(found[name]) for name in asked} == {name: same(floor) for name, floor in asked.items()}
    assert not found.keys() & FORBIDDEN


@pytest.mark.parametrize("python", PYTHONS)
def test_the_constraints_name_every_dependency(root, online, python):
    """What the README installs is what was tested: no package of it is left to chance."""
    extras = ("--extra", "bundled", "--extra", "dev")
    found = uv(root, *wheels(python), *extras, "--constraint", "constraints.txt", "pyproject.toml")
    pinned = re.findall(r"^([\w-]+)==([\w.]+)", (root / "constraints.txt").read_text(), re.MULTILINE)
    assert set(found.items()) <= set(pinned)


def test_no_extra_is_left_untested(project):
    assert set(project["optional-dependencies"]) == {"adapters", "bundled", "dev", "docs", "fetch", "paper"}
