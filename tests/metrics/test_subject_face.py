"""Whose face it is: embeddings, and the subject among several faces, on a real face twice and mirrored."""

from __future__ import annotations

import pickle

import cv2
import numpy as np
import pytest
from helpers.astronaut import moved, portrait
from helpers.film import film
from helpers.onnx_file import onnx_file, write_onnx
from helpers.score import features, sample

from vidchatbench.errors import MediaError, NotReady
from vidchatbench.media import Clip
from vidchatbench_metrics.perception.face_embeddings import FaceEmbeddings, IResNetEmbeddings
from vidchatbench_metrics.perception.subject_face import SubjectFace
from vidchatbench_metrics.perception.yunet_tracks import YuNetTracks

GREY = np.full((400, 400, 3), 90, np.uint8)
LEFT, RIGHT, NOWHERE = (0.2, 0.2, 0.34, 0.4), (0.64, 0.17, 0.79, 0.43), (0.0, 0.8, 0.1, 1.0)


def picture(path, image):
    cv2.imwrite(str(path), image[..., ::-1])
    return Clip(path)


@pytest.fixture
def her(tmp_path):
    return picture(tmp_path / "her.png", portrait())


@pytest.fixture
def mirrored(tmp_path):
    """Somebody else, to the projection."""
    return picture(tmp_path / "mirrored.png", portrait()[:, ::-1])


@pytest.fixture
def two(tmp_path):
    """Her at the left and small, her mirrored self at the right and larger."""
    pair = np.hstack([moved(portrait(), 0, 0, 0.8), moved(portrait()[:, ::-1], 0, 0, 1.0)])
    return film(tmp_path / "two.mkv", [pair] * 6)


def subject(clip, picture, box=None, **params):
    on = SubjectFace(**params).on("response", "portrait")
    return features({"f": on}, {"response": clip, "portrait": picture}, sample(subject_box=box).turn)["f"]


def middle(found):
    return found["box"][:, [0, 2]].mean() / found["size"][0]


def test_the_box_decides_for_the_reference(arcface, two, her):
    assert middle(subject(two, her, LEFT, of="reference")) < 0.5
    assert middle(subject(two, her, RIGHT, of="reference")) > 0.5
    none = subject(two, her, NOWHERE, of="reference")
    assert (none["chosen"], len(none["box"]), none["n_tracks"]) == (-1, 0, 2)


def test_the_box_decides_for_the_response_where_it_meets_a_face(arcface, two, her):
    assert middle(subject(two, her, RIGHT)) > 0.5
    assert middle(subject(two, her, NOWHERE)) < 0.5


def test_the_portrait_decides_and_not_the_size(arcface, two, her, mirrored):
    assert middle(subject(two, her)) < 0.5
    assert middle(subject(two, mirrored)) > 0.5
    assert middle(subject(two, her, of="reference")) < 0.5


def test_where_nothing_decides_it_says_so(arcface, two, her, tmp_path):
    with pytest.raises(MediaError, match="2 faces are there") as caught:
        subject(two, her, embeddings=None)
    assert (caught.value.code, caught.value.where) == ("no_subject", "clip")
    assert caught.value.remedy == "give the turn's subject_box"
    for unclear, shown in ((two, 2), (picture(tmp_path / "grey.png", GREY), 0)):
        with pytest.raises(MediaError, match=f"the portrait should tell, and shows {shown}") as caught:
            subject(two, unclear)
        assert (caught.value.code, caught.value.where) == ("no_subject", "clip")
    with pytest.raises(MediaError, match="2 faces are there") as caught:
        subject(two, two, of="portrait")
    assert caught.value.remedy == "cut the portrait down to the one person"


def test_a_lone_face_is_the_subject_whoever_it_is(arcface, mirrored, her, tmp_path):
    grey = picture(tmp_path / "grey.png", GREY)
    for box in (None, NOWHERE):
        found = subject(her, grey, box)
        assert (found["chosen"], found["n_tracks"], len(found["tick"])) == (0, 1, 1)
    assert subject(mirrored, mirrored, of="portrait")["chosen"] == 0
    assert subject(grey, her)["chosen"] == -1


def embeddings(clip, **params):
    return features({"f": FaceEmbeddings(**params).on("response")}, {"response": clip}, sample().turn)["f"]


def test_every_fifth_picture_has_its_faces_embedded(arcface, two, her):
    found = embeddings(two)
    assert found["looks"] == 2
    assert sorted(zip(found["tick"].tolist(), found["track"].tolist(), strict=True)) == [(0, 0), (0, 1), (5, 0), (5, 1)]
    assert np.linalg.norm(found["embedding"], axis=1) == pytest.approx(np.ones(4), abs=1e-6)
    own = embeddings(her)["embedding"]
    assert own.shape == (1, 512)
    faces = features({"f": YuNetTracks().on("response")}, {"response": two}, sample().turn)["f"]
    at_left = int(faces["track"][faces["box"][:, 0].argmin()])
    cosines = found["embedding"] @ own[0]
    assert cosines[found["track"] == at_left].min() > 0.9 > cosines[found["track"] != at_left].max()


def test_a_picture_that_stays_keeps_its_embedding_and_an_undetected_face_has_none(arcface, tmp_path, monkeypatch):
    clip = film(tmp_path / "slow.mkv", [portrait(), GREY, portrait()], fps=5)
    calls = []
    embed = FaceEmbeddings.embed
    monkeypatch.setattr(FaceEmbeddings, "embed", lambda self, face: calls.append(1) or embed(self, face))
    found = embeddings(clip, every=1)
    assert found["tick"].tolist() == [0, 1, 2, 3, 4, 10, 11, 12, 13, 14]
    assert found["looks"] == 15
    assert len(calls) == 2
    assert np.array_equal(found["embedding"][0], found["embedding"][4])


def test_no_face_has_no_embedding(arcface, tmp_path):
    found = embeddings(film(tmp_path / "grey.mkv", [GREY] * 6))
    assert (found["looks"], found["embedding"].shape) == (2, (0, 512))


def test_other_networks_are_named(arcface, tmp_path, monkeypatch):
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(tmp_path))
    with pytest.raises(NotReady, match=r"weights pull arcface-w600k-r50 --accept-license"):
        FaceEmbeddings().setup()
    small = onnx_file([("Relu", ["x"], ["y"], {})], constants={}, inputs={"x": [1, 3, 112, 112]}, outputs={"y": []})
    write_onnx(tmp_path / "small", "arcface-w600k-r50", small)
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(tmp_path / "small"))
    with pytest.raises(NotReady, match=r"w600k_r50.*no network of faces.*not \(1, 512\)"):
        FaceEmbeddings().setup()
    other = onnx_file([("Relu", ["x"], ["y"], {})], constants={}, inputs={"x": [7]}, outputs={"y": [7]})
    write_onnx(tmp_path / "other", "arcface-w600k-r50", other)
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(tmp_path / "other"))
    with pytest.raises(NotReady, match=r"w600k_r50.*is no network of faces of 112 x 112"):
        FaceEmbeddings().setup()


def test_the_signature_names_whose_clip_the_network_and_the_rule(arcface):
    signature = SubjectFace().signature()
    assert "faces.subject(v1,of:response" in signature
    assert "faces.arcface(v1,every:5,model:arcface-w600k-r50,w.arcface:unofficial-" in signature
    assert "arcface" not in SubjectFace(embeddings=None).signature()
    assert SubjectFace(of="reference").signature() != signature
    assert pickle.loads(pickle.dumps(SubjectFace())).signature() == signature
    assert IResNetEmbeddings().computation()["torch"]


@pytest.mark.slow
def test_a_real_clip_of_one_person_has_one_steady_track(weights, clips):
    """All 16 clips were looked at once; these are the framings, of which the side view is the hard one."""
    for path in sorted((clips / "range").glob("*/*.mp4")):
        found = subject(Clip(path), Clip(path), embeddings=None)
        assert found["n_tracks"] == 1, path
        seen = found["seen"].sum() / found["n_ticks"]
        assert seen > 0.95 if path.parent.name == "full_body" else seen == 1, path
        sides = found["box"][1:, 2] - found["box"][1:, 0]
        steps = np.abs(np.diff(found["landmarks"], axis=0)).max(axis=(1, 2)) / sides
        assert np.median(steps) < 0.06 and steps.max() < 0.25, path
