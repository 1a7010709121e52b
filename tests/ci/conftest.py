"""The scripts of .github, as modules and as programs."""

from __future__ import annotations

import importlib.util
import sys

import pytest


@pytest.fixture(scope="session")
def script(root):
    """Load a Python script of .github/scripts."""

    def load(name):
        spec = importlib.util.spec_from_file_location(f"github_{name}", root / ".github" / "scripts" / f"{name}.py")
        module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load
