"""The share of questions that are answered in time, on segments and on sound."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.score import item_stats, sample
from helpers.spoken import RATE, conversation, write_wav
from helpers.talk import END_S, SILENT, reply, row

from vidchatbench.errors import MediaError, Unscored
from vidchatbench.media import Clip
from vidchatbench.types import Reason
from vidchatbench_metrics.turn.fto import FTO
from vidchatbench_metrics.turn.response_rate import ResponseRate

METRIC = ResponseRate()


@pytest.mark.parametrize(("fto", "value"), [(0.2, 100.0), (-0.9, 100.0), (-1.1, 0.0), (4.9, 100.0), (5.1, 0.0)])
def test_window(fto: float, value: float) -> None:
    assert row(METRIC, reply(fto), reply(0.0))["value"] == value


def test_silence_is_no_response_and_failures_count_as_none() -> None:
    assert row(METRIC, SILENT, reply(0.0))["value"] == 0.0
    failed = METRIC.failed(sample(end_s=END_S), Reason(code="missing", detail=""), {})
    found = [row(METRIC, reply(0.2), reply(0.0)), failed]
    assert METRIC.total(found, np.ones(2)) == 50.0


def test_speechless_reference_is_excluded() -> None:
    with pytest.raises(Unscored) as caught:
        row(METRIC, reply(0.2), SILENT)
    assert caught.value.role == "reference"


def test_timelines_are_on_the_turns_clock() -> None:
    found = row(METRIC, reply(0.2), reply(0.1))
    assert found["timeline.response"] == pytest.approx(np.array([[10.2, 13.2]]))
    assert found["timeline.reference"] == pytest.approx(np.array([[10.1, 13.1]]))
    assert found["timeline.initiator"] == pytest.approx(np.array([[0.0, 10.0]]))


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Clip]:
    folder = tmp_path_factory.mktemp("sounds")
    question = conversation([("espeak:en-us", "where did you find it", 0)])
    answer = conversation([("espeak:en-gb+f3", "we could meet again next week", 0)], lead_s=0.3)
    reference = conversation([("espeak:en-us+m5", "that sounds good to me", 0)], lead_s=0.1)
    made = {"initiator": question, "response": answer, "reference": reference}
    return {role: Clip(write_wav(folder / f"{role}.wav", talk.samples)) for role, talk in made.items()}


def test_on_sound(sounds: dict[str, Clip]) -> None:
    of = sample(end_s=2.0, start_s=2.0, reference_start_s=2.0)
    assert item_stats(METRIC, of, **sounds)["value"] == 100.0
    two = {role: sounds[role] for role in ("response", "reference")}
    found = item_stats(FTO(), of, **two)
    assert found["response"] == pytest.approx([0.3], abs=0.032)
    assert found["human"] == pytest.approx([0.1], abs=0.032)


def test_unreadable_response_is_said(sounds: dict[str, Clip], tmp_path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"not a video")
    with pytest.raises(MediaError):
        item_stats(METRIC, sample(), **{**sounds, "response": Clip(broken)})


def test_silent_sound_is_no_response(sounds: dict[str, Clip], tmp_path) -> None:
    mute = Clip(write_wav(tmp_path / "mute.wav", np.zeros(2 * RATE)))
    found = item_stats(METRIC, sample(end_s=2.0, start_s=2.0), **{**sounds, "response": mute})
    assert found["value"] == 0.0
