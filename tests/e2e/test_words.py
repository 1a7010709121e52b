"""The metrics of words through the whole harness, with a Whisper of random numbers: what holds whatever it hears."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from helpers import tiny
from helpers.spoken import RATE, say
from helpers.video import write_video

for module in ("faster_whisper", "jiwer", "whisper_normalizer", "tokenizers"):
    pytest.importorskip(module, reason="needs pip install 'vidchatbench[bundled,paper]'")

from helpers.tiny_whisper import write_whisper

import vidchatbench
from vidchatbench.registry import ready
from vidchatbench.testset import load_testset
from vidchatbench_metrics.dialogue.coherence_sbert import CoherenceSBERT
from vidchatbench_metrics.text.cer import CER
from vidchatbench_metrics.text.degenerate import Degenerate
from vidchatbench_metrics.text.relevance import Relevance
from vidchatbench_metrics.text.specificity import Specificity
from vidchatbench_metrics.text.wer import WER

SAID = ("where did you find it", "we could meet again next week", "she left for the office this morning")


def own(metric):
    """Under an id of its own, so that it does not matter whether the package is installed with its entry points."""
    card = replace(metric.card, id=f"try.{metric.card.id.partition('.')[2]}")
    return type(metric.__name__, (metric,), {"card": card})()


@pytest.fixture
def metrics(tmp_path, monkeypatch):
    monkeypatch.setenv("VIDCHATBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("VIDCHATBENCH_WHISPER", str(write_whisper(tmp_path / "whisper")))
    found = [own(metric) for metric in (WER, CER, Relevance, Specificity, Degenerate, CoherenceSBERT)]
    if why := ready(found[2]):
        pytest.skip(str(why))
    return found


def spoken(path, text):
    sound = np.concatenate([np.zeros(RATE // 2, np.float32), say("flite:slt", text), np.zeros(RATE // 2, np.float32)])
    write_video(path, sound=sound, seconds=len(sound) / RATE)


def world(root, protocol):
    """Three items whose real replies are known; answers: the same words, silence, and none."""
    testset = tiny.write_testset(root / "set")
    info = (testset / "testset.toml").read_text()
    (testset / "testset.toml").write_text(info.replace('"dyadic"', f'"{protocol}"'))
    lines = [json.loads(line) for line in (testset / "items.jsonl").read_text().splitlines()]
    for k, line in enumerate(lines):
        turn = line["turns"][0]
        turn |= {"text": SAID[k], "initiator_text": f"Question {k}?"}
        turn["candidates"] = [{"grade": (1 + n) / 5, "text": f"candidate {n} of {k}"} for n in range(5)]
        spoken(testset / turn["reference"], SAID[k])
    (testset / "items.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    outputs = root / "outputs"
    outputs.mkdir()
    spoken(outputs / "x0.mp4", SAID[0])
    write_video(outputs / "x1.mp4", sound=np.zeros(2 * RATE, np.float32))
    listed = [
        {"item_id": "x0", "file": "x0.mp4", "transcript": "Something else altogether."},
        {"item_id": "x1", "file": "x1.mp4", "transcript": SAID[1]},
    ]
    (outputs / "manifest.jsonl").write_text("".join(json.dumps(line) + "\n" for line in listed))
    assert load_testset(testset).info.protocol == protocol
    return testset, outputs


def score(testset, outputs, metrics):
    return vidchatbench.evaluate(outputs, testset=testset, metrics=["try"], extra_metrics=metrics, workers=0)


def test_a_given_script(tmp_path, metrics):
    run = score(*world(tmp_path, "conditioned"), metrics)
    found = run.results.metrics
    assert {one.value is None for one in found.values()} == {False}
    x0, x1, x2 = ({id: cell.value for id, cell in item.metrics.items()} for item in run.items)
    silence = {"try.wer": 100, "try.cer": 100, "try.relevance": 0, "try.degenerate": 100, "try.coherence_sbert": 0.2}
    for answer in (x1, x2):
        assert {id: answer[id] for id in silence} == pytest.approx(silence)
    assert x0["try.wer"] > 0  # the numbers are random; what the outputs say of themselves is not read
    assert found["try.wer"].failed == 1 and found["try.wer"].real is not None
    assert run.items[1].output.transcript == SAID[1] and run.items[2].output is None
    heard, output = run.items[0].words["response"], run.items[0].output
    assert heard and all(0 <= t - output.start_s <= output.audio_duration_s + 0.1 for a, b, _ in heard for t in (a, b))
    assert run.items[1].words["response"] == () and "response" not in run.items[2].words
    assert all(item.words["reference"] for item in run.items)  # heard for the real clips' own value
    assert run.items[0].texts == {"initiator": "Question 0?", "reference": SAID[0]}
    assert {"chance", "margin", "silent", "cut"} <= found["try.coherence_sbert"].beside.keys()
    assert "w.folder:local-" in found["try.wer"].signature


def test_a_free_reply_has_no_script(tmp_path, metrics):
    run = score(*world(tmp_path, "dyadic"), metrics)
    for id in ("try.wer", "try.cer"):
        result = run.results.metrics[id]
        assert result.value is None and result.expected == 0 and "protocols conditioned" in result.reason
        assert {item.metrics[id].status for item in run.items} == {"not_applicable"}
    assert run.results.metrics["try.relevance"].value is not None and run.results.complete
