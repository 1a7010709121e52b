"""The verb `weights`: what it prints and what its exit code says, with a plugin that brings a catalogue of its own."""

from __future__ import annotations

import hashlib
import json
import sys

import pytest
from helpers.web import serve

from vidchatbench.cli import main
from vidchatbench.registry import entries

CONTENT = b"some weights"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
OTHER = hashlib.sha256(b"other").hexdigest()
METRIC = """
from dataclasses import replace
from pathlib import Path
from helpers.plain import Brightness, Grey
from vidchatbench.weights import load_catalogue

WEIGHTS = load_catalogue(Path(__file__).with_name("weights.json"))


class Heavy(Grey):
    id = "plugin.heavy"

    def weights(self):
        return {"net": WEIGHTS["net"]}


class One(Brightness):
    card = replace(Brightness.card, id="plugin.one", profiles=frozenset(["heavy"]))

    def needs(self):
        return {"grey": Heavy().on("response"), "own": Heavy().on("reference")}
"""


@pytest.fixture
def site():
    with serve() as site:
        site.files = {"/net.pt": CONTENT, "/limited.pt": CONTENT}
        yield site


@pytest.fixture
def weights_verb(tmp_path, site, monkeypatch, capsys):
    """Runs `vidchatbench` with a plugin whose catalogue has three files."""
    info = tmp_path / "plugin_of_weights-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plugin-of-weights\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[vidchatbench.metrics]\nplugin.one = plugin_of_weights:One\n"
        "[vidchatbench.weights]\nplugin = plugin_of_weights:WEIGHTS\n"
    )
    (tmp_path / "plugin_of_weights.py").write_text(METRIC)
    about = {"what": "a net", "licence": "MIT", "source": "somewhere"}
    listed = [
        {"name": "net", "file": "net.pt", "url": f"{site.url}/net.pt", "sha256": SHA256, "size": len(CONTENT)},
        {"name": "limited", "file": "limited.pt", "url": f"{site.url}/limited.pt", "limits": "never on Sundays"},
        {"name": "gone", "file": "gone.pt", "url": f"{site.url}/gone.pt"},
    ]
    lines = [{**about, **entry} for entry in listed]
    (tmp_path / "weights.json").write_text(json.dumps({"schema": "vidchatbench.weights/1", "weights": lines}))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "plugin_of_weights", raising=False)
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(tmp_path / "weights"))
    for name in ("VIDCHATBENCH_WEIGHTS_MIRROR", "VIDCHATBENCH_OFFLINE", "HF_HUB_OFFLINE"):
        monkeypatch.setenv(name, "")  # also what `--offline` sets is undone
    entries.cache_clear()

    def run(*args, verb="weights"):
        capsys.readouterr()
        code = main([verb, *map(str, args)])
        monkeypatch.setenv("VIDCHATBENCH_OFFLINE", "")
        told = capsys.readouterr()
        return code, told.out + told.err

    yield run
    entries.cache_clear()


def line(text, start):
    return next(line for line in text.splitlines() if line.startswith(start))


def test_from_absent_to_verified_and_damaged(weights_verb, tmp_path, site):
    code, text = weights_verb("ls")
    assert code == 0
    assert line(text, "net ").split() == ["net", "absent", "0.0", "MIT", "net.pt", "plugin.one"]
    assert "no metric of this version uses it" in line(text, "limited")
    code, text = weights_verb("path", "net")
    assert code == 3 and "vidchatbench weights pull net" in text
    kept = tmp_path / "weights" / "net.pt"
    code, text = weights_verb("pull", "--profile", "heavy")
    assert (code, text) == (0, f"net  {kept}\n")
    assert weights_verb("path", "net") == (0, f"{kept}\n")
    assert weights_verb("pull", "net") == (0, "nothing is absent\n")
    code, text = weights_verb("verify")
    assert code == 0 and SHA256 in line(text, "net")
    kept.write_bytes(b"damaged")
    code, text = weights_verb("verify", "net")
    assert code == 3
    assert "WRONG" in text and SHA256 in text and "vidchatbench weights pull net" in text
    assert len(site.asked) == 1


def test_limits_are_shown_and_must_be_accepted(weights_verb, site):
    for command in (["pull", "limited", "net"], ["add", "limited", __file__]):
        code, text = weights_verb(*command)
        assert code == 3
        assert "never on Sundays" in text and "--accept-license" in text
    assert not site.asked
    code, text = weights_verb("pull", "limited", "--accept-license")
    assert code == 0
    assert "no catalogue knows its sha256" in text and f"limited.recorded-{SHA256}.pt" in text
    assert "recorded" in line(weights_verb("ls")[1], "limited").split()


def test_one_that_is_gone_does_not_keep_the_others_away(weights_verb, tmp_path):
    code, text = weights_verb("pull", "gone", "net")
    assert code == 3
    assert "404" in text and "gone.pt" in text
    assert (tmp_path / "weights" / "net.pt").is_file()


def test_another_content_is_refused_and_with_unofficial_told_of_everywhere(weights_verb, tmp_path, root):
    (tmp_path / "mine.pt").write_bytes(b"other")
    code, text = weights_verb("add", "net", tmp_path / "mine.pt")
    assert code == 2
    assert OTHER in text and SHA256 in text and "--unofficial" in text
    code, text = weights_verb("add", "net", tmp_path / "mine.pt", "--unofficial")
    assert code == 0 and f"net.unofficial-{OTHER}.pt" in text
    assert "unofficial" in line(weights_verb("ls")[1], "net").split()
    code, text = weights_verb(
        "--pred", root / "examples/outputs/faithful", "--metrics", "plugin.one", "--limit", "1", "--workers", "0",
        "--out", tmp_path / "run", "--offline", verb="eval",
    )  # fmt: skip
    assert code == 0, text
    assert "unofficial weights" in line(text, "unofficial") and "plugin.one" in line(text, "unofficial")
    results = (tmp_path / "run" / "results.json").read_text()
    assert f"w.net:unofficial-{OTHER[:8]}" in results


def test_two_contents_are_not_taken_for_one(weights_verb, tmp_path):
    (tmp_path / "weights").mkdir()
    for name in ("net.pt", f"net.unofficial-{OTHER}.pt"):
        (tmp_path / "weights" / name).write_bytes(b"other")
    for command in ("pull", "verify", "path"):
        code, text = weights_verb(command, "net")
        assert code == 3
        assert "several files" in text and "rm " in text
    assert "several: keep one" in line(weights_verb("ls")[1], "net")


def test_offline_says_what_to_do_instead(weights_verb, site):
    code, text = weights_verb("pull", "net", "--offline")
    assert code == 3
    assert "offline" in text and f"{site.url}/net.pt" in text and "vidchatbench weights add net FILE" in text
    assert not site.asked


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["pull"], "--profile P"),
        (["pull", "net", "--all"], "which weights"),
        (["pull", "nett"], "did you mean net"),
        (["pull", "--profile", "none"], "there is no profile"),
        (["add", "net", "not-there"], "cannot be read"),
    ],
)
def test_wrong_commands_are_answered(weights_verb, args, says):
    code, text = weights_verb(*args)
    assert code == 2
    assert says in text
