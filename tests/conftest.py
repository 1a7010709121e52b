"""What every test may use: where the shared research material is, where there is any."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


_CACHE = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """One cache for the whole run, its worker processes included, and never the user's own."""
    if not hasattr(config, "workerinput"):
        config.stash[_CACHE] = os.environ["VIDCHATBENCH_CACHE"] = tempfile.mkdtemp(prefix="vidchatbench-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    if _CACHE in config.stash:
        shutil.rmtree(config.stash[_CACHE], ignore_errors=True)


LONG = ("e2e", "docs", "oracle", "adapters")
"""Folders whose tests take longest: they come first, so that no worker is alone with one of them at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first; a file's tests stay together and in their order."""
    items.sort(key=lambda item: LONG.index(item.path.parent.name) if item.path.parent.name in LONG else len(LONG))


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def clips() -> Path:
    """The real dyadic clips (research use, never part of the project)."""
    folder = SHARED / "clips"
    if not folder.is_dir():
        pytest.skip("needs the real clips of ../shared/clips, which are not part of the project")
    return folder


@pytest.fixture(scope="session")
def oracle() -> Path:
    """Reference answers for parity tests."""
    folder = SHARED / "oracle"
    if not folder.is_dir():
        pytest.skip("needs the reference answers of ../shared/oracle, which are not part of the project")
    return folder


@pytest.fixture
def weights(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Weights that no package brings; `VIDCHATBENCH_WEIGHTS` names their folder while the test runs."""
    folder = SHARED / "weights"
    if not folder.is_dir():
        pytest.skip("needs the weights files of ../shared/weights, which are not part of the project")
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(folder))
    return folder


@pytest.fixture(scope="session")
def face_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights folder with YuNet's real weights, and a projection in ArcFace's place."""
    from helpers.onnx_file import tiny_arcface, write_onnx

    yunet = SHARED / "weights" / "face_detection_yunet_2026may.onnx"
    if not yunet.is_file():
        pytest.skip("needs the weights files of ../shared/weights, which are not part of the project")
    folder = write_onnx(tmp_path_factory.mktemp("weights"), "arcface-w600k-r50", tiny_arcface())
    shutil.copy(yunet, folder)
    return folder


@pytest.fixture
def arcface(face_weights: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`face_weights`, as the weights folder while the test runs."""
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(face_weights))
    return face_weights
