"""`vidchatbench compare` from the command line."""

import json

import jsonschema
import pytest
from helpers.made_run import PSNR, made_run, psnr, with_benchmark

from vidchatbench.cli import main


@pytest.fixture
def folders(tmp_path):
    return made_run(tmp_path / "a", psnr(range(20, 28)), name="a"), made_run(
        tmp_path / "b", psnr(range(21, 29)), name="b"
    )


def test_table_json_and_page(folders, tmp_path, capsys):
    a, b = map(str, folders)
    assert main(["compare", a, b, "--json", str(tmp_path / "c.json"), "--html", str(tmp_path / "c.html")]) == 0
    assert "b against a, on made 1" in capsys.readouterr().out
    found = json.loads((tmp_path / "c.json").read_text())
    capsys.readouterr()
    assert main(["schema", "comparison"]) == 0
    jsonschema.validate(found, json.loads(capsys.readouterr().out))
    assert found["schema"] == "vidchatbench.comparison/1"
    assert (
        found["pairs"][0]["differences"][PSNR] | {"difference": 1.0, "p": 2**-8}
        == found["pairs"][0]["differences"][PSNR]
    )
    assert (tmp_path / "c.html").read_text().startswith("<!doctype html>")


def test_incomparable_runs_end_with_3(folders, tmp_path, capsys):
    other = made_run(tmp_path / "o", psnr(range(8)), name="o", change=with_benchmark(testset_sha256="2" * 64))
    assert main(["compare", str(folders[0]), str(other)]) == 3
    said = capsys.readouterr().out
    assert "not comparable, test set" in said and "-> score both on one test set" in said and "difference" not in said


def test_an_absent_folder_ends_with_2(folders, tmp_path, capsys):
    assert main(["compare", str(folders[0]), str(tmp_path / "none")]) == 2
    assert "there is no such folder" in capsys.readouterr().err
