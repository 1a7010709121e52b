"""`identity.arcface`: the rule on designed embeddings, and the whole way with YuNet's real weights."""

from __future__ import annotations

import pickle

import cv2
import numpy as np
import pytest
from helpers.astronaut import moved, portrait
from helpers.film import film
from helpers.score import item_stats, sample

from vidchatbench.errors import MediaError, NotReady, Unscored
from vidchatbench.media import Clip
from vidchatbench.registry import ready, validate
from vidchatbench_metrics.identity.arcface import (
    ArcFaceIdentity,
    ArcFaceIResNet50,
    ArcFaceIResNet100,
    ArcFaceR100,
)

GREY = np.full((400, 400, 3), 90, np.uint8)


def at(cosine):
    return np.array([cosine, np.sqrt(1 - cosine**2), *np.zeros(510)])


def inputs(cosines, looks, portrait=0, reference=0, response=0, other=()):
    """Features as the metric needs them: the subject is track 0, `other` are cosines of track 1."""
    rows = np.array([at(c) for c in (*cosines, *other)]).reshape(-1, 512)
    tracks = np.repeat([0, 1], [len(cosines), len(other)])
    return {
        "portrait": {"chosen": np.array(portrait)},
        "reference": {"chosen": np.array(reference)},
        "response": {"chosen": np.array(response)},
        "portrait_embeddings": {"track": np.zeros(1, int), "embedding": at(1.0)[None]},
        "response_embeddings": {"track": tracks, "embedding": rows, "looks": np.array(looks)},
    }


def stats(*given, **more):
    return ArcFaceIdentity().item(sample(), inputs(*given, **more))


def test_misses_and_wrong_faces_count_0():
    found = stats([0.6, 0.4, -0.5], 6)
    assert found["value"] == pytest.approx(1.0 / 6)
    assert found["over_detected"] == pytest.approx(0.5 / 3)
    assert found["detected"] == 0.5


def test_hiding_the_face_never_helps():
    for cosine in (0.9, 0.1, -0.3):
        assert stats([cosine] * 2, 4)["value"] <= stats([cosine] * 4, 4)["value"]


def test_somebody_elses_face_beside_does_not_count():
    assert stats([0.5], 1, other=[0.9])["value"] == 0.5


def test_becoming_somebody_else_is_drift():
    assert stats([0.8, 0.8, 0.5, 0.5, 0.2, 0.2], 6)["drift"] == pytest.approx(-0.6)
    assert stats([0.5] * 7, 7)["drift"] == 0
    assert "drift" not in stats([0.5, 0.5], 2)


@pytest.mark.parametrize("role", ["response", "portrait", "reference"])
def test_who_is_blamed_where_no_face_is_found(role):
    with pytest.raises(Unscored) as raised:
        stats([0.5], 1, **{role: -1})
    assert (raised.value.code, raised.value.role) == ("no_face", role)


def test_a_face_that_no_look_meets_is_a_reason():
    with pytest.raises(Unscored, match="none of the 2 frames"):
        stats([], 2)


def test_a_failed_sample_counts_0_and_what_stands_beside():
    metric = ArcFaceIdentity()
    rows = [stats([0.4], 1), {"value": np.array(metric.card.fail_value)}]
    assert metric.total(rows, np.ones(2)) == pytest.approx(0.2)
    assert metric.beside(rows, np.ones(2)) == pytest.approx({"over_detected": 0.4, "detection_rate": 1.0})


def test_cards_name_the_pack_and_one_is_the_papers():
    metrics = [ArcFaceIdentity(), ArcFaceR100(), ArcFaceIResNet50(), ArcFaceIResNet100()]
    for metric in metrics:
        validate(metric)
        assert "non-commercial" in metric.card.licence
        assert pickle.loads(pickle.dumps(metric)).signature() == metric.signature()
    assert [m.card.id for m in metrics if m.card.profiles] == ["identity.arcface"]
    assert "buffalo_l" in metrics[0].card.licence and "antelopev2" in metrics[1].card.licence
    assert len({m.signature() for m in metrics}) == 4


def test_without_weights_it_says_what_to_type(weights):
    why = ready(ArcFaceIdentity())
    assert isinstance(why, NotReady)
    assert why.remedy == "vidchatbench weights pull arcface-w600k-r50 --accept-license"
    pytest.importorskip("torch", reason="needs PyTorch: pip install 'vidchatbench[paper]'")
    why = ready(ArcFaceIResNet50())
    assert "arcface-iresnet50 FILE --accept-license" in why.remedy


# The whole way, with a projection in ArcFace's place: what holds whatever the weights are.


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    folder = tmp_path_factory.mktemp("identity")
    cv2.imwrite(str(folder / "portrait.png"), portrait()[..., ::-1])
    frames = [moved(portrait(), 2.0 * k, k, 1 + 0.005 * k) for k in range(11)]
    return folder, Clip(folder / "portrait.png"), film(folder / "her.mkv", frames), frames


def value(studio, response):
    _, picture, reference, _ = studio
    found = item_stats(ArcFaceIdentity(), sample(), response=response, portrait=picture, reference=reference)
    return float(found["value"])


def test_perfect_the_portrait_itself_is_1_and_the_real_clip_close(arcface, studio):
    _, picture, reference, _ = studio
    assert value(studio, picture) == pytest.approx(1, abs=1e-6)
    assert value(studio, reference) > 0.9


def test_empty_a_response_without_a_face_is_a_reason(arcface, studio, tmp_path):
    with pytest.raises(Unscored, match="no face of the subject was found in the response"):
        value(studio, film(tmp_path / "grey.mkv", [GREY] * 3))


def test_malformed_a_broken_file_is_named(arcface, studio, tmp_path):
    (tmp_path / "bad.mp4").write_bytes(b"no")
    with pytest.raises(MediaError, match=r"bad\.mp4"):
        value(studio, Clip(tmp_path / "bad.mp4"))


def test_it_moves_with_blur_another_face_and_covered_frames_and_not_with_sound_or_rate(arcface, studio, tmp_path):
    frames = studio[3]
    sound = np.random.default_rng(0).uniform(-0.5, 0.5, 7040)
    whole = value(studio, film(tmp_path / "whole.mkv", frames))
    # The encoder does not give the same picture twice to a bit: this is within a quarter of the card's tolerance.
    assert value(studio, film(tmp_path / "loud.mkv", frames, sound=sound)) == pytest.approx(whole, abs=0.00125)
    assert value(studio, film(tmp_path / "slow.mkv", frames[::5], fps=5)) == pytest.approx(whole, abs=0.02)
    assert value(studio, film(tmp_path / "half.mkv", [*frames[:5], *[GREY] * 6])) == pytest.approx(whole / 3, abs=0.05)
    mirrored = [image[:, ::-1] for image in frames]
    assert value(studio, film(tmp_path / "other.mkv", mirrored)) < whole - 0.1
    blurred = [cv2.GaussianBlur(image, (0, 0), 4) for image in frames]
    assert value(studio, film(tmp_path / "blurred.mkv", blurred)) < whole - 0.005
