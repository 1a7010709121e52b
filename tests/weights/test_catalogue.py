"""The lists of weights: ours is right, and what is wrong in one is named."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import pytest

from vidchatbench.errors import DataError, UsageError
from vidchatbench.weights import load_catalogue
from vidchatbench.weights.catalogue import known_weights
from vidchatbench_metrics.weights import WEIGHTS

GOOD = {"name": "net", "file": "net.pt", "what": "a net", "licence": "MIT", "source": "somewhere"}
NAMED = {
    "inception-2015", "i3d-kinetics-400", "alexnet-imagenet", "syncnet-v2", "s3fd", "arcface-w600k-r50",
    "arcface-glint360k-r100", "deep3d-recon", "scrfd-10g", "wavlm-large-sv", "utmos22-strong", "yunet",
}  # fmt: skip


def test_our_list_is_right():
    assert set(WEIGHTS) >= NAMED
    assert list(WEIGHTS) == sorted(WEIGHTS)
    for file in WEIGHTS.values():
        entry = file.entry
        entry.check()
        assert entry.what and entry.licence and entry.source
        for url in (entry.url, *entry.mirrors):
            assert url is None or urlsplit(url).scheme == "https"
        carried = re.search(r"-([0-9a-f]{8})\.pth$", entry.file)
        assert not carried or entry.sha256.startswith(carried[1])
        if "non-commercial" in entry.licence:
            assert entry.limits


def test_names_are_found_and_close_ones_offered():
    assert WEIGHTS["yunet"].entry.file == "face_detection_yunet_2026may.onnx"
    assert "yunet" in WEIGHTS and "nope" not in WEIGHTS and len(WEIGHTS) == len(list(WEIGHTS))
    with pytest.raises(UsageError, match="did you mean syncnet-v2"):
        WEIGHTS["syncnet-v3"]


def write(path, *entries, schema="vidchatbench.weights/1"):
    path.write_text(json.dumps({"schema": schema, "weights": entries}))
    return load_catalogue(path)


def test_a_list_of_ones_own(tmp_path):
    catalogue = write(tmp_path / "weights.json", {**GOOD, "sha256_prefix": "01234567"})
    assert catalogue["net"].entry.sha256_prefix == "01234567"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": "Net"}, "name"),
        ({"file": "../net.pt"}, "plain file name"),
        ({"file": ".net"}, "plain file name"),
        ({"sha256": "ABCD"}, "sha256: must be 64"),
        ({"sha256_prefix": "1234567"}, "sha256_prefix"),
        ({"sha256": "0" * 64, "sha256_prefix": "0" * 8}, "sha256_prefix"),
        ({"size": 0}, "size"),
        ({"size": "many"}, "size"),
        ({"url": "http://example.org/net.pt"}, "not https"),
        ({"mirrors": ["https://example.org/net.pt"]}, "mirrors: without url"),
        ({"member": "net.pt"}, "member"),
        ({"archive_size": 3}, "without member"),
        ({"colour": "red"}, "colour"),
        ({"licence": None}, "licence"),
    ],
)
def test_what_is_wrong_in_a_list_is_named(tmp_path, change, says):
    catalogue = write(tmp_path / "weights.json", {**GOOD, **change})
    with pytest.raises(DataError, match=says) as caught:
        catalogue["net"]
    assert caught.value.where == str(tmp_path / "weights.json")


def test_a_name_twice_a_file_twice_another_schema_no_file(tmp_path):
    path = tmp_path / "weights.json"
    for second in ({"file": "b.pt"}, {"name": "b"}):
        with pytest.raises(DataError, match="is there twice"):
            len(write(path, GOOD, {**GOOD, **second}))
    with pytest.raises(DataError, match="schema"):
        len(write(path, schema="vidchatbench.weights/9"))
    with pytest.raises(DataError, match="cannot be read"):
        len(load_catalogue(tmp_path / "none.json"))


def plugin(folder, name, *entries):
    """An installed distribution that brings a catalogue."""
    info = folder / f"{name}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[vidchatbench.weights]\n{name} = {name}:WEIGHTS\n")
    write(folder / f"{name}.json", *entries)
    (folder / f"{name}.py").write_text(
        f"from pathlib import Path\nfrom vidchatbench.weights import load_catalogue\n"
        f"WEIGHTS = load_catalogue(Path(__file__).with_name('{name}.json'))\n"
    )


def test_installed_catalogues_are_joined_and_must_not_contradict(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    digest = {"sha256": "0" * 64}
    plugin(tmp_path, "cat_one", GOOD | digest)
    plugin(tmp_path, "cat_two", GOOD | digest, {**GOOD, "name": "b", "file": "b.pt"})
    assert {"net", "b"} <= set(known_weights())
    plugin(tmp_path, "cat_x", {**GOOD, "name": "c", "sha256": "1" * 64})
    with pytest.raises(DataError, match=r"c \(net\.pt\) is in another"):
        known_weights()


def test_a_catalogue_that_cannot_be_imported_is_named(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    plugin(tmp_path, "cat_broken", GOOD)
    (tmp_path / "cat_broken.py").write_text("1 / 0\n")
    with pytest.raises(DataError, match="ZeroDivisionError"):
        known_weights()
