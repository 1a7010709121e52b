"""`submit`: what it wants to know, what it refuses, and that nothing of the machine is in what it packs."""

from __future__ import annotations

import getpass
import gzip
import json
import re
import shutil
import socket
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from submission.conftest import MODEL
from submission.mutator import Content
from vidchatbench.cli import main
from vidchatbench.errors import UsageError
from vidchatbench.results.names_only import names_only
from vidchatbench.submission import schema
from vidchatbench.submission.declared import declared, folder_of, valid_id
from vidchatbench.submission.environment import kind_of_machine
from vidchatbench.submission.run_id import new_run_id, time_of


def submit(made, out, *more, model=MODEL):
    words = ["submit", str(made.results), "--pred", str(made.outputs), "--testset", str(made.testset), "--workers", "0"]
    return main([*words, "--out", str(out), *model, *more])


def test_results_are_packed_byte_for_byte(good):
    for name in (schema.RESULTS, schema.ITEMS, schema.STATS):
        assert (good.run / name).read_bytes() == (good.results / name).read_bytes()
    assert sorted(path.name for path in good.run.iterdir()) == sorted(schema.FILES)


@pytest.mark.parametrize("which", ["good", "holed"])
def test_nothing_of_the_machine_is_in_it(which, request):
    made = request.getfixturevalue(which)
    said = [
        str(Path.home()),
        str(Path.cwd()),
        socket.gethostname(),
        str(made.outputs.parent),
        str(made.testset),
        "/tmp/",
    ]
    said += [getpass.getuser() + "@", "/home/", "/root", "/usr/", "/work/", "secret"]
    for path in made.run.iterdir():
        raw = path.read_bytes()
        if path.suffix == ".gz":
            assert raw[4:8] == b"\0\0\0\0" and raw[3] == 0, "no time and no name in the head"
            raw = gzip.decompress(raw)
        elif path.suffix == ".npz":
            with zipfile.ZipFile(path) as archive:
                raw = b"".join(archive.read(part) for part in archive.infolist())
                assert {part.date_time for part in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert [one for one in said if one.encode() in raw] == [], path.name


def test_a_failure_is_told_without_the_folders_of_the_machine(holed):
    (line,) = [
        item for item in Content.of(holed.run).json[schema.ITEMS] if (item["item_id"], item["seed"]) == ("d02", 1)
    ]
    assert "FileNotFoundError: no such file: 'w.pt'" in line["reason"]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("open '/data/secret-team/w.pt' failed", "open 'w.pt' failed"),
        ("(~/x/y.mp4)", "(y.mp4)"),
        ("file:///srv/a/x.mp4", "x.mp4"),
        ("9.4 /min, and/or 1/2 of a/b", "9.4 /min, and/or 1/2 of a/b"),
        ("see https://example.org/a/b.html", "see https://example.org/a/b.html"),
    ],
)
def test_names_without_folders(text, plain):
    assert names_only(text) == plain
    assert names_only(f"{Path.home()}/a b/c.mp4") == "a b/c.mp4"


def test_what_is_not_declared_is_named_all_at_once(good, tmp_path, capsys):
    assert submit(good, tmp_path / "out", model=["--revision", "1", "--license", "MIT"]) == 2
    said = capsys.readouterr().err
    wanted = "--model ORG/NAME --open-weights --training-data --saw-test-sources --deterministic --all-seeds-reported"
    for word in wanted.split():
        assert word in said
    assert "--revision" not in said and not (tmp_path / "out").exists()


def test_a_file_of_declarations(good, tmp_path, capsys):
    file = tmp_path / "model.toml"
    file.write_text(
        'id = "demo/other"\nrevision = "2"\nlicense = "MIT"\nopen_weights = true\ntraining_data = ["a:train"]\n'
        'saw_test_sources = false\ndeterministic = true\nn_params = 7000000000\n'
        '[[components]]\nrole = "tts"\nid = "org/voice"\nrevision = "1.2"\n'
    )  # fmt: skip
    more = ["--model-file", str(file), "--all-seeds-reported", "--revision", "3"]
    assert submit(good, tmp_path / "out", model=more) == 0
    (run,) = (tmp_path / "out" / "demo__other").iterdir()
    model = Content.of(run).json[schema.SUBMISSION]["model"]
    assert (model["revision"], model["components"][0]["role"], model["n_params"]) == ("3", "tts", 7_000_000_000)
    file.write_text(file.read_text().replace("license", "licence"))
    assert submit(good, tmp_path / "out", model=more) == 2
    assert "there is no declaration 'licence'" in capsys.readouterr().err


def test_what_generate_recorded_is_taken(tmp_path):
    record = {
        "responder": {"id": "me/echo", "revision": "1", "license": None, "training_data": [], "deterministic": False,
                      "history": "self"},
        "adapter": {"sha256": "0" * 64}, "machine": {"cpu_count": 2, "gpus": ["0"], "platform": "x", "python": "3"},
    }  # fmt: skip
    (tmp_path / "generation").mkdir()
    (tmp_path / "generation" / "run.json").write_text(json.dumps(record))
    said = declared(tmp_path, None, {"license": "MIT", "open_weights": None})
    assert said.missing == ("open_weights", "saw_test_sources")
    assert said.values["training_data"] == [] and said.values["license"] == "MIT"
    assert said.generation is not None and said.generation.history == "self"
    with pytest.raises(UsageError, match="open_weights"):
        said.model()


def test_too_few_seeds_are_refused_with_what_to_type(good, tmp_path, capsys):
    outputs = tmp_path / "outputs"
    shutil.copytree(good.outputs, outputs)
    manifest = outputs / "manifest.jsonl"
    kept = [line for line in manifest.read_text().splitlines(keepends=True) if json.loads(line)["seed"] == 0]
    manifest.write_text("".join(kept))
    words = ["--pred", str(outputs), "--testset", str(good.testset), "--workers", "0"]
    assert main(["eval", *words, "--out", str(tmp_path / "run")]) == 0
    assert main(["submit", str(tmp_path / "run"), *words, "--out", str(tmp_path / "out"), *MODEL]) == 2
    assert "--seeds 3" in capsys.readouterr().err


def test_a_run_that_the_check_refuses_is_not_put_there(good, tmp_path, capsys):
    words = ["--pred", str(good.outputs), "--testset", str(good.testset), "--workers", "0"]
    assert main(["eval", *words, "--out", str(tmp_path / "run"), "--metrics", "turn.fto_w1"]) == 0
    out = tmp_path / "out"
    assert main(["submit", str(tmp_path / "run"), *words, "--out", str(out), *MODEL]) == 4
    assert list(out.iterdir()) == []
    assert "without --profile, --metrics" in capsys.readouterr().out


def test_answers_that_were_changed_after_scoring_are_refused(good, tmp_path, capsys):
    outputs = tmp_path / "outputs"
    shutil.copytree(good.outputs, outputs)
    shutil.copy(outputs / "d02.mp4", outputs / "d01.mp4")
    words = ["submit", str(good.results), "--pred", str(outputs), "--testset", str(good.testset), "--workers", "0"]
    assert main([*words, "--out", str(tmp_path / "out"), *MODEL]) == 4
    assert "items.jsonl.gz measured d01.mp4" in capsys.readouterr().out


def test_superseding_and_withdrawing(good, tmp_path, capsys):
    out = tmp_path / "submissions"
    shutil.copytree(good.submissions, out)
    assert submit(good, out, "--supersedes", new_run_id()) == 4
    assert "is no merged run of demo/faithful" in capsys.readouterr().out
    assert submit(good, out, "--supersedes", good.run.name) == 0
    assert "one-a-month" in capsys.readouterr().out
    run = out / "demo__faithful" / good.run.name
    assert main(["submit", "--withdraw", str(run)]) == 2
    assert main(["submit", "--withdraw", str(run), "--reason", "the wrong checkpoint"]) == 0
    assert json.loads((run / schema.WITHDRAWAL).read_text())["reason"] == "the wrong checkpoint"
    words = ["check-submission", str(run), "--testset", str(good.testset)]
    assert main([*words, "--base-tree", str(good.submissions)]) == 4, "two things at once"
    shutil.copytree(good.submissions, tmp_path / "base")
    base = tmp_path / "base" / "demo__faithful"
    for path in (out / "demo__faithful").iterdir():
        if path.name != run.name:
            shutil.copytree(path, base / path.name)
    assert main([*words, "--base-tree", str(tmp_path / "base")]) == 0
    assert main(["submit", "--withdraw", str(run), "--reason", "again"]) == 2


def test_ids_that_name_a_folder():
    good = ("org/model", "a/b", "Org-1/model.v2+x", "o/a__b")
    bad = (
        "model",
        "org/",
        "/m",
        "o__rg/m",
        "org_/m",
        "org/m/x",
        "../x",
        "org/..",
        ".x/y",
        "o rg/m",
        "org/m\n",
        "ö/m",
        "a" * 70 + "/m",
    )
    assert [one for one in good if not valid_id(one)] == [] and [one for one in bad if valid_id(one)] == []
    assert folder_of("o/a__b") == "o__a__b"


def test_run_ids_sort_by_time():
    now = time.time()
    ids = [new_run_id(round(now * 1000) + k) for k in range(50)]
    assert ids == sorted(ids) and len(set(ids)) == 50
    assert abs((time_of(ids[0]) - datetime.now(UTC)).total_seconds()) < 60
    assert time_of("0191d5c2-7a1b-4c3d-8e9f-001122334455") is None and time_of(ids[0].upper()) is None


def test_a_kernels_name_is_not_told():
    assert kind_of_machine("Linux-6.1.0-alices-laptop-x86_64-with-glibc2.36") == "Linux x86_64 glibc2.36"
    assert not re.search("alice", kind_of_machine("macOS-14.5-alice-arm64-arm-64bit"))


def test_one_value_of_a_row_stands_for_itself(good):
    with np.load(good.run / schema.STATS) as stored:
        assert all(stored[name].dtype.kind in "Ufibu" for name in stored.files)
