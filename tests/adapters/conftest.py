"""Adapters in a folder of their own, and the command that runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from helpers.tiny import write_testset

CLI = "import sys; from vidchatbench.cli import main; sys.exit(main())"


class Bench:
    """A user's empty folder, and a tiny test set somewhere else."""

    def __init__(self, home: Path, testset: Path):
        self.home, self.testset, self.name = home, testset, "a"

    @property
    def out(self) -> Path:
        return self.home / "outputs" / self.name

    def adapter(self, text: str, name: str = "vcb_a.py") -> None:
        (self.home / name).write_text("import numpy as np\nimport vidchatbench as vcb\n" + textwrap.dedent(text))

    def command(self, *words: object) -> list[str]:
        return [sys.executable, "-c", CLI, *map(str, words)]

    def run(self, *words: object, code: int | None = 0, **kwargs) -> str:
        done = subprocess.run(
            self.command(*words), cwd=self.home, capture_output=True, text=True, stdin=subprocess.DEVNULL, **kwargs
        )
        told = done.stdout + done.stderr
        assert code is None or done.returncode == code, told
        return told

    def generate(self, *words: object, code: int | None = 0, adapter: str = "vcb_a.py") -> str:
        self.name = Path(str(adapter).partition("::")[0]).stem.removeprefix("vcb_")
        return self.run("generate", adapter, "--testset", self.testset, *words, code=code)

    def rows(self) -> dict[str, dict]:
        return {path.stem: json.loads(path.read_text()) for path in (self.out / "generation/rows").glob("*.json")}

    def failed(self) -> dict[str, str]:
        """code: detail by sample."""
        return {name: "{code}: {detail}".format(**row["failed"]) for name, row in self.rows().items() if row["failed"]}


@pytest.fixture
def bench(tmp_path):
    (tmp_path / "home").mkdir()
    return Bench(tmp_path / "home", write_testset(tmp_path / "hidden" / "set"))


@pytest.fixture(autouse=True)
def no_words_of_the_outer_pytest(monkeypatch):
    for name in [name for name in os.environ if name.startswith("PYTEST_")]:
        monkeypatch.delenv(name)
