"""What `vidchatbench doctor` says of metrics whose weights are not there, and what its exit code counts."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from vidchatbench.registry import entries

PLUGIN = """
from dataclasses import replace
from helpers.plain import Brightness, Grey
from vidchatbench.weights import CatalogueFile, WeightsEntry

NET = WeightsEntry(name="net", file="net.onnx", sha256="0" * 64, what="a net", licence="MIT", source="somewhere")


class Heavy(Grey):
    id = "plugin.heavy"

    def weights(self):
        return {"net": CatalogueFile(NET)}


class One(Brightness):
    card = replace(Brightness.card, id="plugin.one", profiles=frozenset(PROFILES))

    def needs(self):
        return {"heavy": Heavy().on("response")}
"""


@pytest.fixture
def doctor(tmp_path, root):
    """Runs `doctor` with a plugin whose metric is in the given profiles and needs weights."""

    def run(*profiles, profile=None):
        info = tmp_path / "doctors_plugin-1.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: doctors-plugin\nVersion: 1\n")
        (info / "entry_points.txt").write_text("[vidchatbench.metrics]\nplugin.one = doctors_plugin:One\n")
        (tmp_path / "doctors_plugin.py").write_text(PLUGIN.replace("PROFILES", repr(profiles)))
        path = [str(tmp_path), str(root / "tests"), os.environ.get("PYTHONPATH", "")]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(path), "VIDCHATBENCH_WEIGHTS": str(tmp_path / "weights")}
        done = subprocess.run(
            [sys.executable, "-m", "vidchatbench", "doctor", *(["--profile", profile] if profile else [])],
            capture_output=True,
            text=True,
            env=env,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        line = next((line for line in done.stdout.splitlines() if line.startswith("plugin.one")), "")
        return done.returncode, line

    return run


def test_metrics_of_no_profile_are_told_of_and_not_counted(doctor, tmp_path):
    code, line = doctor()
    assert "(in no profile)" in line
    assert "vidchatbench weights add net FILE" in line
    assert code == 0  # the bundled ones are all ready


def test_metrics_of_the_profile_that_is_asked_for_count(doctor):
    code, line = doctor("another", profile="another")
    assert "(in no profile)" not in line
    assert "vidchatbench weights add net FILE" in line
    assert code == 3
    assert doctor("another", profile="bundled")[0] == 0
    assert doctor("another")[0] == 0  # one profile, the bundled one, is complete
    every = {profile for entry in entries().values() if entry.metric for profile in entry.metric.card.profiles}
    assert doctor(*every)[0] == 3
    assert doctor("another", profile="anotehr")[0] == 2


def test_weights_of_another_content_are_told_of(doctor, tmp_path):
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "net.onnx").write_bytes(b"other")
    code, line = doctor("another", profile="another")
    assert "unknown weights" in line
    assert code == 3
