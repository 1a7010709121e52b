import numpy as np
import pytest
from helpers.astronaut import FACE, moved, portrait
from helpers.film import film
from helpers.score import features, sample

from vidchatbench.errors import MediaError
from vidchatbench.media import Clip
from vidchatbench_metrics.perception.dlib_face import SIDE, box_of, iou
from vidchatbench_metrics.perception.face_tracks import FaceTracks
from vidchatbench_metrics.perception.faces import Faces
from vidchatbench_metrics.perception.subject import subject_track

pytest.importorskip("dlib")
LEFT, RIGHT = FACE, (FACE[0] / 2 + 0.5, FACE[1], FACE[2] / 2 + 0.5, FACE[3])


def faces(clip, box=None, subject="prefer_box"):
    return features({"f": Faces(subject=subject).on("response")}, {"response": clip}, sample(subject_box=box).turn)["f"]


@pytest.fixture(scope="module")
def wandering(tmp_path_factory):
    """0.8 s in which the face goes right and grows."""
    frames = [moved(portrait(), 3.0 * k, 0, 1 + 0.01 * k) for k in range(20)]
    return film(tmp_path_factory.mktemp("faces") / "wander.mkv", frames)


def test_a_moving_face_is_followed_on_every_frame(wandering):
    result = faces(wandering)
    assert result["found"].all()
    assert result["times"] == pytest.approx(np.arange(20) / 25)
    assert result["n_tracks"] == 1
    assert result["landmarks"].shape == (20, 68, 2)
    assert result["landmarks"].dtype == np.float32
    assert result["descriptor_ticks"].tolist() == [0, 5, 10, 15]
    assert result["sampled"] == 4
    x = result["landmarks"].mean(axis=(1, 2)) / 640 * 400
    assert np.diff(x).min() > 0
    size = result["box"][:, 2] - result["box"][:, 0]
    assert size[-1] / size[0] == pytest.approx(1.19, abs=0.06)


def test_the_person_stays_the_same_while_moving(wandering):
    descriptors = faces(wandering)["descriptors"]
    assert np.linalg.norm(descriptors - descriptors[0], axis=1).max() < 0.25


def test_the_same_numbers_every_time(wandering):
    first, second = faces(wandering), faces(Clip(wandering.video))
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_a_picture_is_a_clip_of_one_frame(tmp_path):
    import cv2

    path = tmp_path / "portrait.png"
    cv2.imwrite(str(path), portrait()[..., ::-1])
    result = faces(Clip(path), subject="largest")
    assert result["found"].tolist() == [True]
    assert result["descriptors"].shape == (1, 128)
    assert iou(result["box"][0] / 640, np.array(FACE)) > 0.7


def test_no_face_is_empty_and_no_error(tmp_path):
    grass = np.random.default_rng(0).integers(0, 255, (6, 200, 300, 3)).astype(np.uint8)
    result = faces(film(tmp_path / "grass.mkv", grass))
    assert not result["found"].any()
    assert result["found"].shape == (6,)
    assert result["landmarks"].shape == (0, 68, 2)
    assert result["descriptors"].shape == (0, 128)
    assert result["n_tracks"] == 0


def test_repeated_frames_keep_their_face(tmp_path):
    frames = [moved(portrait(), 4.0 * k, 0) for k in range(5)]
    result = faces(film(tmp_path / "slow.mkv", frames, fps=5))
    assert len(result["found"]) == 25
    assert result["found"].all()
    assert result["fresh"].tolist() == [k % 5 == 0 for k in range(25)]
    assert (np.diff(result["landmarks"], axis=0)[~result["fresh"][1:]] == 0).all()


def test_a_face_that_leaves_is_lost_at_once_and_found_again(tmp_path):
    here, away = portrait(), np.full((400, 400, 3), 90, np.uint8)
    frames = [here] * 8 + [away] * 10 + [here] * 10
    result = faces(film(tmp_path / "cut.mkv", frames))
    assert result["found"][:8].all()
    assert not result["found"][8:18].any()
    assert result["found"][23:].all()
    assert result["n_tracks"] == 1


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """The same face twice, the right one larger; she is mirrored so that the descriptors differ."""
    pair = np.hstack([moved(portrait(), 0, 0, 0.8), moved(portrait()[:, ::-1], 0, 0, 1.0)])
    return film(tmp_path_factory.mktemp("two") / "two.mkv", [pair] * 6)


def test_the_subject_is_the_largest_or_the_one_in_the_box(two):
    everybody = features({"t": FaceTracks().on("response")}, {"response": two}, sample().turn)["t"]
    assert len(np.unique(everybody["track"])) == 2
    left, right, nowhere = (0.2, 0.2, 0.34, 0.4), (0.64, 0.17, 0.79, 0.43), (0.0, 0.8, 0.1, 1.0)

    def middle(box, subject):
        found = faces(two, box, subject)
        return found["box"][:, [0, 2]].mean() / found["size"][0] if len(found["box"]) else None

    assert middle(None, "prefer_box") > 0.5
    assert middle(left, "prefer_box") < 0.5
    assert middle(left, "box") < 0.5
    assert middle(right, "box") > 0.5
    assert middle(left, "largest") > 0.5
    assert middle(nowhere, "prefer_box") > 0.5
    assert middle(nowhere, "box") is None
    assert faces(two)["n_tracks"] == 2


def test_a_clip_without_pictures_is_named(tmp_path):
    path = tmp_path / "broken.mp4"
    path.write_bytes(b"\0" * 100)
    with pytest.raises(MediaError, match=r"broken\.mp4"):
        faces(Clip(path))


def test_the_signature_names_weights_and_parameters():
    signature = Faces().signature()
    assert "w.lm68:fbdc2cb8" in signature
    assert "w.resnet:55533b28" in signature
    assert "subject:prefer_box" in signature
    assert Faces(subject="box").signature() != signature


def test_the_box_of_landmarks_follows_similarity():
    points = np.random.default_rng(3).normal(size=(68, 2))
    box = box_of(points)
    assert box_of(points * 3 + 7) == pytest.approx(box * 3 + 7)
    spread = np.sqrt(((points - points.mean(axis=0)) ** 2).sum(axis=1).mean())
    assert box[2] - box[0] == pytest.approx(SIDE * spread)


@pytest.mark.slow
def test_real_frontal_faces_are_found(clips):
    path = clips / "range" / "half_body" / "5.mp4"
    result = faces(Clip(path))
    assert result["found"].mean() > 0.95
    assert result["n_tracks"] == 1


def test_sole_takes_the_box_or_the_only_lasting_face_and_never_the_largest_of_several():
    def faces(*sides):
        """Faces side by side on ten frames, of the given sides."""
        boxes = np.array([(100 * k, 0, 100 * k + side, side) for k, side in enumerate(sides)], np.float32).reshape(
            -1, 4
        )
        track = np.repeat(np.arange(len(sides)), 10)
        return {"track": track, "box": boxes[track], "size": np.array([400, 100])}

    assert subject_track(faces(90), None, "sole") == 0
    assert subject_track(faces(20, 90), None, "sole") == 1  # the small one is a passer-by
    assert subject_track(faces(90, 80), (0.25, 0, 0.5, 1), "sole") == 1
    with pytest.raises(MediaError, match="2 faces are there") as caught:
        subject_track(faces(90, 80), None, "sole")
    assert caught.value.code == "no_subject" and "subject_box" in caught.value.remedy
    assert subject_track(faces(), None, "sole") == -1
