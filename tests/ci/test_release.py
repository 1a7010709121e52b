"""What goes out as a release: the tag's version, whole, and readable on an index."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest

VERSION = "1.2.0"
METADATA = (
    f"Metadata-Version: 2.4\nName: vidchatbench\nVersion: {VERSION}\nDescription-Content-Type: text/markdown\n\n# A\n"
)


def made(folder, metadata=METADATA, version=VERSION, licence=True):
    """A tiny sdist and wheel."""
    folder.mkdir()
    info = f"vidchatbench-{version}.dist-info"
    with zipfile.ZipFile(folder / f"vidchatbench-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{info}/METADATA", metadata)
        if licence:
            wheel.writestr(f"{info}/licenses/LICENSE", "A")
    (folder / "PKG-INFO").write_text(metadata)
    with tarfile.open(folder / f"vidchatbench-{version}.tar.gz", "w:gz") as sdist:
        sdist.add(folder / "PKG-INFO", f"vidchatbench-{version}/PKG-INFO")
    (folder / "PKG-INFO").unlink()
    return folder


@pytest.fixture(scope="module")
def problems(script):
    return script("check_dist").problems


def test_what_is_in_order_has_no_problem(problems, tmp_path):
    assert problems(made(tmp_path / "dist"), VERSION) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"metadata": METADATA.replace("1.2.0", "1.2.1")}, "is vidchatbench 1.2.1, not vidchatbench 1.2.0"),
        ({"metadata": METADATA.replace("Name: vidchatbench\n", "")}, "name"),
        ({"metadata": METADATA.replace("text/markdown", "text/plain")}, "no README"),
        ({"metadata": METADATA.replace("# A\n", "")}, "no README"),
        ({"version": "1.3.0"}, "not vidchatbench 1.2.0"),
        ({"licence": False}, "licence is missing"),
    ],
)
def test_what_is_not_is_named(problems, tmp_path, change, says):
    found = problems(made(tmp_path / "dist", **change), VERSION)
    assert found and any(says in line for line in found), found


def test_another_file_and_a_damaged_one_are_named(problems, tmp_path):
    dist = made(tmp_path / "dist")
    (dist / "more.txt").write_text("x")
    assert "one sdist and one wheel" in problems(dist, VERSION)[0]
    (dist / "more.txt").unlink()
    (wheel,) = dist.glob("*.whl")
    wheel.write_bytes(wheel.read_bytes()[:50])
    assert "cannot be read" in problems(dist, VERSION)[0]


def build(root, tmp_path, tag):
    """Build from a copy of what git knows."""
    copy = tmp_path / "source"
    names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root,
                           capture_output=True, text=True)  # fmt: skip
    if names.returncode:
        pytest.skip("needs a git checkout")
    for name in filter(None, names.stdout.split("\0")):
        if (root / name).is_file() and not name.startswith(("tests/", "examples/")):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, copy / name)
    env = os.environ | {"TAG": tag, "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"}
    script = copy / ".github/scripts/build_release.sh"
    return copy, subprocess.run([script], env=env, cwd=tmp_path, capture_output=True, text=True)


def test_a_tag_that_is_not_the_version_is_refused(root, tmp_path):
    copy, done = build(root, tmp_path, "v9.9.9")
    assert done.returncode == 2 and "::error::the tag v9.9.9 is not v" in done.stdout
    assert not (copy / "dist").exists()


@pytest.mark.slow
def test_the_projects_own_release_is_in_order(root, tmp_path):
    import tomllib

    version = tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]
    copy, done = build(root, tmp_path, f"v{version}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(list((copy / "dist").iterdir())) == 2
