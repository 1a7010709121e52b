"""A weights folder of one's own, a catalogue entry, a web server."""

from __future__ import annotations

import hashlib

import pytest
from helpers.web import serve

from vidchatbench.weights import CatalogueFile, WeightsEntry

CONTENT = bytes(range(256)) * 40_000  # 10 MB: several chunks
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A weights folder that is not there yet, with a name that a shell would take apart."""
    folder = tmp_path / "my weights"
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(folder))
    for name in ("VIDCHATBENCH_WEIGHTS_MIRROR", "VIDCHATBENCH_OFFLINE", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("vidchatbench.weights.download._PAUSE_S", 0.0)
    return folder


@pytest.fixture
def site():
    with serve() as site:
        yield site


@pytest.fixture
def content():
    return CONTENT


@pytest.fixture
def entry():
    """A file of a catalogue, `CONTENT` if nothing else is said."""

    def make(**fields):
        known = {"name": "net", "file": "net.pt", "what": "a net", "licence": "MIT", "source": "the project somewhere"}
        digest = {} if "sha256_prefix" in fields else {"sha256": SHA256, "size": len(CONTENT)}
        return CatalogueFile(WeightsEntry(**{**known, **digest, **fields}))

    return make
