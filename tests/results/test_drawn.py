"""What rows give the report to draw: whose it is, which of two counts, and what a wrong array is answered with."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from helpers import tiny
from helpers.plain import Brightness
from helpers.score import sample

import vidchatbench
from vidchatbench import Quantity
from vidchatbench.engine.cache import Cache
from vidchatbench.engine.rows import Cell, Row
from vidchatbench.results import read_items, read_results
from vidchatbench.results.drawn import Drawn
from vidchatbench.types import Reason


def row(status="ok", **stats):
    arrays = {name.replace("__", "."): np.asarray(array) for name, array in stats.items()}
    reason = Reason(code="missing", detail="none") if status == "failed" else None
    return Row(sample=sample(), status=status, stats=arrays, reason=reason)


def said(*words):
    return np.frombuffer("\n".join(words).encode(), np.uint8)


def test_words_and_segments_are_those_of_their_track():
    own = row(
        timeline__response=[[1, 2.00049]], words__response=said("Grüß", "dich"), words_at__response=[[1, 1.5], [1.5, 2]]
    )
    found = Drawn.of([own], [])
    assert found.timelines == {"response": ((1.0, 2.0),)}
    assert found.words == {"response": ((1.0, 1.5, "Grüß"), (1.5, 2.0, "dich"))}


def test_a_recogniser_that_heard_nothing_is_told_from_none():
    silent = row(words__response=said(), words_at__response=np.zeros((0, 2)))
    assert Drawn.of([silent], []).words == {"response": ()} and Drawn.of([row(value=1.0)], []).words == {}


def test_of_the_real_clips_rows_the_response_is_the_reference():
    real = row(
        timeline__response=[[5, 6]], timeline__initiator=[[0, 4]], timeline__backchannels=[[1, 2]],
        words__response=said("real"), words_at__response=[[5, 6]],
    )  # fmt: skip
    missing = row("failed", value=0.0)
    found = Drawn.of([missing], [real])
    assert found.timelines == {"initiator": ((0.0, 4.0),), "reference": ((5.0, 6.0),)}
    assert found.words == {"reference": ((5.0, 6.0, "real"),)}
    own = row(timeline__reference=[[5, 7]], timeline__response=[[8, 9]])
    assert Drawn.of([own], [real]).timelines["reference"] == ((5.0, 7.0),)


def test_no_entry_where_nothing_is_drawn():
    assert Drawn.of([row(value=1.0, said=3)], []) == Drawn({}, {})


@pytest.mark.parametrize(
    ("stats", "says"),
    [
        ({"timeline.response": np.zeros(3)}, r"a timeline.response of the shape \(3,\), not \(n, 2\)"),
        ({"words.response": said("a", "b"), "words_at.response": np.zeros((1, 2))}, "2 words as uint8 .* but 1 times"),
        ({"words.response": said("a")}, "but no times"),
        ({"words.response": np.array(["a"], "<U1").view(np.uint32), "words_at.response": np.zeros((1, 2))}, "uint32"),
        ({"value": np.array(1.0)}, None),
        ({"timeline.response": np.zeros(0), "words.response": said(), "words_at.response": np.zeros((0, 2))}, None),
    ],
)
def test_an_array_that_cannot_be_drawn_is_the_metrics_defect(stats, says, tmp_path):
    class Wrong(Brightness):
        def needs(self):
            return {}

        def item(self, sample, inputs):
            return {"value": np.array(1.0), **stats}

    found = Cell(metric=Wrong(), sample=sample(), needs={}).row(Cache(tmp_path))
    if says is None:
        assert found.status == "ok"
    else:
        assert (found.status, found.reason.code) == ("failed", "error")
        assert re.search(says, found.reason.detail)


def test_a_metric_that_compares_must_give_both_sides(tmp_path):
    class Half(Brightness):
        card = replace(Brightness.card, compared=Quantity(name="level", unit=""))

        def needs(self):
            return {}

        def item(self, sample, inputs):
            return {"value": np.array(1.0), "response": np.ones(1)}

    found = Cell(metric=Half(), sample=sample(), needs={}).row(Cache(tmp_path))
    assert found.reason.code == "error" and "no array human" in found.reason.detail


class Spoken(Brightness):
    """Hears two words in whatever is given to it, and compares when they begin."""

    card = replace(Brightness.card, id="plain.spoken", compared=Quantity(name="start", unit="s"))

    def item(self, sample, inputs):
        at = sample.start_s + np.array([[0.1, 0.2], [0.2, 0.4]])
        return {
            "value": np.array(1.0), "timeline.response": at, "words.response": said("well", "yes"),
            "words_at.response": at, "response": at[:, 0], "human": np.ones(1),
        }  # fmt: skip

    def failed(self, sample, reason, inputs):
        return {"value": np.array(0.0), "response": np.array([5.0]), "human": np.ones(1)}


def test_words_and_what_is_compared_reach_the_files_and_come_back(tmp_path, monkeypatch):
    monkeypatch.setenv("VIDCHATBENCH_CACHE", str(tmp_path / "cache"))
    testset, outputs = tiny.write_testset(tmp_path / "tiny"), tiny.write_outputs(tmp_path / "outputs")
    (outputs / "x1.mp4").unlink()
    runs = [
        vidchatbench.evaluate(
            outputs, testset=testset, metrics=["plain"], extra_metrics=[Spoken()], workers=0, out=tmp_path / name
        )
        for name in ("first", "from_the_cache")
    ]
    for file in ("results.json", "items.jsonl.gz", "stats.npz", "report.html"):
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "from_the_cache" / file).read_bytes()
    items, results = read_items(tmp_path / "first"), read_results(tmp_path / "first")
    assert items == runs[0].items and results == runs[0].results
    there, missing = items[0], items[1]
    start = there.output.start_s
    assert there.words["response"] == ((start + 0.1, start + 0.2, "well"), (start + 0.2, start + 0.4, "yes"))
    assert {word for *_, word in missing.words["reference"]} == {"well", "yes"} and "response" not in missing.words
    assert there.compared["plain.spoken"].response == (start + 0.1, start + 0.2)
    assert missing.compared["plain.spoken"].response == (5.0,)
    assert results.metrics["plain.spoken"].compared == Quantity(name="start", unit="s")


def test_results_of_before_these_fields_are_still_read(tmp_path, monkeypatch):
    monkeypatch.setenv("VIDCHATBENCH_CACHE", str(tmp_path / "cache"))
    testset, outputs = tiny.write_testset(tmp_path / "tiny"), tiny.write_outputs(tmp_path / "outputs")
    metric = type("Plain", (Brightness,), {"card": replace(Brightness.card, id="plain.old")})()
    out = tmp_path / "out"
    vidchatbench.evaluate(outputs, testset=testset, metrics=["plain"], extra_metrics=[metric], workers=0, out=out)
    results = json.loads((out / "results.json").read_text())
    results.pop("families")
    for one in results["metrics"].values():
        one.pop("compared")
    lines = [json.loads(line) for line in gzip.decompress((out / "items.jsonl.gz").read_bytes()).splitlines()]
    for line in lines:
        for name in ("words", "texts", "compared"):
            line.pop(name)
    (out / "results.json").write_text(json.dumps(results))
    (out / "items.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    assert read_results(out).metrics["plain.old"].compared is None and read_results(out).families == {}
    assert [item.words for item in read_items(out)] == [{}] * 3
