"""Exports, read by whoever they are for: huggingface_hub's own parsers, and Every Eval Ever's published schema."""

import json
import math
from pathlib import Path

import jsonschema
import pytest
from helpers.made_run import faces, made_run, psnr, with_benchmark

from vidchatbench.cli import main
from vidchatbench.leaderboard.export.yaml import to_yaml

SCHEMA = Path(__file__).resolve().parents[1] / "data" / "every_eval_ever" / "eval.schema.json"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    import numpy as np

    rs = np.random.RandomState(0)
    rows = psnr(20 + rs.rand(12)) | faces(rs.randn(12, 10), rs.randn(12, 10))
    return made_run(tmp_path_factory.mktemp("run"), rows, name="m")


@pytest.fixture(scope="module")
def submission(root):
    """A committed one: the example system of the mini board."""
    (found,) = (root / "leaderboard/submissions/vidchatbench__faithful").iterdir()
    return found


def exported(capsys, *words):
    assert main(["leaderboard", "export", *map(str, words)]) == 0
    return capsys.readouterr()


def results(folder):
    return json.loads((folder / "results.json").read_text())["metrics"]


def test_a_model_card_reads_its_model_index(submission, capsys):
    card = pytest.importorskip("huggingface_hub").ModelCard
    text = exported(capsys, submission, "--to", "model-index", "--source-url", "https://example.org/run").out
    found = card(f"---\nlicense: mit\n{text}---\n# A model\n").data.eval_results
    said = {one.metric_type: one.metric_value for one in found}
    values = {id: one["value"] for id, one in results(submission).items() if one["value"] is not None}
    assert said == values and len(said) > 20
    assert {one.source_url for one in found} == {"https://example.org/run"}
    assert {one.dataset_name for one in found} == {"VidChatBench mini 1.0.0 (dyadic)"}
    assert found[0].metric_args["signature"] == results(submission)[found[0].metric_type]["signature"]


def test_the_hub_reads_its_eval_results(submission, capsys):
    hub, yaml = pytest.importorskip("huggingface_hub"), pytest.importorskip("yaml")
    text = exported(
        capsys, submission, "--to", "eval-results", "--dataset-id", "o/d", "--source-url", "https://e.org"
    ).out
    entries = hub.parse_eval_result_entries(yaml.safe_load(text))
    values = {id: one["value"] for id, one in results(submission).items() if one["value"] is not None}
    assert {one.task_id: one.value for one in entries} == values
    assert {(one.dataset_id, one.source_url) for one in entries} == {("o/d", "https://e.org")}
    assert yaml.safe_load(to_yaml(hub.eval_result_entries_to_yaml(entries))) == yaml.safe_load(text)


def test_eval_results_need_the_datasets_name(run, capsys):
    assert main(["leaderboard", "export", str(run), "--to", "eval-results"]) == 2
    assert "--dataset-id ORG/NAME" in capsys.readouterr().err


@pytest.mark.parametrize("which", ["run", "submission"])
def test_every_eval_ever_accepts_its_record(which, request, tmp_path, capsys):
    folder, out = request.getfixturevalue(which), tmp_path / "record.json"
    exported(capsys, folder, "--to", "eee", "--out", out)
    record = json.loads(out.read_text())
    schema = json.loads(SCHEMA.read_text())
    jsonschema.validate(record, schema)
    assert record["schema_version"] == schema["version"] == "0.3.0"
    own = results(folder)
    for one in record["evaluation_results"]:
        result, score = own[one["evaluation_result_id"]], one["score_details"]["score"]
        bounds = [float(one["metric_config"][name]) for name in ("min_score", "max_score")]
        assert score == result["value"] and math.isfinite(score) and bounds[0] <= score <= bounds[1]
        assert one["metric_config"]["lower_is_better"] == (result["direction"] == "lower")
        interval = one["score_details"]["uncertainty"].get("confidence_interval")
        assert (interval is None) == (result["ci95"] is None)


def test_what_has_no_whole_value_is_named_and_left_out(tmp_path, capsys):
    import numpy as np

    rs = np.random.RandomState(0)
    rows = psnr(20 + rs.rand(12)) | faces(rs.randn(12, 10), rs.randn(12, 10))
    rows["emotion.landmark_fd"][3] = None
    told = exported(capsys, made_run(tmp_path / "run", rows), "--to", "model-index")
    assert "left out emotion.landmark_fd: partial: 1 of 12 samples failed" in told.err
    assert "emotion.landmark_fd" not in told.out and "video.psnr" in told.out


def test_a_rehearsal_is_no_result_to_hand_on(tmp_path, capsys):
    from dataclasses import replace

    def cut(results):
        return replace(with_benchmark(limited=True)(results), ranked=False)

    folder = made_run(tmp_path / "run", psnr([20, 21, 22]), change=cut)
    assert main(["leaderboard", "export", str(folder), "--to", "eee"]) == 2
    assert "no result to hand on" in capsys.readouterr().err


def test_yaml_is_read_as_it_was_meant():
    yaml = pytest.importorskip("yaml")
    value = {
        "a": [{"b": 1e-05, "c": [0.5, None]}, {"b": "yes", "c": []}, "x: y # z", 1e22],
        "d": {"e": "ü\n\"'", "f": True, "g": {}},
        "h": -1.5e-300,
    }
    assert yaml.safe_load(to_yaml(value)) == value
