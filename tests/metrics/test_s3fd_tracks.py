"""The feature `faces.s3fd`: the real network, with weights of our own that find white dots."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from helpers.film import film
from helpers.score import features, sample

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install 'vidchatbench[paper]'")

from helpers.dots import box, dot_finder, picture, write_weights

from vidchatbench.errors import MediaError, NotReady
from vidchatbench.media import Clip
from vidchatbench_metrics.perception.s3fd_tracks import S3FDTracks, _within


@pytest.fixture(scope="module")
def dots(tmp_path_factory):
    return write_weights(tmp_path_factory.mktemp("weights"), "s3fd", dot_finder())


@pytest.fixture
def found(dots, monkeypatch):
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(dots))
    return lambda clip, **params: features(
        {"f": S3FDTracks(**params).on("response")}, {"response": clip}, sample().turn
    )["f"]


def test_faces_are_where_they_are_and_gaps_are_filled(found, tmp_path):
    frames = [picture((4, 4)), picture((4, 4)), picture(), picture(), picture((5, 4)), picture((5, 4), (15, 6))]
    got = found(film(tmp_path / "two.mkv", frames))
    assert got["track"].tolist() == [0] * 6 + [1]
    assert got["tick"].tolist() == [0, 1, 2, 3, 4, 5, 5]
    assert got["seen"].tolist() == [True, True, False, False, True, True, True]
    wanted = [box(4 + x, 4) for x in (0, 0, 1 / 3, 2 / 3, 1, 1)] + [box(15, 6)]
    assert got["box"] == pytest.approx(np.array(wanted), abs=0.01)
    assert got["size"].tolist() == [320, 160]
    assert got["n_ticks"] == 6


def test_a_gap_that_is_too_long_is_two_tracks(found, tmp_path):
    clip = film(tmp_path / "gap.mkv", [picture((4, 4)), picture(), picture(), picture((4, 4))])
    assert found(clip, gap=3)["track"].tolist() == [0] * 4
    assert found(clip, gap=2)["track"].tolist() == [0, 1]


def test_a_picture_that_stays_keeps_its_faces(found, tmp_path):
    got = found(film(tmp_path / "slow.mkv", [picture((4, 4)), picture((5, 4)), picture()], fps=12.5))
    assert got["tick"].tolist() == [0, 1, 2, 3]
    assert got["box"][:, 0] == pytest.approx([40, 40, 56, 56], abs=0.01)
    assert got["seen"].all()
    assert got["n_ticks"] == 6


def test_no_face_is_empty_and_no_error(found, tmp_path):
    got = found(film(tmp_path / "none.mkv", [picture()] * 3))
    assert {name: got[name].shape for name in ("track", "tick", "seen", "box")} == {
        "track": (0,),
        "tick": (0,),
        "seen": (0,),
        "box": (0, 4),
    }
    assert got["n_ticks"] == 3


def test_a_broken_clip_is_named(found, tmp_path):
    (tmp_path / "bad.mp4").write_bytes(b"no")
    with pytest.raises(MediaError, match=r"bad\.mp4"):
        found(Clip(tmp_path / "bad.mp4"))


def test_the_signature_names_the_weights_and_all_that_defines_the_number(found):
    signature = S3FDTracks().signature()
    assert signature.startswith("faces.s3fd(v1,fps:25,gap:25,least:0.9,scale:0.25,w.s3fd:unofficial-")
    assert S3FDTracks(least=0.8).signature() != signature
    assert pickle.loads(pickle.dumps(S3FDTracks())).signature() == signature


def test_without_or_with_other_weights_it_is_not_ready(dots, tmp_path, monkeypatch):
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(tmp_path))
    with pytest.raises(NotReady, match="weights pull s3fd"):
        S3FDTracks().setup()
    write_weights(tmp_path, "s3fd", {"conv1.weight": torch.zeros(3)})
    with pytest.raises(NotReady, match=r"sfd_face.*no weights of S3FDNet"):
        S3FDTracks().setup()


def test_a_box_that_no_face_can_have_is_left_out():
    """As wild weights give them: far outside, or so large that a crop of it would take all memory."""
    boxes = np.array(
        [(10, 10, 50, 60), (-1e6, -1e6, 1e6, 1e6), (200, 10, 260, 60), (-60, 10, -2, 60), (90, 0, 110, 50)]
    )
    assert _within(boxes, 100, 80).tolist() == [boxes[0].tolist(), boxes[4].tolist()]
