"""The timeline: items win, the lock fills in, and what neither knows is never scored."""

from __future__ import annotations

import json
import shutil
from math import isnan

import numpy as np
import pytest
from helpers import tiny

from vidchatbench.engine.cache import Cache
from vidchatbench.engine.lock import lock_testset
from vidchatbench.engine.pool import Pool
from vidchatbench.engine.timeline import measure_timeline
from vidchatbench.errors import DataError, NotReady
from vidchatbench.feature import ClipFeature
from vidchatbench.testset import load_testset
from vidchatbench.testset.lock import TimelineLine, plain

TIMES = ("initiator_speech_end_s", "reference_start_s")


def without(root, *names, item=None):
    lines = [json.loads(line) for line in (root / "items.jsonl").read_text().splitlines()]
    for line in lines:
        for turn in line["turns"] if item in (None, line["item_id"]) else ():
            for name in names or TIMES:
                turn.pop(name)
    (root / "items.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return root


@pytest.fixture
def own(tmp_path):
    return tiny.write_testset(tmp_path / "tiny", seconds=0.4)


@pytest.fixture(scope="module")
def mini(root, tmp_path_factory):
    """The built-in test set without its times."""
    return without(shutil.copytree(root / "testsets" / "mini", tmp_path_factory.mktemp("sets") / "mini"))


class Told(ClipFeature):
    """Gives the same spans for every clip."""

    id = "test.told"
    version = 1

    def __init__(self, array, *spans):
        self.array, self.spans = array, spans

    def params(self):
        return {"spans": str(self.spans)}

    def compute(self, inputs):
        return {self.array: np.array(self.spans, float).reshape(-1, 2)}


def measured(root, monkeypatch, speech=(), words=None):
    def feature(name):
        if name == "words" and words is None:
            raise NotReady("no recogniser")
        return Told("segments", *speech) if name == "speech" else Told("word_times", *words)

    monkeypatch.setattr("vidchatbench.engine.timeline.timeline_feature", feature)
    with Pool(0) as pool:
        return measure_timeline(load_testset(root, with_lock=False), Cache(), pool)


def write_lock(root, *lines):
    (root / "media.lock.jsonl").write_text("".join(json.dumps(plain(line)) + "\n" for line in lines))


def line(item_id="x0", **more):
    given = {"initiator_speech_end_s": 0.31, "speech_end_from": "s", "reference_start_s": 0.42}
    return TimelineLine(item_id=item_id, reference_start_from="default", **{**given, **more})


def test_what_the_items_leave_out_comes_from_the_lock_and_what_they_say_wins(own):
    without(own, "initiator_speech_end_s", item="x0")
    write_lock(own, *(line(f"x{k}") for k in range(3)))
    first, second, _ = (item.turns[0] for item in load_testset(own).items)
    assert (first.initiator_speech_end_s, first.reference_start_s) == (0.31, 0.6)
    assert (second.initiator_speech_end_s, second.reference_start_s) == (0.5, 0.6)


def test_a_set_without_times_loads_and_is_known_but_not_scored(own, tmp_path):
    from vidchatbench import evaluate
    from vidchatbench.engine.reference_features import store_features

    before = load_testset(own).sha256
    without(own, item="x1")
    found = load_testset(own)
    assert isnan(found.items[1].turns[0].reference_start_s)
    assert len(found.sha256) == 64 and found.sha256 != before
    outputs = tiny.write_outputs(tmp_path / "out")
    with pytest.raises(
        DataError, match=r"times of 1 turns \(x1: initiator_speech_end_s, reference_start_s\)"
    ) as caught:
        evaluate(outputs, testset=own, metrics=["check.coverage"])
    assert f"vidchatbench testset lock {own}" in str(caught.value)
    with pytest.raises(DataError, match="times of 1 turns"):
        store_features(found, {})


def test_timeline_lines_are_part_of_the_digest(own):
    digests = {load_testset(own).sha256}
    for times in ({}, {"reference_onset_s": 0.5}, {"note": "n"}):
        write_lock(own, line(**times))
        digests.add(load_testset(own).sha256)
    assert len(digests) == 4


def test_a_time_that_is_no_number_is_no_way_to_leave_it_out(own):
    text = (own / "items.jsonl").read_text()
    (own / "items.jsonl").write_text(text.replace('"initiator_speech_end_s": 0.5', '"initiator_speech_end_s": NaN', 1))
    with pytest.raises(DataError, match="initiator_speech_end_s"):
        load_testset(own)


def test_mini_heard_anew_is_mini_as_it_was_made(mini, root):
    """On known speech the measured end is the true one within 0.1 s, and a new lock asks no older one."""
    with Pool(0) as pool:
        lines = measure_timeline(load_testset(mini, with_lock=False), Cache(), pool)
    truth = {
        (item.item_id, number): turn
        for item in load_testset(root / "testsets" / "mini").items
        for number, turn in enumerate(item.turns)
    }
    assert len(lines) == len(truth) == 15
    for one in lines:
        assert one.initiator_speech_end_s == pytest.approx(truth[one.item_id, one.turn].initiator_speech_end_s, abs=0.1)
        assert one.speech_end_from.startswith("speech.silero(v1")
        assert one.reference_start_from == "default" and one.human_offset_s is None
        assert (one.reference_start_s == 0) == (one.item_id[0] == "l")


def test_source_times_say_when_people_replied(own, monkeypatch):
    without(own)
    spans = [("i0", "v0", 3.0), ("r0", "v0", 3.9), ("i1", "v1", 3.0), ("r1", "v2", 3.9)]
    (own / "sources.jsonl").write_text(
        "".join(
            json.dumps({"path": f"media/{name}.mp4", "video": video, "start_s": at, "end_s": at + 0.4}) + "\n"
            for name, video, at in spans
        )
    )
    first, second, third = measured(own, monkeypatch, speech=[(0.05, 0.1), (0.15, 0.3)])
    assert (first.reference_start_from, first.reference_start_s) == ("sources", 0.9)
    assert (first.reference_onset_s, first.human_offset_s) == (0.95, 0.65)
    assert [one.reference_start_from for one in (second, third)] == ["default", "default"]
    assert second.human_offset_s is None


def test_what_words_and_speech_say_is_held_against_each_other(own, monkeypatch):
    said = [line.note for line in measured(own, monkeypatch, speech=[(0.0, 0.4)], words=[(0.1, 0.3), (0.3, 0.85)])]
    assert said == ["the last word ends until 0.85 s, 0.35 s later"] * 3
    near = measured(own, monkeypatch, speech=[(0.0, 0.4)], words=[(0.1, 0.79)])
    assert [(line.note, line.words_end_s) for line in near] == [("", 0.79)] * 3
    (heard, *_) = measured(own, monkeypatch, speech=[(0.0, 0.15)])
    assert heard.note == "speech is heard until 0.15 s, 0.35 s earlier" and heard.words_end_s is None


def test_a_silent_question_without_a_time_is_refused_by_name(own, monkeypatch):
    without(own, "initiator_speech_end_s", item="x1")
    with pytest.raises(DataError, match=r"1 turns give no .* first x1: media/i1\.mp4: nobody speaks"):
        measured(own, monkeypatch)


def test_without_anything_that_hears_only_given_times_are_locked(own, monkeypatch):
    def none(name):
        raise NotReady("needs the Python package onnxruntime", remedy="pip install 'vidchatbench[bundled]'")

    monkeypatch.setattr("vidchatbench.engine.timeline.timeline_feature", none)
    with Pool(0) as pool:
        lines = measure_timeline(load_testset(own, with_lock=False), Cache(), pool)
        assert [line.speech_end_from for line in lines] == ["items"] * 3
        without(own, item="x2")
        with pytest.raises(NotReady, match="onnxruntime"):
            measure_timeline(load_testset(own, with_lock=False), Cache(), pool)


def test_locking_twice_gives_the_same_lock(own, monkeypatch):
    monkeypatch.setattr("vidchatbench.engine.lock.entries", dict)
    without(own, "reference_start_s")
    lock_testset(load_testset(own), workers=0)
    content, found = (own / "media.lock.jsonl").read_bytes(), load_testset(own)
    assert [item.turns[0].reference_start_s for item in found.items] == [0.4] * 3
    lock_testset(found, workers=0)
    assert (own / "media.lock.jsonl").read_bytes() == content
    assert found.lock is not None
    assert {line.reference_start_from for line in found.lock.timeline.values()} == {"default"}
