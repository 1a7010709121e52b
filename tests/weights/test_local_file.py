import hashlib
import pickle
import re
import subprocess
from pathlib import Path

import pytest

from vidchatbench.errors import NotReady
from vidchatbench.weights import LocalFile, PackageFile, WeightsFile, weights_dir

CONTENT = b"some weights"
FILE = LocalFile(
    name="net.onnx",
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    size=len(CONTENT),
    licence="MIT",
    source="the project somewhere",
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A weights folder that is not there yet, with a name that a shell would take apart."""
    folder = tmp_path / "my weights"
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(folder))
    return folder


def test_an_absent_file_is_described_and_what_to_type_brings_it(folder, tmp_path):
    with pytest.raises(NotReady) as caught:
        FILE.verified()
    told = str(caught.value)
    for words in ("net.onnx", "12 bytes", FILE.sha256, "MIT", "the project somewhere", "my weights"):
        assert words in told, words
    (tmp_path / "net.onnx").write_bytes(CONTENT)
    command = re.search(r"mkdir .*", caught.value.remedy)[0].replace("/path/to", str(tmp_path))
    subprocess.run(["sh", "-c", command], check=True)
    assert FILE.locate() == FILE.verified() == folder / "net.onnx"


def test_another_content_is_refused_with_both_digests(folder):
    folder.mkdir()
    (folder / "net.onnx").write_bytes(b"other weights")
    assert FILE.locate() == folder / "net.onnx"  # cheap: the content is looked at when it is used
    with pytest.raises(NotReady, match="unknown weights") as caught:
        FILE.verified()
    assert FILE.sha256 in str(caught.value)
    assert hashlib.sha256(b"other weights").hexdigest() in str(caught.value)
    assert caught.value.remedy.endswith(f"cp /path/to/net.onnx '{folder}'/")  # can be pasted as it stands


def test_a_folder_of_that_name_is_no_file(folder):
    (folder / "net.onnx").mkdir(parents=True)
    with pytest.raises(NotReady, match="are not in the weights folder"):
        FILE.verified()


def test_without_the_variable_it_is_the_users_data_folder_named_without_the_user(tmp_path, monkeypatch):
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert weights_dir().is_relative_to(tmp_path)
    assert weights_dir().parts[-2:] == ("vidchatbench", "weights")
    with pytest.raises(NotReady) as caught:
        FILE.locate()
    assert str(tmp_path) not in caught.value.cause + caught.value.remedy
    assert "mkdir -p ~/" in caught.value.remedy


def test_both_kinds_are_weights_files_and_reach_the_workers():
    package = PackageFile(package="p", path="a.dat", sha256="0", licence="MIT", pip="p")
    for file in (FILE, package):
        assert isinstance(file, WeightsFile)
        assert pickle.loads(pickle.dumps(file)) == file


def test_another_content_in_a_package_is_refused_too(tmp_path, monkeypatch):
    (tmp_path / "fake_weights_package").mkdir()
    (tmp_path / "fake_weights_package" / "__init__.py").write_text("raise ImportError('never imported')")
    (tmp_path / "fake_weights_package" / "a.dat").write_bytes(CONTENT)
    monkeypatch.syspath_prepend(str(tmp_path))
    about = {"package": "fake_weights_package", "path": "a.dat", "licence": "MIT", "pip": "fake"}
    assert PackageFile(sha256=FILE.sha256, **about).verified() == Path(tmp_path / "fake_weights_package" / "a.dat")
    with pytest.raises(NotReady, match=r"unknown weights(.|\n)*pip install --force-reinstall 'fake'"):
        PackageFile(sha256="0" * 64, **about).verified()
