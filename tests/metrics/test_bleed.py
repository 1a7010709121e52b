"""Bleed: the question is found in the answer at any delay and gain, and nothing else is."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.score import item_stats, sample
from helpers.spoken import RATE, conversation, write_wav
from hypothesis import given, settings
from hypothesis import strategies as st

from vidchatbench.errors import MediaError, Unscored
from vidchatbench.media import Clip
from vidchatbench.types import Reason
from vidchatbench_metrics.audio.bleed import Bleed
from vidchatbench_metrics.audio.echo import cross_correlation

QUESTION = "where did you find it"


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 8000), st.floats(0.01, 10), st.booleans(), st.integers(0, 99))
def test_a_copy_is_found_where_it_is(delay: int, gain: float, inverted: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    original = rng.normal(size=RATE)
    copy = np.concatenate([np.zeros(delay), (-gain if inverted else gain) * original])
    correlation, at = cross_correlation(copy, original)
    assert correlation == pytest.approx(1.0, abs=0.01)
    assert at == delay
    assert cross_correlation(original, copy) == (pytest.approx(correlation), -delay)


@given(st.floats(0.2, 3.0))
@settings(max_examples=20, deadline=None)
def test_a_copy_among_other_sound_has_its_share(ratio: float) -> None:
    voice, other = np.random.default_rng(0).normal(size=(2, 2 * RATE))
    expected = ratio / np.sqrt(1 + ratio**2)
    assert cross_correlation(other + ratio * voice, voice)[0] == pytest.approx(expected, abs=0.05)


def test_silence_and_a_hum_have_nothing_in_common() -> None:
    noise = np.random.default_rng(0).normal(size=(2, 2 * RATE))
    hum = 5 * np.sin(2 * np.pi * 150 * np.arange(2 * RATE) / RATE)
    assert cross_correlation(noise[0], np.zeros(RATE)) == (0.0, 0)
    assert cross_correlation(np.zeros(RATE), np.zeros(RATE)) == (0.0, 0)
    assert cross_correlation(noise[0] + hum, noise[1] + hum)[0] < 0.1


@pytest.fixture(scope="module")
def sounds() -> dict[str, np.ndarray]:
    def said(voice: str, text: str) -> np.ndarray:
        return conversation([(voice, text, 0.0), (voice, "that sounds good to me", 0.4)], lead_s=0.3).samples

    question = said("flite:rms", QUESTION)
    reply = said("flite:slt", "she left for the office this morning")
    return {"question": question, "reply": reply, "same words": said("flite:slt", QUESTION)}


def stats(tmp_path, response: np.ndarray, initiator: np.ndarray, start_s: float = 3.0):
    clips = {"response": response, "initiator": initiator}
    made = {name: Clip(write_wav(tmp_path / f"{name}.wav", sound)) for name, sound in clips.items()}
    return item_stats(Bleed(), sample(start_s=start_s), **made)


def mixed(reply: np.ndarray, question: np.ndarray, gain: float, delay: int = 0) -> np.ndarray:
    late = np.concatenate([np.zeros(delay), question])[: len(reply)]
    return 0.5 * (reply + gain * np.pad(late, (0, len(reply) - len(late))))


def test_a_mere_reply_has_none_and_the_played_back_question_is_all(tmp_path, sounds) -> None:
    for name in ("reply", "same words"):
        found = stats(tmp_path, sounds[name], sounds["question"])
        assert (found["value"], found["heard"]) == (-25.0, 0.0)
    found = stats(tmp_path, sounds["question"] * 0.3, sounds["question"])
    assert float(found["value"]) == pytest.approx(0.0, abs=0.2)
    assert float(found["delay_s"]) == pytest.approx(3.0, abs=1e-3)


def test_more_bleed_is_more_and_delay_or_gain_or_stereo_are_not(tmp_path, sounds) -> None:
    reply, question = sounds["reply"], sounds["question"]
    levels = [float(stats(tmp_path, mixed(reply, question, gain), question)["value"]) for gain in (0.2, 0.5, 1, 2)]
    assert np.all(np.diff(levels) > 1)
    late = stats(tmp_path, mixed(reply, question, 1, delay=1600) * 0.3, question)
    assert float(late["value"]) == pytest.approx(levels[2], abs=1.0)
    assert float(late["delay_s"]) == pytest.approx(3.1, abs=1e-3)
    stereo = stats(tmp_path, np.stack([mixed(reply, question, 1)] * 2, axis=1), question)
    assert float(stereo["value"]) == pytest.approx(levels[2], abs=0.1)


def test_silence_and_a_missing_answer_are_the_worst_and_a_silent_question_is_not_the_models(tmp_path, sounds) -> None:
    with pytest.raises(Unscored) as caught:
        stats(tmp_path, np.zeros(RATE), sounds["question"])
    assert (caught.value.code, caught.value.role) == ("no_speech", "response")
    with pytest.raises(Unscored) as caught:
        stats(tmp_path, sounds["reply"], np.zeros(RATE))
    assert (caught.value.code, caught.value.role) == ("no_speech", "initiator")
    failed = Bleed().failed(sample(), Reason(code="missing", detail=""), {})
    none = {"value": np.array(-25.0), "heard": np.array(0.0)}
    assert Bleed().total([failed, none], np.ones(2)) == -12.5
    assert Bleed().beside([failed, none], np.ones(2)) == {"heard": 0.0}
    assert Bleed().beside([failed], np.ones(1)) == {}


def test_unreadable_is_said(tmp_path, sounds) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    question = Clip(write_wav(tmp_path / "q.wav", sounds["question"]))
    with pytest.raises(MediaError):
        item_stats(Bleed(), sample(), response=Clip(broken), initiator=question)
