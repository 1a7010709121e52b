"""What a submission says of the harness and the machine: versions, and nothing that names a person, host or folder."""

from __future__ import annotations

import json
import re
import subprocess
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import vidchatbench
from vidchatbench.errors import DataError
from vidchatbench.submission.schema import Environment, HarnessInfo

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_EXTRA = re.compile(r"""\bextra\s*==\s*['"]([\w-]+)""")
_OF_METRICS = ("bundled", "paper")
_LIBC = re.compile(r"glibc[0-9.]+|musl[0-9.]*")
_ARCH = re.compile(r"\b(x86_64|amd64|aarch64|arm64|riscv64|ppc64le)\b")


def harness_info() -> HarnessInfo:
    """The version of this harness and, where it runs from its own git checkout, the commit."""
    package = Path(vidchatbench.__file__).resolve().parent
    version = vidchatbench.__version__
    if not (package.parent / "pyproject.toml").is_file() or not (package.parent / ".git").exists():
        return HarnessInfo(version=version, git_sha=None, dirty=None)
    commit = _git(package.parent, "rev-parse", "HEAD")
    changes = _git(package.parent, "status", "--porcelain", "--untracked-files=no")
    return HarnessInfo(version=version, git_sha=commit or None, dirty=None if changes is None else bool(changes))


def _git(folder: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def environment(results: Path) -> Environment:
    """Where a run was scored, from its `run.json`: Python, kind of machine, versions of what the harness stands on.

    The kernel's release and packages that have nothing to do with the harness stay out: either may tell whose it is.

    Raises:
        DataError: Where there is no `run.json`, or it is not as `eval` writes it.
    """
    file = results / "run.json"
    try:
        run = json.loads(file.read_text(encoding="utf-8"))
        machine, packages = run["machine"], dict(run["packages"])
        python, platform = str(machine["python"]), str(machine["platform"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"cannot be read: {error}", where=file, remedy="make the folder anew: vidchatbench eval --pred DIR"
        ) from error
    kept = _needed()
    return Environment(
        python=python,
        platform=kind_of_machine(platform),
        packages={name: str(version) for name, version in sorted(packages.items()) if _plain(name) in kept},
    )


def kind_of_machine(platform: str) -> str:
    """`Linux x86_64 glibc2.36` of what Python's `platform.platform()` says."""
    found = [platform.split("-")[0], *_ARCH.findall(platform)[:1], *_LIBC.findall(platform)[:1]]
    return " ".join(found)


def _needed() -> set[str]:
    """The distributions that numbers stand on: the harness, what it requires, and what its extras bring for metrics."""
    found: set[str] = set()
    open_names = ["vidchatbench"]
    while open_names:
        name = _plain(open_names.pop())
        if name in found:
            continue
        found.add(name)
        try:
            wants = distribution(name).requires or []
        except PackageNotFoundError:
            continue
        for want in wants:
            extra = _EXTRA.search(want)
            mine = extra is None or (name == "vidchatbench" and extra[1] in _OF_METRICS)
            if mine and (match := _NAME.match(want)):
                open_names.append(match.group())
    return found


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
