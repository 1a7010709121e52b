"""Recognisers behind their gate: a Whisper of random numbers in the real format, and pocketsphinx."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.score import features, item_stats, sample
from helpers.sphinx import Sphinx
from helpers.spoken import RATE, say, write_wav
from helpers.video import write_video
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter

pytest.importorskip("faster_whisper", reason="needs pip install 'vidchatbench[bundled]'")

from helpers.tiny_whisper import WORDS, write_whisper

from vidchatbench.engine.rows import undrawable
from vidchatbench.errors import MediaError, NotReady
from vidchatbench.feature import Inputs
from vidchatbench.media import Clip
from vidchatbench.registry import ready
from vidchatbench.types import Turn
from vidchatbench_metrics.dialogue.coherence_clip import CoherenceCLIP
from vidchatbench_metrics.dialogue.coherence_sbert import CoherenceSBERT
from vidchatbench_metrics.perception.transcript import Transcript
from vidchatbench_metrics.perception.whisper import Whisper
from vidchatbench_metrics.text.cer import CER
from vidchatbench_metrics.text.degenerate import Degenerate
from vidchatbench_metrics.text.edits import ScriptEdits
from vidchatbench_metrics.text.relevance import Relevance
from vidchatbench_metrics.text.specificity import Specificity
from vidchatbench_metrics.text.wer import WER

TURN = Turn(initiator="i", reference="r", initiator_speech_end_s=0, reference_start_s=0)
ALL = (WER, CER, Relevance, Specificity, Degenerate, CoherenceCLIP, CoherenceSBERT)

# What was to be said, what pocketsphinx 5.1.1 hears of espeak-ng 1.51, and the word errors, counted by hand.
HEARD = (
    ("where did you find it", "where did you find the", 1),  # it -> the
    ("she left for the office this morning", "see but a pretty obvious the morning", 6),  # all but `morning`
    ("we could meet again next week", "and a week", 5),  # `week` is right; 2 others, 3 left out
    ("the train to the city is late again", "in the yeah", 7),  # the second `the` is right
    ("I would like a cup of coffee", "what are the", 7),  # nothing is right
    ("my father had a small boat", "arthur the smile go", 6),
    ("there is no water in the house", "the result or it out", 7),  # to keep `the` would cost 9
    ("I do not want to go home", "why go go", 6),  # one `go` is right
    ("good morning everybody", "morning everybody", 1),  # good left out
    ("we never eat meat on friday", "i agree on friday", 4),  # `on friday` is right
)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return write_whisper(tmp_path_factory.mktemp("whisper") / "tiny")


@pytest.fixture(scope="module")
def sphinx():
    asr = Sphinx()
    asr.setup()
    return asr


@pytest.fixture(scope="module")
def whisper(tiny):
    return Whisper(str(tiny))


@pytest.fixture(params=["sphinx", "whisper"])
def asr(request):
    return request.getfixturevalue(request.param)


def transcript(asr, path):
    return Transcript.of(features({"t": asr.on("response")}, {"response": Clip(path)}, TURN)["t"])


def padded(sound):
    return np.concatenate([np.zeros(RATE // 2, np.float32), sound, np.zeros(RATE // 2, np.float32)])


def fewest(script, heard):
    """Edit distance straight from its definition."""
    row = list(range(len(heard) + 1))
    for i, a in enumerate(script, 1):
        left, row[0] = row[0], i
        for j, b in enumerate(heard, 1):
            left, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, left + (a != b))
    return row[-1]


def test_the_word_error_rate_of_ten_utterances_is_the_one_counted_by_hand(tmp_path, sphinx):
    pytest.importorskip("jiwer", reason="needs pip install 'vidchatbench[paper]'")
    for k, (script, known, errors) in enumerate(HEARD):
        heard = transcript(sphinx, write_wav(tmp_path / f"{k}.wav", padded(say("espeak:en-us", script))))
        if heard.text != known:
            pytest.skip(f"this espeak-ng or pocketsphinx is another one: heard {heard.text!r}, not {known!r}")
        counted = ScriptEdits(sphinx).compute(Inputs({}, {"heard": heard.arrays()}, {"text": script}))
        found = WER(sphinx).item(sample(text=script), {"edits": counted})
        assert (found["errors"], found["length"]) == (errors, len(script.split()))
        assert found["value"] == pytest.approx(100 * errors / len(script.split()))


def test_what_is_clear_is_understood(tmp_path, sphinx):
    pytest.importorskip("jiwer", reason="needs pip install 'vidchatbench[paper]'")
    script = "We could meet again, next week!"
    path = write_wav(tmp_path / "a.wav", padded(say("flite:slt", script)))
    found = transcript(sphinx, path)
    assert found.text == "we could meet again next week"
    assert [item_stats(m(sphinx), sample(text=script), response=Clip(path))["value"] for m in (WER, CER)] == [0, 0]
    assert len(found.times) == len(found.words) == 6
    assert (np.diff(found.times.ravel()) >= 0).all() and 0.4 < found.times[0, 0] < 0.7


def test_whispers_errors_are_counted_as_those_of_any_other(tmp_path, whisper):
    pytest.importorskip("jiwer", reason="needs pip install 'vidchatbench[paper]'")
    for script in (HEARD[0][0], "the boat of the summer", "summer"):
        path = write_wav(tmp_path / "a.wav", padded(say("espeak:en-us", script)))
        heard = transcript(whisper, path)
        assert heard.words and set(heard.text.split()) <= set(WORDS) and heard.language == "en"
        found = item_stats(WER(whisper), sample(text=script), response=Clip(path))
        assert found["errors"] == fewest(script.split(), heard.text.split())


def test_word_times_lie_in_order_in_the_clip(tmp_path, whisper):
    path = write_wav(tmp_path / "a.wav", padded(say("flite:slt", "she left for the office this morning")))
    found = transcript(whisper, path)
    assert " ".join(found.words) == found.text and found.times.shape == (len(found.words), 2)
    assert (np.diff(found.times.ravel()) >= 0).all()
    assert found.times.min() >= 0 and found.times.max() <= Clip(path).info.audio.duration_s + 0.02


def test_the_language_is_forced_or_recognised_and_recorded(tmp_path, tiny):
    path = write_wav(tmp_path / "a.wav", padded(say("flite:slt", "where did you find it")))
    assert transcript(Whisper(str(tiny), language="de"), path).language == "de"
    free = Whisper(str(tiny), language="recognised")
    assert transcript(free, path).language in ("en", "de")
    with pytest.raises(NotReady, match=r"no language 'tlh'(.|\n)*VIDCHATBENCH_LANGUAGE is recognised or one of .*en"):
        Whisper(str(tiny), language="tlh").setup()
    assert "language:recognised" in free.signature() and "language:en" in Whisper(str(tiny)).signature()


def music(seconds=4.0):
    """Plucked strings: a rising chord, again and again."""
    rng, sound = np.random.default_rng(0), np.zeros(round(seconds * RATE))
    for k in range(int(seconds / 0.25)):
        period = round(RATE / (220 * 2 ** ((0, 4, 7, 12)[k % 4] / 12)))
        pluck = np.zeros(RATE)
        pluck[:period] = rng.uniform(-1, 1, period)
        feedback = np.zeros(period + 2)
        feedback[[0, period, period + 1]] = 1, -0.497, -0.497
        at = round(k * 0.25 * RATE)
        tone = lfilter([1.0], feedback, pluck)[: len(sound) - at]
        sound[at : at + len(tone)] += tone
    return (0.3 * sound / np.abs(sound).max()).astype(np.float32)


SOUNDS = {
    "silence": np.zeros(3 * RATE, np.float32),
    "noise": np.random.default_rng(1).normal(scale=0.1, size=3 * RATE).astype(np.float32),
    "music": music(),
    "a click": np.r_[np.zeros(RATE), 0.9, np.zeros(RATE)].astype(np.float32),
    "nothing": np.zeros(160, np.float32),
}


@pytest.mark.parametrize("name", SOUNDS)
def test_where_nobody_speaks_nothing_is_heard(tmp_path, asr, name):
    found = transcript(asr, write_wav(tmp_path / "a.wav", SOUNDS[name]))
    assert (found.text, found.words, found.language) == ("", (), "") and found.times.shape == (0, 2)


def test_without_the_gate_music_would_be_words(whisper):
    whisper.setup()
    assert whisper.recognise(music()).text


def test_no_sound_and_a_broken_file_are_named(tmp_path, asr):
    with pytest.raises(MediaError) as caught:
        transcript(asr, write_video(tmp_path / "mute.mp4"))
    assert caught.value.code == "no_audio"
    (tmp_path / "broken.wav").write_bytes(b"RIFF no")
    with pytest.raises(MediaError, match=r"broken\.wav"):
        transcript(asr, tmp_path / "broken.wav")


@pytest.mark.parametrize("metric", ALL)
def test_without_weights_every_metric_says_what_to_type(metric, tmp_path, monkeypatch):
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(tmp_path))
    monkeypatch.delenv("VIDCHATBENCH_WHISPER", raising=False)
    why = ready(metric())
    assert why is not None and why.remedy is not None
    command = why.remedy.split()
    if command[0] == "vidchatbench":
        assert command[1:3] == ["weights", "pull"]
        files = [f"whisper-large-v3-{name}" for name in ("config", "model", "preprocessor", "tokenizer", "vocabulary")]
        clip = ["clip-vit-b32", "clip-vit-b32-tokenizer"] if metric is CoherenceCLIP else []
        assert sorted(command[3:]) == sorted([*files, *clip])
    else:
        assert why.remedy == "pip install 'vidchatbench[paper]'"


def test_a_folder_of_ones_own_is_known_by_its_content(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("VIDCHATBENCH_WHISPER", str(tiny))
    own = Whisper()
    assert "model:local" in own.signature() and "w.folder:local-" in own.signature()
    assert str(tiny) not in own.signature()
    assert own.signature() != Whisper(str(write_whisper(tmp_path / "other", seed=7))).signature()
    assert own.signature() == Whisper(str(write_whisper(tmp_path / "same"))).signature()
    large = Whisper("large-v3").signature()
    assert "model:large-v3,previous_text:False,revision:edaa852e" in large and "w.model:69f74147" in large


def test_a_name_that_is_none_and_a_folder_that_is_no_model_are_answered(tmp_path):
    with pytest.raises(NotReady, match=r"large-v9: there is no such folder(.|\n)*VIDCHATBENCH_WHISPER is large-v3"):
        Whisper("large-v9").setup()
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(NotReady, match=r"has no model\.bin, tokenizer\.json"):
        Whisper(str(tmp_path)).setup()
    (tmp_path / "model.bin").write_bytes(b"nothing of this")
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(NotReady, match=r"model\.bin: cannot be loaded as a Whisper model"):
        Whisper(str(tmp_path)).setup()


@given(st.lists(st.text(max_size=8), max_size=6), st.floats(-10, 1e3))
def test_whatever_words_are_heard_can_be_drawn_at_their_times(words, start_s):
    times = np.arange(2.0 * len(words)).reshape(-1, 2)
    drawn = Transcript(" ".join(words), tuple(words), times, "en").drawn("response", start_s)
    assert undrawable(drawn, compared=False) is None
    told = [" ".join(word.split()) for word in words]
    kept = [k for k, word in enumerate(told) if word]
    said = drawn["words.response"].tobytes().decode()
    assert (said.split("\n") if said else []) == [told[k] for k in kept]
    assert drawn["words_at.response"] == pytest.approx(times[kept] + start_s)


def test_a_word_of_nothing_is_no_word():
    back = Transcript.of(Transcript("", ("",), np.ones((1, 2))).arrays())
    assert undrawable(back.drawn("response", 0.0), compared=False) is None
