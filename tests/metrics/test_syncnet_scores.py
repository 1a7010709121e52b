"""The feature `sync.syncnet`: the real networks, with weights of our own."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from helpers.film import film
from helpers.score import features, sample

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install 'vidchatbench[paper]'")

from helpers.dots import box, dot_finder, picture, write_weights

from vidchatbench.errors import MediaError
from vidchatbench.feature import ClipFeature
from vidchatbench_metrics.sync.syncnet import SyncNetScores
from vidchatbench_metrics.sync.syncnet_net import SyncNet

RNG = np.random.default_rng(5)
NOISE = RNG.normal(0, 0.1, 40 * 640)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.manual_seed(3)
    net = SyncNet()
    for layer in net.modules():
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(layer.weight)
    folder = write_weights(tmp_path_factory.mktemp("weights"), "s3fd", dot_finder())
    return write_weights(folder, "syncnet-v2", net.state_dict())


@pytest.fixture
def scored(folder, monkeypatch, tmp_path):
    """Scores of a clip made of frames and sound, without loss."""
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(folder))

    def score(frames, sound=NOISE, turn=None, fps=25, **params):
        clip = film(tmp_path / f"{len(list(tmp_path.iterdir()))}.mkv", frames, sound=sound, crf=0, fps=fps)
        need = {"f": SyncNetScores(**params).on("response")}
        return features(need, {"response": clip}, sample(**(turn or {})).turn)["f"]

    return score


def talking(count, *others, at=(5, 4)):
    """A dot whose middle flickers, so that no two windows are alike."""
    frames = [picture(at, *others) for _ in range(count)]
    for i, frame in enumerate(frames):
        y, x = at[1] * 16 + 20, at[0] * 16
        frame[y : y + 8, x : x + 16] = 20 + (37 * i) % 50
    return frames


def test_windows_and_where_they_lie(scored):
    found = scored(talking(13))
    assert found["windows"] == 8 == len(found["framewise"])
    assert found["ticks"].tolist() == [0, 13]
    assert found["seen"] == 1
    assert found["side"] == pytest.approx(64)
    assert found["means"].shape == (31,)
    assert found["distance"] == found["means"].min() == found["means"][15 - int(found["offset"])]
    assert found["confidence"] == pytest.approx(np.median(found["means"]) - found["distance"])


def test_a_face_that_comes_later_is_scored_from_there_on_with_its_own_sound(scored):
    face = talking(13)
    alone = scored(face, NOISE[6 * 640 : 19 * 640])
    later = scored([picture()] * 6 + face, NOISE[: 19 * 640])
    assert later["ticks"].tolist() == [6, 19]
    assert later["means"] == pytest.approx(alone["means"], rel=1e-6)
    other = scored(face, NOISE[7 * 640 : 20 * 640])
    assert np.abs(other["means"] - alone["means"]).max() > 1e-4 * alone["means"].max()


def test_sound_that_ends_early_ends_the_windows(scored):
    assert scored(talking(13), NOISE[: 12 * 640])["windows"] == 7


class Followed(ClipFeature):
    """One face that is away from frame 4 to 7."""

    id = "test.followed"
    version = 1
    before = (0, 1, 2, 3)
    after = 8

    def compute(self, inputs):
        ticks = np.array([*self.before, *range(self.after, self.after + 11)])
        n = len(ticks)
        return {"track": np.zeros(n, int), "tick": ticks, "seen": np.arange(n) < n - 1, "size": np.array([320, 160]),
                "box": np.tile(box(5, 4), (n, 1))}  # fmt: skip


class Alone(Followed):
    """The later part of it, from the first frame on."""

    before = ()
    after = 0


def test_of_a_track_with_a_gap_the_longest_stretch_is_scored(scored):
    face = talking(19)
    found = scored(face, tracks=Followed())
    assert found["ticks"].tolist() == [8, 19] and found["seen"] == pytest.approx(10 / 11)
    alone = scored(face[8:], NOISE[8 * 640 :], tracks=Alone())
    assert found["means"] == pytest.approx(alone["means"], rel=1e-6)


def test_new_pictures_and_the_level_of_the_sound_are_told(scored):
    steady = 0.1 * np.sign(NOISE)
    found = scored(talking(13), steady)
    assert found["fresh"] == 1 and found["level"] == pytest.approx(0.1, rel=1e-3)
    slow = scored(talking(5), steady, fps=10)
    assert slow["fresh"] == pytest.approx(0.4, abs=0.05) and slow["windows"] > 5


def test_the_subject_is_scored_and_not_the_other(scored):
    right = {"subject_box": (0.7, 0.2, 0.95, 0.8)}
    assert scored(talking(13, at=(15, 4)), turn=right)["means"] == pytest.approx(
        scored(talking(13, (5, 4), at=(15, 4)), turn=right)["means"], rel=1e-6
    )
    assert scored(talking(13), turn=right, subject="box")["windows"] == 0


@pytest.mark.parametrize("frames", [[picture()] * 12, talking(6) + [picture()] * 6], ids=["no face", "six frames"])
def test_nothing_to_score_is_no_error(scored, frames):
    found = scored(frames)
    assert found["windows"] == 0
    assert "confidence" not in found
    assert all(np.isfinite(value).all() for value in found.values())


def test_without_sound_it_is_said(scored):
    with pytest.raises(MediaError) as caught:
        scored(talking(12), None)
    assert caught.value.code == "no_audio"


def test_the_signature_names_all_that_defines_the_number(folder, monkeypatch):
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(folder))
    signature = SyncNetScores().signature()
    assert "fps:25,subject:prefer_box,vshift:15,w.syncnet:unofficial-" in signature
    assert "all=faces.s3fd(v1," in signature
    assert pickle.loads(pickle.dumps(SyncNetScores())).signature() == signature
