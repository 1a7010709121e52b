"""In a project that has nothing to do with us, pytest is as it was."""

from __future__ import annotations

import re
import subprocess
import sys

TESTS = """
import sys
def test_ok(tmp_path):
    loaded = {name for name in sys.modules if name.startswith("vidchatbench")}
    assert loaded <= {"vidchatbench", "vidchatbench.pytest_plugin", "vidchatbench.adapters",
                      "vidchatbench.adapters.naming"}
    assert not {"numpy", "av", "pydantic"} & set(sys.modules)
def test_bad(item_of_mine):
    assert 1 == 2
"""
CONFTEST = "import pytest\n@pytest.fixture\ndef item_of_mine():\n    return 1\n"


def test_the_same_tests_the_same_outcome_the_same_words(tmp_path):
    (tmp_path / "test_theirs.py").write_text(TESTS)
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "vcb_model.py").write_text("raise SystemExit('an adapter that nobody asked for')")
    told = []
    for extra in ([], ["-p", "no:vidchatbench"]):
        # Plugins that load NumPy and the like by themselves are left out.
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", *extra]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 1, done.stdout
        told.append(re.sub(r"plugins: .*|in [\d.]+s( \([\d:]+\))?|0x\w+|=+", "", done.stdout))
    assert "1 failed, 1 passed" in told[0]
    assert told[0] == told[1]
