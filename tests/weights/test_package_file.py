import hashlib
import pickle

import pytest

from vidchatbench.errors import NotReady
from vidchatbench.weights import PackageFile, WeightsFile

CONTENT = b"some weights"
ABOUT = {"package": "fake_weights_package", "path": "a.dat", "licence": "MIT", "pip": "fake"}


def test_it_is_a_weights_file_and_reaches_the_workers():
    file = PackageFile(sha256="0123456789abcdef", **ABOUT)
    assert isinstance(file, WeightsFile)
    assert file.label == "01234567"
    assert pickle.loads(pickle.dumps(file)) == file


def test_another_content_in_a_package_is_refused(tmp_path, monkeypatch):
    (tmp_path / "fake_weights_package").mkdir()
    (tmp_path / "fake_weights_package" / "__init__.py").write_text("raise ImportError('never imported')")
    (tmp_path / "fake_weights_package" / "a.dat").write_bytes(CONTENT)
    monkeypatch.syspath_prepend(str(tmp_path))
    known = PackageFile(sha256=hashlib.sha256(CONTENT).hexdigest(), **ABOUT)
    assert known.verified() == tmp_path / "fake_weights_package" / "a.dat"
    with pytest.raises(NotReady, match=r"unknown weights(.|\n)*pip install --force-reinstall 'fake'"):
        PackageFile(sha256="0" * 64, **ABOUT).verified()
