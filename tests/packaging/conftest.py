"""A fresh environment on top of this one's packages: what is installed into it is its own, the rest is there."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest


class Fresh:
    """An environment of its own without pip, made in a moment."""

    def __init__(self, home: Path) -> None:
        venv.create(home, with_pip=False)  # Debian's Python may have no ensurepip
        self.python = home / "bin" / "python"
        self.site = Path(self.run("-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
        # Plain paths: the .pth files in them, and with them our own editable install, are not followed.
        below = dict.fromkeys(sysconfig.get_path(kind) for kind in ("purelib", "platlib"))
        (self.site / "below.pth").write_text("\n".join(below) + "\n")

    def install(self, *what: object) -> None:
        """Install without dependencies and without an index, by the pip of this environment."""
        options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--force-reinstall"]
        command = [sys.executable, "-m", "pip", "--python", self.python, "install", *options, *what]
        subprocess.run([*map(str, command)], check=True, env=self.env)

    def run(self, *args: object) -> str:
        """What this environment's Python prints, run away from the checkout."""
        command = [str(self.python), *map(str, args)]
        done = subprocess.run(command, env=self.env, cwd=self.python.parent, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @property
    def env(self) -> dict[str, str]:
        """The environment variables, less what would show the checkout."""
        return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"COLUMNS": "200"}


@pytest.fixture
def fresh(tmp_path):
    return Fresh(tmp_path / "fresh")
