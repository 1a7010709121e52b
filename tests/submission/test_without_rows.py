"""Metrics whose rows a submission does not hold: packed without them, all the rest of them checked."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.large import SHAPE, Large
from helpers.opened import opened as read_as

from submission.conftest import ROOT, Made, answers_of, make
from submission.mutator import Content, write
from submission.test_mutations import play, undocumented
from vidchatbench import evaluate
from vidchatbench.registry import Entry, entries
from vidchatbench.results import StoredRows, read_results
from vidchatbench.results.files import rows_without
from vidchatbench.submission import schema
from vidchatbench.submission.check import check_submissions
from vidchatbench.submission.rescore import rescore
from vidchatbench.submission.schema import FileInfo
from vidchatbench_metrics.video.i3d import I3D
from vidchatbench_metrics.video.inception import Inception

ID = Large.card.id
LIMIT = 64 << 10
"""Bytes of one row that a submission holds at most."""


@pytest.fixture(scope="module", autouse=True)
def installed():
    """The metric, as if a distribution had brought it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(entries(), ID, Entry(id=ID, source="test", metric=Large()))
        yield


@pytest.fixture(scope="module")
def large(tmp_path_factory, few, installed) -> Made:
    """A run with failures."""
    return make(tmp_path_factory.mktemp("large"), few, broken=True)


def verdict(made, run):
    return check_submissions([run], testsets=[made.testset]).submissions[0]


def forged(made, tmp_path, change) -> Path:
    """A copy with changed content, all digests mended."""
    run = tmp_path / made.run.parent.name / made.run.name
    shutil.copytree(made.run, run)
    content = Content.of(run)
    change(content)
    write(content, run, [schema.STATS, schema.RESULTS, schema.ITEMS])
    return run


def test_only_its_rows_are_left_out(large):
    scored, packed = StoredRows.of(large.results), StoredRows.of(large.run)
    assert f"{ID}/response" in scored.arrays
    assert packed.arrays == {name for name in scored.arrays if not name.startswith(f"{ID}/")}
    for id in {name.partition("/")[0] for name in packed.arrays}:
        one, two = scored.rows(id), packed.rows(id)
        assert one.keys() == two.keys()
        assert all(np.array_equal(one[key][name], two[key][name]) for key in one for name in one[key])
    for name in (schema.RESULTS, schema.ITEMS):
        assert (large.run / name).read_bytes() == (large.results / name).read_bytes()
    said = read_results(large.run).metrics[ID]
    assert said.value is not None and said.partial and said.n == said.expected - said.failed


def test_it_is_written_again_as_it_was_written_first(large):
    assert rows_without(large.results, ()) == (large.results / schema.STATS).read_bytes()
    assert rows_without(large.results, (ID,)) == (large.run / schema.STATS).read_bytes()


def test_it_is_accepted_and_what_nobody_formed_anew_is_said(large):
    found = verdict(large, large.run)
    assert found.verdict == "accepted" and found.level == 2
    (unseen,) = [one for one in found.not_checked if ID in one.what and "value" in one.what and "rows" in one.why]
    assert "vidchatbench eval" in unseen.why


def field(name, value):
    def change(content):
        content.json[schema.RESULTS]["metrics"][ID][name] = value(content.json[schema.RESULTS]["metrics"][ID])

    return change


def test_what_takes_no_rows_is_still_checked(large, tmp_path):
    changes = {
        "n": lambda said: said["n"] + 1,
        "partial": lambda said: False,
        "failed": lambda said: 0,
        "expected": lambda said: said["expected"] - 1,
        "excluded": lambda said: 1,
        "by_reason": lambda said: {},
        "reason": lambda said: None,
        "valid_fraction": lambda said: 1.0,
        "n_clusters": lambda said: said["n_clusters"] + 1,
        "value_valid_only": lambda said: said["value"] / 2,
        "beside": lambda said: {"x": 1.0},
        "remedy": lambda said: "none",
    }
    for name, value in changes.items():
        found = verdict(large, forged(large, tmp_path / name, field(name, value)))
        told = [one.detail for one in found.findings if one.code == "total-differs" and one.severity == "error"]
        assert found.verdict == "refused" and len(told) == 1 and name in told[0], (name, told)
    for name, value in {"value": -1.0, "signature": "x", "fail_value": 0.0, "title": "x"}.items():
        found = verdict(large, forged(large, tmp_path / name, field(name, lambda said, value=value: value)))
        assert {one.code for one in found.findings} & {"range", "signature", "card"}, name
    unseen = verdict(large, forged(large, tmp_path / "value2", lambda content: [
        field(name, lambda said: 0.25)(content) for name in ("value", "value_valid_only")
    ]))  # fmt: skip
    assert unseen.verdict == "accepted", "this is what only scoring all answers again tells"


def test_every_forgery_of_it(large, tmp_path, monkeypatch):
    passed, n = play(large, large, tmp_path, monkeypatch, lambda label: ID in label)
    assert n > 60 and undocumented(passed) == []


def test_a_failure_that_became_an_answer(large, tmp_path):
    def hide(content):
        for line in content.json[schema.ITEMS]:
            if line["metrics"][ID]["status"] == "failed":
                line["metrics"][ID] |= {"status": "ok", "reason": None}

    found = verdict(large, forged(large, tmp_path, hide))
    assert found.verdict == "refused" and {"item-differs", "total-differs"} <= {one.code for one in found.findings}


def test_rows_that_are_smuggled_in_are_refused(large, tmp_path):
    def smuggle(content):
        content.arrays[f"{ID}/samples"] = content.arrays["turn.event_l1/samples"]

    found = verdict(large, forged(large, tmp_path, smuggle))
    assert {one.code for one in found.findings if one.severity == "error"} == {"array"}
    assert "does not hold this metric's rows" in found.findings[0].detail and found.findings[0].remedy


def test_its_value_is_formed_anew_where_all_answers_are_scored_again(tmp_path, mini):
    outputs = ROOT / "examples" / "outputs" / "faithful"
    scored = evaluate(outputs, testset="mini", metrics=(ID,), workers=0, out=tmp_path / "run")
    run = replace(_as_submitted(outputs, scored), rows=StoredRows(tmp_path / "none", frozenset()))
    found = rescore(run, mini, outputs, "0" * 64, k=60, workers=0)
    assert [one.code for one in found.findings] == ["draw"] and found.not_checked == ()
    said = run.results.metrics[ID]
    better = replace(run.results, metrics={ID: replace(said, value=said.value + 1)})
    found = rescore(replace(run, results=better), mini, outputs, "0" * 64, k=60, workers=0)
    assert [one.code for one in found.findings if one.severity == "error"] == ["rescore-differs"]
    found = rescore(replace(run, results=better), mini, outputs, "0" * 64, k=2, workers=0)
    assert [one.code for one in found.findings] == ["draw"]
    assert [one.what for one in found.not_checked] == [f"the value of {ID}"]


def _as_submitted(outputs, scored):
    import hashlib

    from vidchatbench.testset import read_outputs

    given = read_as(answers_of(outputs), results=scored.results, items=tuple(scored.items))
    manifest = dict(given.manifest)
    for key, one in read_outputs(outputs).responses.items():
        content = one.video.read_bytes()
        manifest[str(key)] = replace(
            manifest[str(key)], file=one.video.name, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content),
            start_s=one.start_s,
        )  # fmt: skip
    files = {schema.MANIFEST: FileInfo(sha256=hashlib.sha256(b"manifest").hexdigest(), bytes=8)}
    return replace(given, manifest=manifest, submission=replace(given.submission, files=files))


def test_which_metrics_do_not_submit_their_rows():
    """By what one row takes: vectors of response and reference, in float32."""
    inception, i3d = Inception(), I3D()
    takes = {2 * inception.frames * 2048 * 4: ("video.fid", "video.kid"),
             2 * i3d.windows * 400 * 4: ("video.fvd", "video.fvd_crop", "video.kvd"),
             2 * 16 * 64 * 4: ("emotion.expression_fd",), int(np.prod(SHAPE)) * 8: (ID,)}  # fmt: skip
    for size, ids in takes.items():
        for id in ids:
            assert entries()[id].metric.card.submitted == (size <= LIMIT), id
    known = {id for ids in takes.values() for id in ids}
    assert [
        id for id, one in entries().items() if one.metric and not one.metric.card.submitted and id not in known
    ] == []


def test_no_row_of_a_merged_run_is_larger_than_allowed():
    """Real rows, of every metric of the bundled profile."""
    runs = sorted((ROOT / "leaderboard" / "submissions").glob("vidchatbench__faithful/*"))
    assert runs
    stored = StoredRows.of(runs[-1])
    for id in json.loads((runs[-1] / schema.RESULTS).read_bytes())["metrics"]:
        for key, row in stored.rows(id).items():
            assert sum(array.nbytes for array in row.values()) <= LIMIT, (id, key)
