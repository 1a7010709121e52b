"""Every way to install the project gives the same project: wheel, sdist to wheel, editable, plain pip."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tomllib
import zipfile

import pytest

pytestmark = pytest.mark.slow

USE = """
from vidchatbench import Card, MeanMetric, evaluate
from vidchatbench_metrics.video.psnr import PSNR

right: str = PSNR.card.id
wrong: int = PSNR.card.id
reveal_type(evaluate)
"""


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def built(root, tmp_path_factory):
    """The files that are uploaded: an sdist, a wheel made from it, and a wheel made from the tree."""
    folder = tmp_path_factory.mktemp("built")
    for out, options in (("from_sdist", []), ("from_tree", ["--wheel"])):
        command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder / out, *options, root]
        subprocess.run([*map(str, command)], check=True, stdout=subprocess.DEVNULL)
    return folder


@pytest.fixture(params=["wheel", "sdist to wheel", "editable", "plain pip"])
def installed(request, root, built, fresh):
    """A fresh environment into which the project was installed in one of the four ways."""
    if request.param == "wheel":
        fresh.install(*(built / "from_tree").glob("*.whl"))
    elif request.param == "sdist to wheel":
        fresh.install(*(built / "from_sdist").glob("*.whl"))
    elif request.param == "editable":
        fresh.install("-e", root)
    else:
        fresh.install(root)
    fresh.tree = root if request.param == "editable" else fresh.site
    return fresh


def test_it_works_there(installed, project, tmp_path):
    script = installed.python.with_name("vidchatbench")
    said = subprocess.run([script, "--version"], env=installed.env, capture_output=True, text=True, check=True).stdout
    assert said.split() == ["vidchatbench", project["version"]]

    assert "mini" in installed.run(script, "testset", "ls")
    listed = installed.run(script, "metrics", "ls")
    assert "cannot be loaded" not in listed, listed
    assert "(from" not in listed, listed  # all of them come from this very version
    assert {line.split()[0] for line in listed.splitlines()[1:] if line} >= set(
        project["entry-points"]["vidchatbench.metrics"]
    )

    data = installed.run("-c", "from vidchatbench._data import data_dir; print(data_dir('testsets'))").strip()
    assert data.startswith(str(installed.tree))
    for package in ("vidchatbench", "vidchatbench_metrics"):
        home = installed.run("-c", f"import {package}; print({package}.__path__[0])").strip()
        assert home.startswith(str(installed.tree))
        installed.run(
            "-c", f"import {package}, pathlib; (pathlib.Path({package}.__path__[0]) / 'py.typed').read_text()"
        )

    (tmp_path / "use.py").write_text(USE)
    mypy = [sys.executable, "-m", "mypy", "--strict", "--python-executable", installed.python, "use.py"]
    seen = subprocess.run([*map(str, mypy)], cwd=tmp_path, env=installed.env, capture_output=True, text=True).stdout
    assert "use.py:6: error: Incompatible types in assignment" in seen, seen
    assert seen.count("error:") == 1 and "def (pred: str | pathlib.Path" in seen, seen


def names(built, folder):
    (wheel,) = (built / folder).glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def test_the_wheel_holds_what_runs_and_no_more(root, built):
    found = names(built, "from_tree")
    assert {name.partition("/")[0] for name in found} == {"vidchatbench", "vidchatbench_metrics"}
    mini = "vidchatbench/_data/testsets/mini/"
    for name in ("testset.toml", "items.jsonl", "media.lock.jsonl", "CARD.md", "controls.toml"):
        assert mini + name in found
    assert any(name.startswith(mini) and name.endswith(".mp4") for name in found)
    assert any(name.startswith("vidchatbench/report/") and name.endswith(".j2") for name in found)
    assert not any("/source/" in name or "__pycache__" in name for name in found)
    (wheel,) = (built / "from_tree").glob("*.whl")
    assert wheel.stat().st_size < 12e6


def test_the_wheel_of_the_sdist_is_the_wheel_of_the_tree(built):
    assert names(built, "from_sdist") == names(built, "from_tree")


def test_the_sdist_holds_no_run(built):
    (sdist,) = (built / "from_sdist").glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        tops = {name.split("/")[1] for name in archive.getnames() if "/" in name}
    assert {"pyproject.toml", "README.md", "LICENSE", "vidchatbench", "metrics", "testsets", "tests"} <= tops
    assert not tops & {"runs", "build", "dist", "shared"} and not any(top.startswith(".venv") for top in tops)
