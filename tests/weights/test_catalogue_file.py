"""A file of a catalogue: where it is, what a signature says of it, what to type where it is not right."""

from __future__ import annotations

import hashlib
import os
import pickle
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.plain import Brightness, Grey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vidchatbench.errors import NotReady, UsageError
from vidchatbench.registry import ready
from vidchatbench.weights import PackageFile, WeightsFile, weights_dir
from vidchatbench.weights.folder import Found, find, name_of
from vidchatbench.weights.pull import add

OTHER = b"other weights"
OTHER_SHA256 = hashlib.sha256(OTHER).hexdigest()


@pytest.fixture
def other(tmp_path):
    file = tmp_path / "trained.pt"
    file.write_bytes(OTHER)
    return file


def signature(file):
    class Heavy(Grey):
        id = "plain.heavy"

        def weights(self):
            return {"net": file}

    return Heavy().signature()


def needing(*files, extra=None, requires=()):
    class Heavy(Grey):
        def weights(self):
            return {str(n): file for n, file in enumerate(files)}

    Heavy.extra, Heavy.requires = extra, requires

    class Wants(Brightness):
        def needs(self):
            return {"grey": Heavy().on("response")}

    return Wants()


def test_absent_it_says_what_it_is_and_what_to_type(folder, entry):
    with pytest.raises(NotReady) as caught:
        entry(url="https://example.org/net.pt").verified()
    assert caught.value.remedy == "vidchatbench weights pull net"
    for words in ("net", "10,240,000 bytes", "MIT", entry().sha256):
        assert words in caught.value.cause
    with pytest.raises(NotReady) as caught:
        entry(url="https://example.org/net.pt", limits="not for sale").locate()
    assert caught.value.remedy == "vidchatbench weights pull net --accept-license"
    with pytest.raises(NotReady) as caught:
        entry().locate()
    assert "the project somewhere" in caught.value.remedy
    assert caught.value.remedy.endswith("vidchatbench weights add net FILE")


def test_a_file_that_a_person_copied_there_is_found_and_verified(folder, entry, content):
    folder.mkdir()
    (folder / "net.pt").write_bytes(content)
    assert entry().verified() == folder / "net.pt"
    assert entry().label == entry().entry.sha256[:8]


def test_a_folder_of_that_name_is_no_file(folder, entry):
    (folder / "net.pt").mkdir(parents=True)
    with pytest.raises(NotReady, match="are not in the weights folder"):
        entry().verified()


def test_another_content_under_the_published_name_is_refused_with_both_digests(folder, entry):
    folder.mkdir()
    (folder / "net.pt").write_bytes(OTHER)
    file = entry(url="https://example.org/net.pt")
    assert file.locate() == folder / "net.pt"  # cheap: the content is looked at when it is used
    with pytest.raises(NotReady, match="unknown weights") as caught:
        file.verified()
    assert OTHER_SHA256 in caught.value.cause and file.entry.sha256 in caught.value.cause
    command = re.search(r"rm (.+), then", caught.value.remedy)[0].removesuffix(", then")
    subprocess.run(["sh", "-c", command], check=True)
    assert caught.value.remedy.endswith("vidchatbench weights pull net")
    assert not (folder / "net.pt").exists()


def test_the_signature_needs_no_file_and_says_what_is_unofficial(folder, entry, other):
    file = entry()
    official = signature(file)
    assert official == f"plain.heavy(v1,w.net:{file.entry.sha256[:8]})"
    kept = add(file, other, unofficial=True, accepted=False)
    assert kept == folder / f"net.unofficial-{OTHER_SHA256}.pt" == file.verified()
    assert signature(file) == f"plain.heavy(v1,w.net:unofficial-{OTHER_SHA256[:8]})"
    assert file.sha256 == OTHER_SHA256
    kept.unlink()
    assert signature(file) == official


def test_an_unofficial_file_that_changed_under_its_name_is_refused(folder, entry, other):
    kept = add(entry(), other, unofficial=True, accepted=False)
    kept.write_bytes(b"changed")
    with pytest.raises(NotReady, match=f"must be {OTHER_SHA256}") as caught:
        entry().verified()
    assert "--unofficial" in caught.value.remedy


def test_two_contents_of_one_file_are_an_error_that_says_what_to_remove(folder, entry, other, content):
    add(entry(), other, unofficial=True, accepted=False)
    (folder / "net.pt").write_bytes(content)
    with pytest.raises(NotReady, match="several files") as caught:
        entry().locate()
    assert f"rm '{folder}/net.pt'" in caught.value.remedy
    assert f"net.unofficial-{OTHER_SHA256}.pt'" in caught.value.remedy
    assert "ambiguous" in signature(entry())  # never raises; `ready` keeps such a metric from running
    assert "several files" in ready(needing(entry())).cause


def test_an_unknown_sha256_is_recorded_and_held_to_ever_after(folder, entry, other, tmp_path):
    file = entry(sha256=None, size=None)
    assert signature(file).endswith("w.net:unrecorded)")
    folder.mkdir()
    (folder / "net.pt").write_bytes(OTHER)
    with pytest.raises(NotReady, match="not recorded yet") as caught:
        file.locate()
    assert caught.value.remedy == f"vidchatbench weights add net '{folder}/net.pt'"
    kept = add(file, folder / "net.pt", unofficial=False, accepted=False)
    assert kept == folder / f"net.recorded-{OTHER_SHA256}.pt" == file.verified()
    assert [path.name for path in folder.glob("net*")] == [kept.name]
    assert signature(file).endswith(f"w.net:{OTHER_SHA256[:8]})")
    assert add(file, other, unofficial=False, accepted=False) == kept  # the same again
    (tmp_path / "new").write_bytes(b"a new one")
    with pytest.raises(UsageError, match="is there already"):
        add(file, tmp_path / "new", unofficial=False, accepted=False)


def test_the_digits_in_a_published_file_name_are_held_to(folder, entry, other):
    with pytest.raises(UsageError, match="begins with 0000"):
        add(entry(sha256_prefix="0" * 8), other, unofficial=False, accepted=False)
    file = entry(sha256_prefix=OTHER_SHA256[:8])
    assert file.label == OTHER_SHA256[:8]
    assert add(file, other, unofficial=False, accepted=False).name == name_of("net.pt", "recorded", OTHER_SHA256)
    assert file.label == OTHER_SHA256[:8]


def test_a_wrong_content_and_a_second_one_are_not_added(folder, entry, other, tmp_path, content):
    with pytest.raises(UsageError, match=f"{OTHER_SHA256}, the known one is {entry().sha256}"):
        add(entry(), other, unofficial=False, accepted=False)
    assert not list(folder.glob("net*"))
    (tmp_path / "right").write_bytes(content)
    with pytest.raises(UsageError, match="published content"):
        add(entry(), tmp_path / "right", unofficial=True, accepted=False)
    limited = entry(limits="not for sale")
    with pytest.raises(NotReady, match="not for sale"):
        add(limited, tmp_path / "right", unofficial=False, accepted=False)
    assert add(limited, tmp_path / "right", unofficial=False, accepted=True) == folder / "net.pt"
    with pytest.raises(UsageError, match=r"net\.pt is there already"):
        add(limited, other, unofficial=True, accepted=False)
    with pytest.raises(UsageError, match="cannot be read"):
        add(entry(), tmp_path, unofficial=False, accepted=False)


def test_without_the_variable_it_is_the_users_data_folder_named_without_the_user(tmp_path, monkeypatch, entry):
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert weights_dir().is_relative_to(tmp_path)
    assert weights_dir().parts[-2:] == ("vidchatbench", "weights")
    weights_dir().mkdir(parents=True)
    (weights_dir() / "net.pt").write_bytes(OTHER)
    with pytest.raises(NotReady) as caught:
        entry().verified()
    assert str(tmp_path) not in caught.value.cause + caught.value.remedy
    assert "rm ~/" in caught.value.remedy


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    file=st.from_regex(r"\A[a-zA-Z0-9_][a-zA-Z0-9_.+-]{0,20}\Z"),
    state=st.sampled_from(["official", "recorded", "unofficial"]),
    content=st.binary(max_size=8),
)
def test_a_name_tells_what_the_file_is(folder, file, state, content):
    folder.mkdir(exist_ok=True)
    sha256 = hashlib.sha256(content).hexdigest()
    name = name_of(file, state, sha256)
    (folder / name).write_bytes(content)
    assert find(file) == (Found(name, state, None if state == "official" else sha256),)
    (folder / name).unlink()
    assert find(file) == ()


def test_it_is_a_weights_file_and_reaches_the_workers(entry):
    file = entry(mirrors=("https://example.org/",), url="https://example.org/net.pt")
    assert isinstance(file, WeightsFile)
    assert pickle.loads(pickle.dumps(file)) == file
    assert {file: 1}[replace(file)] == 1


def test_a_signature_costs_one_stat_and_no_listing_while_the_folder_is_still(folder, entry, content, monkeypatch):
    folder.mkdir()
    (folder / "net.pt").write_bytes(content)
    os.utime(folder, (1e9, 1e9))
    file = entry()
    assert file.label == file.entry.sha256[:8]
    stats = []
    real = Path.stat
    monkeypatch.setattr(Path, "stat", lambda self, **k: stats.append(self) or real(self, **k))
    monkeypatch.setattr(os, "scandir", None)
    assert file.label == file.entry.sha256[:8]
    assert stats == [folder]


def test_what_is_lacking_now_is_what_one_is_told_to_bring(folder, entry):
    file = entry(url="https://example.org/net.pt")
    packaged = PackageFile(package="not_there", path="a", sha256="0", licence="", pip="p")
    assert ready(needing(file, extra="paper")).remedy == "vidchatbench weights pull net"
    assert ready(needing(file, extra="paper", requires=("not_there",))).remedy == "pip install 'vidchatbench[paper]'"
    assert ready(needing(packaged, extra="paper")).remedy == "pip install 'vidchatbench[paper]'"
    assert ready(needing(packaged)).remedy == "pip install 'p'"
