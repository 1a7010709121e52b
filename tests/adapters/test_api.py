"""What an adapter writes and returns: held to what is promised, with words that name the argument."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.tiny import write_clip
from hypothesis import given, settings
from hypothesis import strategies as st

import vidchatbench as vcb
from vidchatbench.adapters.encode import encode
from vidchatbench.adapters.responder import responder_of
from vidchatbench.adapters.response import InvalidResponse
from vidchatbench.errors import UsageError
from vidchatbench.media import Clip, Presentation

GREY = np.full((4, 32, 32, 3), 128, np.uint8)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("id", "no spaces"), ("id", ""), ("id", 3), ("revision", " "), ("license", 2), ("tasks", []),
        ("tasks", {"monologue"}), ("tasks", "dialogue"), ("needs", ["smell"]), ("training_data", "LRS3"),
        ("training_data", [1]), ("timeout_s", 0), ("timeout_s", float("nan")), ("timeout_s", "60"), ("network", "no"),
        ("history", "mine"), ("deterministic", 1),
    ],
)  # fmt: skip
def test_registration_names_the_argument(argument, value):
    with pytest.raises(UsageError, match=rf"{argument}=.* is not right\n  -> {argument} takes"):
        vcb.responder(**{"id": "a/b", argument: value})


def test_registration_wants_a_plain_function_of_an_item():
    with pytest.raises(UsageError, match="no argument `item`"):
        vcb.responder(id="a")(lambda question: None)
    with pytest.raises(UsageError, match="plain function"):
        vcb.responder(id="a")(type("A", (), {}))

    @vcb.responder(id="org/model", revision="ab12", tasks={"multi_turn", "dialogue"})
    def respond(model, item):
        """Say something."""

    spec = responder_of(respond)
    assert spec.tasks == ("dialogue", "multi_turn") and spec.training_data is None and spec.timeout_s == 600
    assert respond.__doc__ == "Say something."


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "exactly one of path and frames"),
        ({"path": "a.mp4", "frames": GREY}, "exactly one of path and frames"),
        ({"path": "nowhere.mp4"}, "there is no such file"),
        ({"frames": GREY}, "fps=None"),
        ({"frames": GREY, "fps": 0}, "fps=0"),
        ({"frames": GREY, "fps": True}, "fps=True"),
        ({"frames": GREY[:0], "fps": 25}, r"shape \(0, 32, 32, 3\)"),
        ({"frames": GREY[..., 0], "fps": 25}, r"shape \(4, 32, 32\)"),
        ({"frames": GREY / 255, "fps": 25}, "float64, not uint8"),
        ({"frames": GREY[:, :4], "fps": 25}, "at least 16 x 16"),
        ({"frames": 3, "fps": 25}, "frames is int"),
        ({"frames": GREY, "fps": 25, "sample_rate": 16000}, "there is none"),
        ({"frames": GREY, "fps": 25, "audio": np.zeros(9)}, "sample_rate=None"),
        ({"frames": GREY, "fps": 25, "audio": np.zeros(9), "sample_rate": 16000.5}, "sample_rate=16000.5"),
        ({"frames": GREY, "fps": 25, "audio": np.zeros((9, 3)), "sample_rate": 16000}, r"shape \(9, 3\)"),
        ({"frames": GREY, "fps": 25, "audio": np.zeros(9, np.int32), "sample_rate": 16000}, "int32"),
        ({"frames": GREY, "fps": 25, "audio": np.full(9, 3000.0), "sample_rate": 16000}, "full scale is 1"),
        ({"frames": GREY, "fps": 25, "audio": np.full(9, np.nan), "sample_rate": 16000}, "NaN"),
        ({"frames": GREY, "fps": 25, "audio": [0.0], "sample_rate": 16000}, "audio is list"),
        ({"frames": GREY, "fps": 25, "start_s": float("inf")}, "start_s=inf"),
        ({"frames": GREY, "fps": 25, "transcript": 3}, "transcript is int"),
        ({"frames": GREY, "fps": 25, "meta": {"a": [1]}}, "meta takes"),
    ],
)
def test_a_response_that_is_none_says_why(given, told):
    with pytest.raises(InvalidResponse, match=told):
        vcb.Response(**given)


@settings(deadline=None, max_examples=12)
@given(
    st.integers(16, 75), st.integers(16, 75), st.integers(1, 12), st.sampled_from([8, 24, 25, 29.97, 60]),
    st.sampled_from([8000, 16000, 22050, 44100, 48000]), st.sampled_from([1, 2]),
)  # fmt: skip
def test_frames_and_sound_come_back(tmp_path_factory, height, width, n, fps, rate, channels):
    picture = np.linspace(40, 200, height * width * 3).reshape(height, width, 3).astype(np.uint8)
    t = np.arange(rate // 2) / rate
    wave = (0.5 * np.sin(2 * np.pi * 440 * t)).astype(np.float32)
    to = tmp_path_factory.mktemp("made") / "a.mp4"
    told = encode(
        vcb.Response(frames=(picture for _ in range(n)), fps=fps, audio=np.stack([wave] * channels, 1),
                     sample_rate=rate), to, max_s=60,
    )  # fmt: skip
    clip = Clip(to)
    even = (width + width % 2, height + height % 2)
    assert (clip.info.video.width, clip.info.video.height) == even == (told.width, told.height)
    assert float(clip.info.video.fps) == pytest.approx(fps, rel=1e-4) and clip.info.audio.rate == 48000
    assert clip.info.video.duration_s == pytest.approx(n / fps, abs=2e-3)
    shown = [frame.image for _, frame in clip.frames([Presentation(width=even[0], height=even[1])])]
    assert len(shown) == n and np.abs(shown[-1][:height, :width].astype(int) - picture).mean() < 4
    back = clip.audio(rate)
    assert len(back) == len(wave) and np.abs(back - wave)[200:-200].max() < 2e-3
    assert bool(told.notes) == (even != (width, height))


def test_the_same_answer_is_the_same_bytes(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (6, 48, 64, 3), np.uint8)
    sound = np.random.default_rng(1).normal(0, 0.1, 8000).clip(-1, 1)
    for name in ("a.mp4", "b.mp4"):
        encode(vcb.Response(frames=noise, fps=25, audio=sound, sample_rate=16000), tmp_path / name, max_s=9)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_a_file_is_kept_as_it_is_or_encoded_once(tmp_path):
    own = write_clip(tmp_path / "own.mp4")
    encode(vcb.Response(path=own), tmp_path / "kept.mp4", max_s=9)
    assert (tmp_path / "kept.mp4").read_bytes() == own.read_bytes()
    other = write_clip(tmp_path / "own.mkv")
    told = encode(vcb.Response(path=str(other)), tmp_path / "made.mp4", max_s=9)
    assert told.notes and Clip(tmp_path / "made.mp4").info.audio.codec == "flac"


def test_answers_that_cannot_be_kept(tmp_path):
    def frames(*shapes):
        return (np.zeros(shape, np.uint8) for shape in shapes)

    text = tmp_path / "a.mp4"
    text.write_text("a film")
    for response, told in [
        (vcb.Response(path=text), "a.mp4 is no video"),
        (vcb.Response(path=write_clip(tmp_path / "long.mp4", seconds=1.2)), "lasts 1.2 s; at most 1 s"),
        (vcb.Response(frames=frames(), fps=25), "holds no picture"),
        (vcb.Response(frames=frames((32, 32, 3), (32, 30, 3)), fps=25), "frame 1 has the shape"),
        (vcb.Response(frames=frames(*[(16, 16, 3)] * 30), fps=25), "go on after 1 s"),
        (vcb.Response(frames=iter(["a"]), fps=25), "holds str"),
        (vcb.Response(frames=GREY, fps=25, audio=np.zeros(17000), sample_rate=16000), "audio lasts 1.1 s"),
    ]:
        with pytest.raises(InvalidResponse, match=told):
            encode(response, tmp_path / "out.mp4", max_s=1)


def test_loud_sound_is_clipped_and_said(tmp_path):
    told = encode(vcb.Response(frames=GREY, fps=25, audio=np.full(4800, 1.5), sample_rate=48000), tmp_path / "a.mp4",
                  max_s=9)  # fmt: skip
    assert told.notes == ("audio reached 1.500 and was clipped at 1",)
