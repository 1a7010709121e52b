import cv2
import numpy as np
import pytest
from helpers.astronaut import moved, portrait
from helpers.film import film
from helpers.score import item_stats, sample

from vidchatbench.errors import MediaError, Unscored
from vidchatbench.media import Clip, Frame
from vidchatbench_metrics.video.face_detail import FaceDetail
from vidchatbench_metrics.video.face_sharpness import FaceSharpness

SIZE = np.array([100, 100])


def detail(image, box=(20, 20, 84, 84)):
    """The feature of one picture with one face, boxed in a picture of 100 x 100."""
    faces = {"found": np.ones(1, bool), "box": np.array([box], np.float32), "size": SIZE}
    run = FaceDetail().start(type("I", (), {"needs": {"faces": faces}}))
    run.update("clip", Frame(0, 0.0, np.asarray(image, np.uint8), False))
    return run.result()["laplacian"]


def test_the_golden_value_of_a_checkerboard():
    """Single pixels of 0 and 200: the Laplacian is four times the difference, up or down."""
    board = 200 * (np.indices((400, 400)).sum(axis=0) % 2)
    image = np.repeat(board[..., None], 3, axis=2)
    # The box of 64 in 100 is 256 pixels in 400; the mirrored border keeps the pattern's neighbours equal to it.
    assert detail(image) == pytest.approx(800.0**2, rel=0.01)


def test_a_flat_face_has_none_and_a_box_outside_no_value():
    assert detail(np.full((400, 400, 3), 90)) == [0]
    assert len(detail(np.full((400, 400, 3), 90), (101, 20, 160, 80))) == 0


def value(tmp_path, name, frames, sound=None):
    clip = film(tmp_path / f"{name}.mkv", frames, sound=sound)
    return float(item_stats(FaceSharpness(), sample(), response=clip, reference=clip)["value"])


def test_blur_lowers_it_noise_raises_it_and_place_and_sound_do_nothing(tmp_path):
    pytest.importorskip("dlib")
    face = portrait()
    still = value(tmp_path, "still", [face] * 6)
    blurred = [value(tmp_path, f"blur{s}", [cv2.GaussianBlur(face, (0, 0), s)] * 6) for s in (0.7, 1.5, 3)]
    assert still > 1.3 * blurred[0]
    assert blurred[0] > 2 * blurred[1]
    assert blurred[1] > 1.2 * blurred[2]
    grain = np.random.default_rng(0).normal(0, 10, face.shape)
    assert value(tmp_path, "noise", [np.clip(face + grain, 0, 255).astype(np.uint8)] * 6) > 1.1 * still
    assert value(tmp_path, "moved", [moved(face, 12, 8)] * 6) == pytest.approx(still, rel=0.05)
    assert value(tmp_path, "sound", [face] * 6, np.random.default_rng(0).uniform(-0.1, 0.1, 3840)) == still


def test_who_is_blamed(tmp_path):
    pytest.importorskip("dlib")
    face, wall = film(tmp_path / "face.mkv", [portrait()] * 6), film(tmp_path / "wall.mkv", [0 * portrait() + 90] * 6)
    for role, other in (("response", "reference"), ("reference", "response")):
        with pytest.raises(Unscored) as raised:
            item_stats(FaceSharpness(), sample(), **{role: wall, other: face})
        assert (raised.value.code, raised.value.role) == ("no_face", role)
    (tmp_path / "bad.mp4").write_bytes(b"no")
    with pytest.raises(MediaError, match=r"bad\.mp4"):
        item_stats(FaceSharpness(), sample(), response=Clip(tmp_path / "bad.mp4"), reference=face)
