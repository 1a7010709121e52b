"""Faces followed: the rule on designed boxes, and YuNet's real weights on a real face."""

from __future__ import annotations

import pickle

import cv2
import numpy as np
import pytest
from helpers.astronaut import FACE, moved, portrait
from helpers.film import film
from helpers.onnx_file import tiny_arcface, write_onnx
from helpers.score import features, sample
from hypothesis import given, settings
from hypothesis import strategies as st

from vidchatbench.errors import MediaError, NotReady
from vidchatbench.media import Clip
from vidchatbench_metrics.perception.follow_faces import follow_faces
from vidchatbench_metrics.perception.yunet_detector import YuNetDetector
from vidchatbench_metrics.perception.yunet_tracks import YuNetTracks

GREY = np.full((400, 400, 3), 90, np.uint8)


def face(x, y=100.0, side=40.0, score=0.9):
    return [x - side / 2, y - side / 2, x + side / 2, y + side / 2, score]


def followed(*pictures, **rule):
    return follow_faces([np.array(faces, np.float32).reshape(-1, 5) for faces in pictures], **rule)


def tracks(clip, **params):
    return features({"f": YuNetTracks(**params).on("response")}, {"response": clip}, sample().turn)["f"]


# The rule.


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.floats(-30, 30), st.floats(0.8, 1.25)), min_size=1, max_size=30),
    st.lists(st.integers(0, 29), max_size=8),
)
def test_a_lone_face_stays_one_whatever_it_does(steps, missed):
    """Moves of less than a side and turns are the same face, also where it is away for a while in its place."""
    x, side, pictures = 500.0, 60.0, []
    for k, (step, growth) in enumerate(steps):
        if k and k in missed:
            pictures.append([])
            continue
        x, side = x + step * side / 60, float(np.clip(side * growth, 30, 90))
        pictures.append([face(x, side=side)])
    (only,) = followed(*pictures)
    assert only.ticks[only.seen].tolist() == [k for k, found in enumerate(pictures) if found]
    assert (np.diff(only.ticks) > 0).all()


def test_a_gap_is_filled_by_a_straight_line_where_it_is_short():
    (filled,) = followed([face(100)], [], [face(120)], gap=2)
    assert filled.ticks.tolist() == [0, 1, 2]
    assert filled.seen.tolist() == [True, False, True]
    assert filled.rows[:, :4].mean(axis=1).tolist() == [100, 105, 110]
    (left,) = followed([face(100)], [], [], [face(120)], gap=2)
    assert left.ticks.tolist() == [0, 3]


def test_two_faces_that_pass_each_other_closely_stay_two():
    pictures = [[face(100.0 + 4 * k), face(400.0 - 4 * k, 160)] for k in range(60)]
    one, two = followed(*(found[:: (-1) ** k] for k, found in enumerate(pictures)))
    assert np.diff(one.rows[:, 0]) == pytest.approx(np.full(59, 4))
    assert np.diff(two.rows[:, 0]) == pytest.approx(np.full(59, -4))


def test_a_weak_face_goes_on_and_does_not_begin():
    (only,) = followed([face(50, score=0.5)], [face(100, score=0.6), face(300, score=0.5)], [face(100, score=0.41)])
    assert only.ticks.tolist() == [1, 2]


def test_another_size_or_place_is_another_face_and_no_face_is_none():
    assert len(followed([face(100)], [face(100, side=90)], [face(100)])) == 2
    assert len(followed([face(100)], [face(145)])) == 2
    assert not followed([], [])
    assert not follow_faces([])


# The detector.


def test_it_finds_what_opencv_finds(weights):
    (file,) = weights.glob("*2026may.onnx")
    judge = cv2.FaceDetectorYN.create(str(file), "", (400, 400), 0.6, 0.3)
    for image in (portrait(), np.ascontiguousarray(np.hstack([portrait(), portrait()[:, ::-1]])[10:331, 7:])):
        judge.setInputSize(image.shape[1::-1])
        wanted = judge.detect(np.ascontiguousarray(image[..., ::-1]))[1]
        wanted[:, 2:4] += wanted[:, :2]
        found = YuNetDetector(file)(image, least=0.6)
        assert found.dtype == np.float32
        assert found == pytest.approx(wanted[np.argsort(-wanted[:, 14], kind="stable")], abs=2e-3)


def test_other_weights_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(tmp_path))
    with pytest.raises(NotReady, match="weights pull yunet"):
        YuNetTracks().setup()
    write_onnx(tmp_path, "yunet", tiny_arcface())
    with pytest.raises(NotReady, match=r"yunet_2026may.*the network has no input, cls_8"):
        YuNetTracks().setup()
    write_onnx(tmp_path / "broken", "yunet", b"no model")
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(tmp_path / "broken"))
    with pytest.raises(NotReady, match=r"yunet_2026may.*onnxruntime cannot read"):
        YuNetTracks().setup()


# The feature.


def test_a_moving_face_is_one_track_in_pixels_of_its_own_picture(weights, tmp_path):
    frames = [moved(portrait(), 3.0 * k, 0, 1 + 0.01 * k) for k in range(12)]
    found = tracks(film(tmp_path / "wander.mkv", frames))
    assert found["track"].tolist() == [0] * 12
    assert found["tick"].tolist() == list(range(12))
    assert found["seen"].all()
    assert found["size"].tolist() == [400, 400]
    middle = (found["box"][0, :2] + found["box"][0, 2:]) / 2 / 400
    assert middle == pytest.approx([(FACE[0] + FACE[2]) / 2, (FACE[1] + FACE[3]) / 2], abs=0.03)
    nose = found["landmarks"][:, 2, 0]
    middle = 200 + (nose[0] - 200) * (1 + 0.01 * np.arange(12)) + 3 * np.arange(12)
    assert nose == pytest.approx(middle, abs=4)
    eyes = found["landmarks"][:, 1, 0] - found["landmarks"][:, 0, 0]
    assert eyes[-1] / eyes[0] == pytest.approx(1.11, abs=0.04)


def test_a_picture_that_stays_keeps_its_face_and_a_face_that_leaves_comes_back_as_itself(weights, tmp_path):
    found = tracks(film(tmp_path / "slow.mkv", [portrait(), GREY, portrait()], fps=12.5), gap=2)
    assert found["track"].tolist() == [0] * 4
    assert found["tick"].tolist() == [0, 1, 4, 5]
    assert found["fresh"].tolist() == [True, False, True, False]
    assert found["n_ticks"] == 6


def test_a_second_face_is_one_where_it_lasts(weights, tmp_path):
    alone, both = np.hstack([portrait(), GREY]), np.hstack([portrait(), portrait()[:, ::-1]])
    shown = [both] * 2 + [alone] * 10
    assert set(tracks(film(tmp_path / "brief.mkv", shown))["track"]) == {0}
    found = tracks(film(tmp_path / "long.mkv", [both, *shown]))
    assert np.bincount(found["track"]).tolist() in ([13, 3], [3, 13])


def test_no_face_is_empty_and_no_error(weights, tmp_path):
    found = tracks(film(tmp_path / "grey.mkv", [GREY] * 3))
    assert {name: array.shape for name, array in found.items()} == {
        **dict.fromkeys(("track", "tick", "seen", "fresh", "score"), (0,)),
        "box": (0, 4),
        "landmarks": (0, 5, 2),
        "size": (2,),
        "n_ticks": (),
    }


def test_a_broken_clip_is_named(weights, tmp_path):
    (tmp_path / "bad.mp4").write_bytes(b"no")
    with pytest.raises(MediaError, match=r"bad\.mp4"):
        tracks(Clip(tmp_path / "bad.mp4"))


def test_the_signature_names_weights_and_parameters():
    signature = YuNetTracks().signature()
    assert signature == (
        "faces.yunet_tracks(v1,clear:0.8,fps:25,gap:25,keep:0.4,lasting:0.2,least:0.6,long:640,overlap:0.3,"
        "w.yunet:ebafce4e)"
    )
    assert YuNetTracks(keep=0.5).signature() != signature
    assert pickle.loads(pickle.dumps(YuNetTracks())).signature() == signature
