"""Drawn answers are scored again: honest rows agree, changed files and changed rows do not, and no path leads out."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.opened import fingerprint, opened

from vidchatbench import evaluate
from vidchatbench.errors import DataError, UsageError
from vidchatbench.registry import entries
from vidchatbench.results import StoredRows
from vidchatbench.results.schema import Cell
from vidchatbench.submission.check import LEVELS, Asked
from vidchatbench.submission.context import Context
from vidchatbench.submission.opened import key_of
from vidchatbench.submission.rescore import rescore
from vidchatbench.submission.schema import FileInfo
from vidchatbench.testset import read_outputs

BEACON = hashlib.sha256(b"a drand round").hexdigest()
METRICS = ("check.coverage", "check.silent", "audio.loudness", "turn.fto_w1")
"""Cheap ones of every kind: a share, a timeline, a mean, a distribution."""


@pytest.fixture(scope="module")
def outputs(root, tmp_path_factory):
    """The answers as they were fetched."""
    folder = tmp_path_factory.mktemp("fetched") / "outputs"
    shutil.copytree(root / "examples" / "outputs" / "faithful", folder)
    return folder


@pytest.fixture(scope="module")
def run(outputs, tmp_path_factory, mini):
    """A run on them, scored for good, as a submission."""
    out = tmp_path_factory.mktemp("run") / "faithful"
    scored = evaluate(outputs, testset="mini", metrics=METRICS, workers=0, out=out)
    found = read_outputs(outputs)
    prints = {str(key): fingerprint(one.video, one.audio) for key, one in found.responses.items()}
    given = opened(prints, results=scored.results, items=tuple(scored.items))
    manifest = {}
    for key, one in found.responses.items():
        content = one.video.read_bytes()
        manifest[str(key)] = replace(
            given.manifest[str(key)], file=one.video.name, sha256=hashlib.sha256(content).hexdigest(),
            bytes=len(content), start_s=one.start_s,
        )  # fmt: skip
    files = {"manifest.jsonl": FileInfo(sha256=hashlib.sha256(b"manifest").hexdigest(), bytes=9)}
    return replace(given, manifest=manifest, rows=StoredRows.of(out), submission=replace(given.submission, files=files))


def again(run, mini, outputs, k=5):
    return rescore(run, mini, outputs, BEACON, k=k, workers=0)


def wrong(found):
    return [(finding.code, finding.severity) for finding in found.findings if finding.severity != "note"]


def changed(run, how):
    """The run with other rows: `how(metric, sample, arrays)` gives each row's arrays."""

    class Rows:
        def rows(self, id):
            return {key: how(id, key, dict(row)) for key, row in run.rows.rows(id).items()}

    return replace(run, rows=Rows())


def with_cells(run, id, how):
    """The run with other values in its lines."""
    items = tuple(
        replace(one, metrics={**one.metrics, id: how(one, one.metrics[id])}) if id in one.metrics else one
        for one in run.items
    )
    return replace(run, items=items)


def test_honest_rows_agree(run, mini, outputs):
    found = again(run, mini, outputs)
    assert wrong(found) == []
    assert found.not_checked == ()
    (note,) = found.findings
    assert note.code == "draw"
    assert found.draw.seed in note.detail and all(key in note.detail for key in found.draw.drawn)
    assert "5 of 15 answers drawn" in note.detail and "5%" in note.detail


def test_all_of_them_where_there_are_fewer(run, mini, outputs):
    found = again(run, mini, outputs, k=60)
    assert wrong(found) == []
    assert len(found.draw.samples) == 15
    assert "all were drawn" in found.findings[0].detail


def test_values_that_the_answers_do_not_have(run, mini, outputs):
    better = changed(run, lambda id, key, row: row | ({"value": row["value"] / 4} if id == "audio.loudness" else {}))
    lower = with_cells(better, "audio.loudness", lambda one, cell: replace(cell, value=cell.value and cell.value / 4))
    found = again(lower, mini, outputs)
    assert ("rescore-differs", "error") in wrong(found) or ("rescore-differs", "warning") in wrong(found)
    timing = changed(run, lambda id, key, row: row | ({"response": row["response"] - 1} if id == "turn.fto_w1" else {}))
    found = again(timing, mini, outputs, k=8)
    (finding,) = [one for one in found.findings if one.severity == "error"]
    assert "turn.fto_w1" in finding.detail and "response is another" in finding.detail and "eval" in finding.remedy


def test_one_row_beyond_tolerance_is_a_warning(run, mini, outputs):
    drawn = again(run, mini, outputs).draw.drawn
    key = next(one for one in drawn if not one.startswith("l"))
    off = changed(
        run, lambda id, k, row: row | ({"value": row["value"] + 5} if (id, k) == ("audio.loudness", key) else {})
    )
    assert wrong(again(off, mini, outputs)) == [("rescore-differs", "warning")]


def test_failures_that_were_hidden(run, mini, outputs):
    def hide(one, cell):
        return Cell(value=0.0, status="failed", reason="no_speech: invented")

    found = again(with_cells(run, "check.coverage", hide), mini, outputs)
    assert wrong(found) == [("rescore-differs", "error")]
    assert "failed (no_speech) there, ok here" in " ".join(one.detail for one in found.findings)


def lose(run, key):
    """The run without the answer to one sample, which counts as what it had."""
    id = "turn.fto_w1"
    items = tuple(
        replace(one, status="failed", reason="missing: x", output=None, metrics={
            name: Cell(value=None, status="failed", reason="missing: x") for name in one.metrics if name == id
        }) if str(key_of(one)) == key else one
        for one in run.items
    )  # fmt: skip
    gone = {name: None for name in ("file", "sha256", "bytes", "start_s")}
    return replace(run, items=items, manifest={**run.manifest, key: replace(run.manifest[key], **gone)})


def test_what_lost_answers_count_as(run, mini, outputs):
    key = "d02"
    lied = lose(run, key)
    found = again(lied, mini, outputs, k=2)
    assert found.draw.lost == (key,) and key not in found.draw.samples
    (finding,) = [one for one in found.findings if one.severity != "note"]
    assert finding.code == "rescore-differs" and f"{key}: response is another" in finding.detail

    def no_reply(id, sample, row):
        if (id, sample) != ("turn.fto_w1", key):
            return row
        metric = entries()[id].metric
        return {"human": row["human"], "response": np.array([metric.no_reply]), "left_censored": np.array(0.0)}

    assert wrong(again(changed(lied, no_reply), mini, outputs, k=2)) == []


def test_timelines(run, mini, outputs):
    def talk(id, key, row):
        return row | {"timeline.response": np.array([[0.0, 30.0]])} if id == "check.silent" else row

    found = again(changed(run, talk), mini, outputs)
    assert ("rescore-differs", "error") in wrong(found)
    assert "are speech in one of both alone" in " ".join(one.detail for one in found.findings)


def test_another_signature_is_not_compared(run, mini, outputs):
    metrics = {**run.results.metrics}
    metrics["audio.loudness"] = replace(metrics["audio.loudness"], signature="audio.loudness|v0")
    found = again(replace(run, results=replace(run.results, metrics=metrics)), mini, outputs)
    assert [one.why for one in found.not_checked] == ["here it has another signature"]


@pytest.fixture
def copy(outputs, tmp_path):
    """A copy of the answers that a test may change."""
    return Path(shutil.copytree(outputs, tmp_path / "outputs"))


@pytest.fixture
def drawn(run, mini, outputs):
    """The first answer that is drawn."""
    return again(run, mini, outputs).draw.drawn[0]


def test_a_file_that_was_changed(run, mini, copy, drawn):
    file = copy / f"{drawn}.mp4"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    found = again(run, mini, copy)
    assert wrong(found) == [("media-differs", "error")]
    assert f"{drawn}.mp4: its sha256 is " in found.findings[1].detail


def test_a_file_that_is_not_there(run, mini, copy, drawn):
    (copy / f"{drawn}.mp4").unlink()
    assert wrong(again(run, mini, copy)) == [("media-missing", "error")]


def test_links_and_paths_out_are_refused(run, mini, copy, drawn, outputs):
    file = copy / f"{drawn}.mp4"
    file.unlink()
    file.symlink_to(outputs / file.name)
    found = again(run, mini, copy)
    assert wrong(found) == [("media-differs", "error")]
    assert "links are not followed" in found.findings[1].detail
    file.unlink()
    (copy / "way").symlink_to(outputs)
    for name in (f"way/{drawn}.mp4", f"../outputs/{drawn}.mp4", str(outputs / f"{drawn}.mp4")):
        manifest = {**run.manifest, drawn: replace(run.manifest[drawn], file=name)}
        assert wrong(again(replace(run, manifest=manifest), mini, copy)) == [("media-differs", "error")], name
    os.mkfifo(file)
    found = again(run, mini, copy)
    assert wrong(found) == [("media-differs", "error")]
    assert "no plain file" in found.findings[1].detail


def test_a_fingerprint_of_something_else(run, mini, outputs, drawn):
    other = next(key for key in run.fingerprints if key != drawn)
    prints = {**run.fingerprints, drawn: run.fingerprints[other]}
    found = again(replace(run, fingerprints=prints), mini, outputs)
    assert wrong(found) == [("media-differs", "error")]
    assert found.findings[1].where == f"fingerprints.jsonl.gz: {drawn}"


def test_a_file_that_cannot_be_decoded(run, mini, copy, drawn):
    """It is the manifest's, and no video: its rows are failed here, and were not there."""
    content = gzip.compress(b"no video at all" * 100)
    (copy / f"{drawn}.mp4").write_bytes(content)
    line = replace(run.manifest[drawn], sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
    found = again(replace(run, manifest={**run.manifest, drawn: line}), mini, copy)
    assert {code for code, _ in wrong(found)} == {"media-differs", "rescore-differs"}


def test_what_cannot_be_asked(run, mini, tmp_path):
    with pytest.raises(UsageError, match="no such folder"):
        rescore(run, mini, tmp_path / "nowhere", BEACON)
    lost = replace(mini, root=tmp_path)
    with pytest.raises(DataError, match="is not there"):
        rescore(run, lost, tmp_path, BEACON, k=2)


def test_the_check_asks_for_what_it_needs(run, mini, outputs, tmp_path):
    with pytest.raises(UsageError, match="level 3") as asked:
        LEVELS[3](run, Context(testset=mini), Asked())
    assert "--outputs DIR --beacon HEX" in asked.value.remedy
    lost = Context(testset=replace(mini, root=tmp_path))
    with pytest.raises(UsageError, match="is not there"):  # our test set's fault, not the submission's
        LEVELS[3](run, lost, Asked(outputs=outputs, beacon=BEACON))


def test_nothing_is_left_behind(run, mini, outputs, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    again(run, mini, outputs, k=2)
    assert list(tmp_path.iterdir()) == []
    assert json.dumps([finding.detail for finding in again(run, mini, outputs, k=2).findings]).isascii()
