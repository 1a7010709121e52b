"""The command as a user meets it: its words, its exit codes, and never a traceback."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from helpers import plain, tiny

OF_SUBMISSIONS = ("submission", "manifest", "fingerprint", "check", "withdrawal")
PLAIN = str(Path(plain.__file__).resolve()) + ":Brightness"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    root = tmp_path_factory.mktemp("world")
    return tiny.write_testset(root / "tiny"), tiny.write_outputs(root / "outputs"), root


def command(world, *words, code=0, **env):
    """Run the command in the world's folder, with a cache of its own."""
    environment = {**os.environ, "VIDCHATBENCH_CACHE": str(world[2] / "cache"), **env}
    done = subprocess.run(
        [sys.executable, "-m", "vidchatbench", *map(str, words)], capture_output=True, text=True, cwd=world[2],
        env=environment, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, done.stderr + done.stdout
    return done


def evaluate(world, *words, **options):
    base = ("eval", "--testset", world[0], "--metric", PLAIN, "--metrics", "plain")
    return command(world, *base, *(() if "--pred" in words else ("--pred", world[1])), *words, **options)


def test_the_main_job_prints_a_table_and_where_the_report_is(world):
    done = evaluate(world)
    assert "Brightness" in done.stdout and "runs/outputs/report.html" in done.stdout
    assert done.stderr == ""  # nothing draws itself into a log
    results = json.loads((world[2] / "runs/outputs/results.json").read_text())
    schema = json.loads(command(world, "schema", "results").stdout)
    jsonschema.validate(results, schema)
    assert set(results["metrics"]["plain.brightness"]) >= {
        "value",
        "n",
        "ci95",
        "signature",
        "unit",
        "direction",
        "reason",
    }
    assert set(results["coverage"]) == {"expected", "ok", "failed", "by_reason"}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**results, "more": 1}, schema)


def test_a_metric_whose_total_fails_is_an_empty_cell_and_the_rest_of_the_run_stands(world):
    file = world[2] / "broken.py"
    broken = "\n    def total(self, rows, weights):\n        raise ZeroDivisionError('no mass')\n"
    file.write_text(Path(plain.__file__).read_text().replace("plain.brightness", "plain.broken") + broken)
    done = evaluate(world, "--metric", f"{file}:Brightness", "--overwrite", "--out", "runs/broken", code=3)
    assert "a defect of plain.broken: its total failed: ZeroDivisionError: no mass" in " ".join(done.stdout.split())
    metrics = json.loads((world[2] / "runs/broken/results.json").read_text())["metrics"]
    assert metrics["plain.broken"]["value"] is None and metrics["plain.brightness"]["value"] is not None


def test_where_nothing_names_a_test_set_those_there_are_are_listed(world):
    done = command(world, "eval", "--pred", world[1], code=2)
    assert "--testset NAME" in done.stderr and "mini" in done.stderr


def test_wrong_words_say_which(world):
    assert "did you mean" in evaluate(world, "--metrics", "plain.brihgtness", code=2).stderr
    assert "no such folder" in evaluate(world, "--pred", "absent", code=2).stderr
    assert "there is no such file" in evaluate(world, "--metric", "absent.py:X", code=2).stderr
    assert "it has no 'X'" in evaluate(world, "--metric", PLAIN.replace("Brightness", "X"), code=2).stderr
    assert "whole number" in evaluate(world, "--workers", "many", code=2).stderr


def test_a_config_file_gives_options_and_the_command_wins(world, tmp_path):
    config = tmp_path / "eval.toml"
    config.write_text(
        f'pred = "{world[1]}"\ntestset = "{world[0]}"\nmetric = ["{PLAIN}"]\nmetrics = ["plain"]\nlimit = 1\n'
    )
    assert "1 of 3 items" in command(world, "eval", "--config", config, "--out", tmp_path / "a").stdout
    assert "2 of 3 items" in command(world, "eval", "--config", config, "--limit", 2, "--out", tmp_path / "b").stdout
    config.write_text("speed = 3\n")
    assert "no option 'speed'" in command(world, "eval", "--config", config, code=2).stderr


def test_dry_run_says_what_is_missing_and_writes_nothing(world, tmp_path):
    outputs = shutil.copytree(world[1], tmp_path / "dry")
    (outputs / "x0.mp4").unlink()
    done = evaluate(world, "--pred", outputs, "--dry-run")
    assert "3 expected, 1 missing" in done.stdout
    assert not (world[2] / "runs" / "dry").exists()


def test_fail_on_error(world, tmp_path):
    outputs = shutil.copytree(world[1], tmp_path / "part")
    (outputs / "x0.mp4").write_bytes(b"")
    evaluate(world, "--pred", outputs)
    done = evaluate(world, "--pred", outputs, "--fail-on-error", code=4)
    assert "1 failed" in done.stdout


def test_check_outputs_tells_everything_before_anything_is_computed(world, tmp_path):
    outputs = tmp_path / "check"
    tiny.write_clip(outputs / "x0.mp4", fps=8, seconds=2.5)
    tiny.write_clip(outputs / "x2.mp4", tone_hz=None)
    tiny.write_clip(outputs / "y9.mp4")
    (outputs / "readme.txt").write_text("hello")
    done = command(world, "check-outputs", "--pred", outputs, "--testset", world[0], code=2)
    for words in (
        "8 fps",
        "2.5 s, the real reply has 0.6 s",
        "add x1.mp4",
        "no audio track",
        "has no sample y9",
        "readme.txt",
    ):
        assert words in done.stdout, words
    assert "3 samples of tiny 1 expected, 2 problems" in done.stdout
    assert "0 problems" in command(world, "check-outputs", "--pred", world[1], "--testset", world[0]).stdout


def test_testset_verbs(world):
    assert "mini" in command(world, "testset", "ls").stdout
    assert "3 dialogue" in command(world, "testset", "describe", world[0]).stdout
    assert "6 media files are there" in command(world, "testset", "verify", world[0]).stdout


@pytest.mark.parametrize("name", ["item", "testset", "outputs", "results", "record", *OF_SUBMISSIONS])
def test_schemas_are_json_schema(world, name):
    schema = json.loads(command(world, "schema", name).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False


def test_every_verb_has_help(world):
    from vidchatbench.cli import VERBS

    text = command(world, "--help").stdout
    for verb in VERBS:
        assert verb in text
        assert "usage: vidchatbench " + verb in command(world, verb, "--help").stdout
    assert "exit codes" in text


def test_a_broken_plugin_stays_listed_with_its_reason(world, tmp_path):
    """A distribution whose entry point cannot be imported, as it lies in site-packages."""
    info = tmp_path / "broken_metric-0.3.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-metric\nVersion: 0.3\n")
    (info / "entry_points.txt").write_text("[vidchatbench.metrics]\nbroken.one = broken_metric:One\n")
    (tmp_path / "broken_metric.py").write_text("import a_package_that_is_not_there\n")
    done = command(
        world,
        "metrics",
        "ls",
        PYTHONPATH=os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]),
        COLUMNS="200",
    )
    assert (
        "broken.one" in done.stdout
        and "a_package_that_is_not_there" in done.stdout
        and "broken-metric 0.3" in done.stdout
    )


def test_a_distribution_may_say_what_its_family_means(world, tmp_path):
    """In its own words and for its own family; who says it wrongly says nothing, and ends no run."""
    info = tmp_path / "wise-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: wise\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[vidchatbench.families]\nabsent = not_there:F\nbroken = wise:COUNT\nwise = wise:FAMILIES\nzz = wise:LATER\n"
        "[vidchatbench.metrics]\nplain.other = wise:Other\n"
    )
    (tmp_path / "wise.py").write_text(
        "from dataclasses import replace\nfrom helpers.plain import Brightness\nCOUNT = 3\n"
        "FAMILIES = {'plain': 'How bright it is.', 'unused': 'Nothing.'}\nLATER = {'plain': 'Too late.'}\n"
        "class Other(Brightness):\n    card = replace(Brightness.card, id='plain.other')\n"
    )
    paths = os.pathsep.join([str(tmp_path), str(Path(plain.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    listed = command(world, "metrics", "ls", PYTHONPATH=paths, COLUMNS="200").stdout
    assert "How bright it is." in listed and "Too late." not in listed and "Nothing." not in listed
    options = ("--testset", world[0], "--pred", world[1], "--metrics", "plain", "--out", tmp_path / "out")
    command(world, "eval", *options, PYTHONPATH=paths)
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert results["families"] == {"plain": "How bright it is."}
    assert "How bright it is." in (tmp_path / "out" / "report.html").read_text()


def test_who_has_the_media_stores_features_and_who_lacks_them_scores_with_them(world, tmp_path):
    testset = tiny.write_lock(shutil.copytree(world[0], tmp_path / "tiny"))
    store = ("testset", "features", testset, "--metric", PLAIN, "--metrics", "plain", "--workers", 0)
    assert "plain.grey(v1): 3 entries" in command(world, *store).stdout
    shutil.rmtree(testset / "media")
    assert "reference_features/, 1 files" in command(world, "testset", "describe", testset).stdout
    done = command(world, "testset", "verify", testset, code=2)
    assert "missing     media/r0.mp4" in done.stdout and "reference_features/ is whole" in done.stdout
    others = ("--testset", testset, "--out", tmp_path / "stored")
    assert "3 stored with the test set" in evaluate(world, *others, "--dry-run").stdout
    evaluate(world, *others)
    assert json.loads((tmp_path / "stored" / "run.json").read_text())["features_stored"] == 3
