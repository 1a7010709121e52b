import pickle

import cv2
import numpy as np
import pytest
from helpers.astronaut import FACE, LIP_LINE, MOUTH_X, portrait
from helpers.film import film
from helpers.score import features, item_stats, sample

from vidchatbench.errors import MediaError, NotReady, Unscored
from vidchatbench.media import Clip
from vidchatbench.registry import ready, validate
from vidchatbench_metrics.check.face import Face
from vidchatbench_metrics.perception.yunet import YuNetFaces

GREY = np.full((400, 400, 3), 90, np.uint8)


def covered():
    image = portrait()
    left, top, right, bottom = (round(400 * share) for share in FACE)
    image[top - 30 : bottom + 20, left - 15 : right + 15] = 90
    return image


def picture(folder, image, name="picture.png"):
    cv2.imwrite(str(folder / name), image[..., ::-1])
    return Clip(folder / name)


def faces(clip, **params):
    return features({"f": YuNetFaces(**params).on("response")}, {"response": clip}, sample().turn)["f"]


def share(response, reference):
    return item_stats(Face(), sample(), response=response, reference=reference)["value"]


@pytest.fixture
def real(weights, tmp_path):
    """The portrait as a clip of one frame."""
    return picture(tmp_path, portrait(), "real.png")


def test_the_face_and_its_landmarks_are_where_they_are(real):
    found = faces(real)
    assert found["size"].tolist() == [640, 640]
    assert found["n_ticks"] == 1
    assert found["looks"].tolist() == found["tick"].tolist() == [0]
    # Golden: OpenCV 4.10 and 5.0 agree on these to a thousandth of a pixel.
    assert found["box"][0] == pytest.approx([284.65, 101.93, 430.72, 280.62], abs=0.5)
    eyes_nose_mouth = [[325.13, 163.24], [393.04, 168.81], [357.03, 203.19], [322.55, 223.90], [386.39, 227.88]]
    assert found["landmarks"][0] == pytest.approx(np.array(eyes_nose_mouth), abs=0.5)
    assert found["score"][0] == pytest.approx(0.9406, abs=0.002)
    # What was measured by hand for the other tests agrees: FACE, and the middle of the mouth.
    middle = (found["box"][0, :2] + found["box"][0, 2:]) / 2 / 640
    assert middle == pytest.approx([(FACE[0] + FACE[2]) / 2, (FACE[1] + FACE[3]) / 2], abs=0.03)
    assert found["landmarks"][0, 3:].mean(axis=0) / 1.6 == pytest.approx([MOUTH_X, LIP_LINE], abs=8)


def test_no_face_is_empty_and_no_error(weights, tmp_path):
    found = faces(film(tmp_path / "grey.mkv", [GREY] * 6))
    assert found["looks"].tolist() == [0, 5]
    assert {name: found[name].shape for name in ("tick", "box", "landmarks", "score")} == {
        "tick": (0,),
        "box": (0, 4),
        "landmarks": (0, 5, 2),
        "score": (0,),
    }
    assert found["size"].tolist() == [640, 640]


def test_two_faces_are_two_rows_of_one_look(weights, tmp_path):
    pair = np.hstack([portrait(), portrait()[:, ::-1]])
    found = faces(picture(tmp_path, pair))
    assert found["tick"].tolist() == [0, 0]
    assert sorted((found["box"][:, 0] > 320).tolist()) == [False, True]
    assert np.diff(found["score"]) <= 0


def test_a_mirrored_picture_has_the_mirrored_face(real, tmp_path):
    """To 6 % of the face's width: the network itself is not symmetric."""
    found, mirrored = faces(real), faces(picture(tmp_path, portrait()[:, ::-1]))
    close = float(found["box"][0, 2] - found["box"][0, 0]) * 0.06
    assert 640 - mirrored["box"][0, [2, 0]] == pytest.approx(found["box"][0, [0, 2]], abs=close)
    flipped = mirrored["landmarks"][0, [1, 0, 2, 4, 3]] * [-1, 1] + [640, 0]
    assert flipped == pytest.approx(found["landmarks"][0], abs=close)


@pytest.mark.parametrize("gain", [0.9, 1.1])
def test_brightness_hardly_matters(real, tmp_path, gain):
    other = faces(picture(tmp_path, np.clip(portrait() * gain, 0, 255).astype(np.uint8)))
    assert other["box"] == pytest.approx(faces(real)["box"], abs=4)


def test_the_same_bits_every_time_between_other_clips_and_for_any_number_of_threads(real, tmp_path):
    wide = picture(tmp_path, portrait()[50:250], "wide.png")
    first = faces(real)
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(4 if before == 1 else 1)
        faces(wide)
        again = faces(real)
    finally:
        cv2.setNumThreads(before)
    assert all(np.array_equal(first[name], again[name]) for name in first)


def test_the_share_follows_the_covered_frames(real, tmp_path):
    frames = [portrait()] * 10 + [covered()] * 10
    assert share(film(tmp_path / "half.mkv", frames), real) == 0.5
    assert share(film(tmp_path / "none.mkv", frames[10:]), real) == 0
    assert share(film(tmp_path / "all.mkv", frames[:10]), real) == 1


def test_a_picture_that_stays_counts_for_as_long_as_it_stays(real, tmp_path):
    """One frame a second, 25 ticks each: looked at once each, and counted five times each."""
    clip = film(tmp_path / "slow.mkv", [portrait(), GREY, GREY, GREY], fps=1)
    found = faces(clip)
    assert found["looks"].tolist() == list(range(0, 100, 5))
    assert np.flatnonzero(found["fresh"]).tolist() == [0, 5, 10, 15]
    assert share(clip, real) == 0.25


# The three tests that every metric has: perfect, empty, malformed.


def test_perfect_the_real_clip_in_the_responses_place(real):
    assert share(real, real) == 1


def test_empty_no_face_at_all_is_the_worst_value_or_an_item_that_cannot_be_judged(real, tmp_path):
    empty = picture(tmp_path, GREY)
    assert share(empty, real) == 0 == Face.card.fail_value
    with pytest.raises(Unscored, match="cannot be judged") as caught:
        share(real, empty)
    assert (caught.value.code, caught.value.role) == ("no_face", "reference")


def test_malformed_a_missing_or_broken_file_is_named(real, tmp_path):
    with pytest.raises(MediaError, match=r"gone\.mp4"):
        share(Clip(tmp_path / "gone.mp4"), real)
    (tmp_path / "bad.mp4").write_bytes(b"no")
    with pytest.raises(MediaError, match=r"bad\.mp4"):
        share(Clip(tmp_path / "bad.mp4"), real)


def test_without_the_weights_it_is_not_ready_and_says_what_to_type(tmp_path, monkeypatch):
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(tmp_path))
    why = ready(Face())
    assert isinstance(why, NotReady)
    assert "face_detection_yunet_2026may.onnx" in why.cause
    assert why.remedy == "vidchatbench weights pull yunet"
    (tmp_path / "face_detection_yunet_2026may.onnx").write_bytes(b"version https://git-lfs")
    with pytest.raises(NotReady, match="unknown weights"):
        YuNetFaces().setup()


def test_it_is_another_ruler_than_dlibs_and_in_no_profile():
    validate(Face())
    assert not Face.card.profiles
    signature = Face().signature()
    assert "faces.yunet(v1,every:5,fps:25,least:0.6,long:640,overlap:0.3,w.yunet:ebafce4e)" in signature
    assert "dlib" not in signature
    assert YuNetFaces(least=0.7).signature() != YuNetFaces().signature()
    assert pickle.loads(pickle.dumps(Face())).signature() == signature


def test_loading_says_nothing_on_stderr(weights, capfd):
    YuNetFaces().setup()
    assert capfd.readouterr().err == ""


@pytest.mark.slow
def test_every_real_clip_has_its_face_also_from_the_side(weights, clips):
    """dlib finds 0 % of side/3, 10 % of side/1 and 18 % of the 8 fps responder."""
    shares = {}
    for path in sorted(clips.rglob("*.mp4")):
        found = faces(Clip(path))
        shares[str(path.relative_to(clips))] = np.isin(found["looks"], found["tick"]).mean()
    assert len(shares) == 16
    blurred = shares.pop("generated/dialogue/pretrain/case1/responder.mp4")
    assert blurred > 0.95
    assert set(shares.values()) == {1.0}, shares
