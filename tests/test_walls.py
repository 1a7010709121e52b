"""The walls of docs/design.md, and what the project promises about its own files."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import distributions

import pytest

HEAVY = {
    "numpy",
    "scipy",
    "pandas",
    "pydantic",
    "torch",
    "onnxruntime",
    "cv2",
    "av",
    "rich",
    "jinja2",
    "pooch",
    "requests",
}
IMPORTS = {
    "import": "import vidchatbench",
    "help": """
import sys
from vidchatbench.cli import main
try:
    main(["--help"])
except SystemExit as done:
    assert done.code == 0
""",
}


@pytest.fixture(scope="module")
def files(root):
    """The project's files: those that git knows, or would if they were added."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if listing.returncode:
        pytest.skip(f"needs a git checkout: {listing.stderr.strip()}")
    return [root / name for name in listing.stdout.split("\0") if name and (root / name).is_file()]


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def owners():
    """The distributions that own each top-level module, by their files: what `top_level.txt` says may be incomplete."""
    found = {}
    for distribution in distributions():
        for file in distribution.files or ():
            found.setdefault(file.parts[0].partition(".")[0], set()).add(
                re.sub(r"[-_.]+", "-", distribution.name).lower()
            )
    return found


@pytest.mark.parametrize("code", IMPORTS.values(), ids=IMPORTS.keys())
def test_start_up_loads_nothing_heavy(code):
    code += "\nimport sys\nprint(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert "vidchatbench" in loaded
    assert not loaded & HEAVY


def test_rooms_know_only_the_rooms_below_them(root, project):
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"],
        cwd=root,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    contracts = len(project["tool"]["importlinter"]["contracts"])
    assert f"Contracts: {contracts} kept, 0 broken." in done.stdout


def test_every_import_is_a_declared_dependency(root, project, owners):
    """What is imported is declared by us, not merely brought along by somebody else's package."""
    extras = project["project"]["optional-dependencies"]
    declared = project["project"]["dependencies"] + extras["adapters"] + extras["bundled"] + extras["paper"]
    ours = {re.split(r"[<>=~! \[]", line)[0].lower() for line in declared}
    for file in [*(root / "vidchatbench").rglob("*.py"), *(root / "metrics").rglob("*.py")]:
        for name in _imported(file) - sys.stdlib_module_names - {"vidchatbench", "vidchatbench_metrics"}:
            assert owners.get(name, {name.replace("_", "-")}) & ours, (
                f"{file.relative_to(root)} imports {name}, which pyproject.toml does not declare"
            )


def _imported(file):
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_one_distribution_owns_cv2(owners):
    """Two would unpack into one folder, and whichever came last would win in silence."""
    assert owners["cv2"] == {"opencv-python-headless"}


def test_no_file_names_an_index_host_or_a_machine(files, root):
    """A package index belongs to the machine's configuration, never to the project."""
    told = re.compile(
        r"files\.pythonhosted\.org|[a-z.]*pypi\.org/simple|index-url\s*[=:]?\s*\S*://|file:///opt|/work/(wt|main|venv)"
    )
    assert root / "uv.lock" not in files
    for file in files:
        if (
            file.suffix in {".md", ".toml", ".txt", ".yaml", ".yml", ".cfg", ".py", ".sh", ""}
            and file != root / "tests/test_walls.py"
        ):
            found = told.search(file.read_text(errors="replace"))
            assert not found, f"{file.relative_to(root)}: {found}"


def test_the_test_sets_stay_small(files, root):
    size = sum(file.stat().st_size for file in files if file.is_relative_to(root / "testsets"))
    assert size < 10e6


def test_the_readme_has_two_lines_to_set_up_and_go(root):
    lines = [line for line in (root / "README.md").read_text().splitlines() if "venv" in line and "pip" in line]
    assert len(lines) == 2
    for line, extra, goal in zip(
        lines,
        ["[bundled]", "[bundled,paper,dev]"],
        ["vidchatbench eval --pred examples/outputs/faithful", "python -m pytest -n auto -m 'not slow'"],
        strict=True,
    ):
        set_up = "python3 -m venv --without-pip .venv && python3 -m pip --python .venv/bin/python install"
        assert line == f"{set_up} -c constraints.txt -e '.{extra}' && .venv/bin/{goal}"


def test_listing_the_metrics_and_importing_the_main_job_load_no_slow_package():
    """A finished run that is given again pays for this start and little else."""
    script = (
        "import sys, vidchatbench.api, vidchatbench.report.html\n"
        "from vidchatbench.registry import entries\n"
        "assert all(e.metric for e in entries().values())\n"
        "slow = ('scipy.signal', 'scipy.stats', 'scipy.ndimage', 'onnxruntime', 'dlib', 'pandas', 'torch')\n"
        "print(*[name for name in slow if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
