"""`emotion.expression_fd`: the rule on designed coefficients, and the whole way with weights of our own making."""

from __future__ import annotations

import pickle
import shutil

import cv2
import numpy as np
import pytest
from helpers.astronaut import moved, portrait, speaking
from helpers.film import film
from helpers.score import features, item_stats, sample

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install 'vidchatbench[paper]'")

from helpers.dots import write_weights
from helpers.nets import deep3d

from vidchatbench.errors import MediaError, NotReady, Unscored
from vidchatbench.media import Clip, Presentation
from vidchatbench.registry import ready, validate
from vidchatbench_metrics.emotion.deep3d import Deep3DExpressions
from vidchatbench_metrics.emotion.deep3d_align import EXPRESSION, deep3d_align, deep3d_coefficients
from vidchatbench_metrics.emotion.expression_fd import ExpressionClipFD, ExpressionFD
from vidchatbench_metrics.perception.yunet_tracks import YuNetTracks

GREY = np.full((400, 400, 3), 90, np.uint8)


def inputs(response, reference, chosen=(0, 0)):
    """Features as the metric reads them, with somebody else (track 1) beside the subject."""

    def expressions(rows):
        rows = np.asarray(rows, np.float32).reshape(-1, 64)
        return {"track": np.repeat([0, 1], [len(rows), 3]), "expression": np.vstack([rows, np.full((3, 64), 9.0)])}

    return {
        "response": {"chosen": np.array(chosen[0])},
        "reference": {"chosen": np.array(chosen[1])},
        "response_expressions": expressions(response),
        "reference_expressions": expressions(reference),
    }


def rows(metric, responses, references):
    found = zip(responses, references, strict=True)
    return [metric.item(sample(), inputs(one, other)) for one, other in found]


def drawn(seed, n=6, shift=0.0, scale=1.0):
    return np.random.default_rng(seed).normal(shift, scale, (n, 16, 64))


def test_equal_sets_are_0_and_damped_held_or_shifted_expressions_are_not():
    metric, real = ExpressionFD(), drawn(0)
    weights = np.ones(6)

    def value(responses):
        return metric.total(rows(metric, responses, real), weights)

    assert value(real) == pytest.approx(0, abs=1e-5)
    assert value(real[::-1]) == pytest.approx(0, abs=1e-5)  # time and pairing do not count
    assert value(real + 1) == pytest.approx(64, rel=1e-3)
    assert value(real * 0.5) > 5
    assert value(np.broadcast_to(real[:, :1], real.shape)) > 5


def test_variance_ratio_says_how_lively():
    metric, real = ExpressionFD(), drawn(1)
    assert metric.beside(rows(metric, real * 0.5, real), np.ones(6)) == pytest.approx({"variance_ratio": 0.25})
    frozen = np.broadcast_to(real[:, :1], real.shape)
    assert metric.beside(rows(metric, frozen, real), np.ones(6)) == {"variance_ratio": 0}


def test_a_clips_mean_and_deviation():
    metric, real = ExpressionClipFD(), drawn(2, n=2)
    (row, _) = rows(metric, real, real)
    assert row["response"].shape == (1, 128)
    assert row["response"][0] == pytest.approx(np.concatenate([real[0].mean(axis=0), real[0].std(axis=0)]), abs=1e-5)
    assert metric.beside([row], np.ones(1)) == {}


@pytest.mark.parametrize("metric", [ExpressionFD(), ExpressionClipFD()])
@pytest.mark.parametrize(("given", "role"), [(([], drawn(0)[0]), "response"), ((drawn(0)[0], []), "reference")])
def test_who_is_blamed_where_no_face_is_found(metric, given, role):
    with pytest.raises(Unscored) as raised:
        metric.item(sample(), inputs(*given))
    assert (raised.value.code, raised.value.role) == ("no_face", role)


def test_the_cards_say_what_is_open_and_one_is_the_papers():
    for metric in (ExpressionFD(), ExpressionClipFD()):
        validate(metric)
        assert "Basel Face Model" in metric.card.licence and "epoch_20.pth" in metric.card.unspecified_by_paper
        assert pickle.loads(pickle.dumps(metric)).signature() == metric.signature()
    assert ExpressionFD.card.profiles == {"paper"} and not ExpressionClipFD.card.profiles
    assert "64 dimensions" in ExpressionFD().no_interval(320) and ExpressionFD().no_interval(321) is None


# The whole way, with the real network and weights of our own making.


@pytest.fixture(scope="module")
def nets(face_weights, tmp_path_factory):
    folder = shutil.copytree(face_weights, tmp_path_factory.mktemp("deep3d") / "weights")
    return write_weights(folder, "deep3d-recon", deep3d())


@pytest.fixture
def own(nets, monkeypatch):
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(nets))


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    folder = tmp_path_factory.mktemp("expression")
    cv2.imwrite(str(folder / "portrait.png"), portrait()[..., ::-1])
    frames = [moved(speaking(6 * (k % 3)), 2.0 * k, k) for k in range(11)]
    return Clip(folder / "portrait.png"), film(folder / "her.mkv", frames)


def stats(studio, response):
    picture, reference = studio
    return item_stats(ExpressionFD(), sample(), response=response, portrait=picture, reference=reference)


def test_perfect_the_real_clip_has_its_own_vectors(own, studio):
    row = stats(studio, studio[1])
    assert row["response"].shape == (3, 64)
    assert np.array_equal(row["response"], row["reference"])
    assert row["response"].std(axis=0).max() > 0


def test_empty_a_response_without_a_face_is_a_reason(own, studio, tmp_path):
    with pytest.raises(Unscored, match="no face of the subject was found in the response"):
        stats(studio, film(tmp_path / "grey.mkv", [GREY] * 3))


def test_malformed_a_broken_file_is_named(own, studio, tmp_path):
    (tmp_path / "bad.mp4").write_bytes(b"no")
    with pytest.raises(MediaError, match=r"bad\.mp4"):
        stats(studio, Clip(tmp_path / "bad.mp4"))


def test_the_pictures_are_chosen_evenly_and_cut_as_the_reference_does(own, studio):
    clip = studio[1]
    params = {"f": Deep3DExpressions(frames=4, every=2).on("response"), "t": YuNetTracks().on("response")}
    found = features(params, {"response": clip}, sample().turn)
    assert found["f"]["tick"].tolist() == [0, 4, 6, 10]
    assert found["f"]["track"].tolist() == [0] * 4
    (image,) = (f.image for _, f in clip.frames([Presentation(width=400, height=400, fps=25)]) if f.tick == 6)
    face = deep3d_align(image, found["t"]["landmarks"][6]).image
    feature = Deep3DExpressions()
    feature.setup()
    wanted = deep3d_coefficients(face[None], feature.net)[0, EXPRESSION]
    assert found["f"]["expression"][2] == pytest.approx(wanted, rel=1e-4, abs=1e-4)


def test_without_weights_it_says_what_to_type(arcface):
    why = ready(ExpressionFD())
    assert isinstance(why, NotReady)
    assert why.remedy == "vidchatbench weights pull deep3d-recon --accept-license"
