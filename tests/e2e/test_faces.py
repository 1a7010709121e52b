"""Identity and expression end to end: counted, perfect, another person, and without weights."""

from __future__ import annotations

import shutil
from collections import Counter

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'vidchatbench[paper]'")

from helpers.astronaut import moved, portrait, speaking
from helpers.dots import lip_reader, write_weights
from helpers.film import film
from helpers.nets import deep3d
from helpers.tiny import write_testset

import vidchatbench
import vidchatbench.media.clip
from vidchatbench_metrics.perception.yunet_detector import YuNetDetector
from vidchatbench_metrics.sync.syncnet_net import SyncNet

pytestmark = pytest.mark.slow

FACES = ("identity.arcface", "emotion.expression_fd")
GREY = np.full((400, 400, 3), 90, np.uint8)


@pytest.fixture
def nets(face_weights, tmp_path, monkeypatch):
    folder = shutil.copytree(face_weights, tmp_path / "weights")
    write_weights(folder, "syncnet-v2", lip_reader())
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(write_weights(folder, "deep3d-recon", deep3d())))


def speak(path, k, change=lambda image: image):
    """Seven frames of the portrait that speaks, in each item somewhere else."""
    sound = np.random.default_rng(k).uniform(-0.3, 0.3, 7 * 640)
    film(path, [change(moved(speaking(5 * (i % 3)), 2.0 * k + i, k)) for i in range(7)], sound=sound)


@pytest.fixture
def testset(tmp_path):
    root = write_testset(tmp_path / "faces", n=4)
    for k in range(4):
        speak(root / "media" / f"r{k}.mp4", k)
    return root


def outputs(folder, change=lambda image: image):
    folder.mkdir()
    for k in range(4):
        speak(folder / f"x{k}.mp4", k, change)
    return folder


def score(testset, pred, metrics=FACES):
    return vidchatbench.evaluate(pred, testset=testset, metrics=metrics, workers=0).results.metrics


def test_one_track_and_one_set_of_crops_for_all_families(nets, testset, tmp_path, monkeypatch):
    monkeypatch.setenv("VIDCHATBENCH_CACHE", str(tmp_path / "cache"))
    decoded, detected = Counter(), Counter()
    present, detect = vidchatbench.media.clip.present, YuNetDetector.__call__

    def counted(path, presentations):
        decoded[path.name] += 1
        # All networks cut their faces out of the same pictures, each at its own ticks.
        assert len({(p.width, p.height, p.fit, p.dtype) for p in presentations}) == 1
        return present(path, presentations)

    def looked(self, image, **how):
        detected["pictures"] += 1
        return detect(self, image, **how)

    monkeypatch.setattr(vidchatbench.media.clip, "present", counted)
    monkeypatch.setattr(YuNetDetector, "__call__", looked)
    forward = SyncNet.forward
    heard = Counter()

    def listened(self, lips, sound):
        heard["windows"] += 1
        return forward(self, lips, sound)

    monkeypatch.setattr(SyncNet, "forward", listened)
    every = (*FACES, "sync.c_fast")
    found = score(testset, outputs(tmp_path / "system", lambda image: (image * 0.9).astype(np.uint8)), every)
    assert all(found[id].value is not None for id in FACES), [found[id].reason for id in FACES]
    # Eight clips (the portraits are the references) of seven pictures: once to follow the faces, once to cut them out.
    assert detected["pictures"] == 8 * 7
    assert len(decoded) == 8 and set(decoded.values()) == {2}, decoded
    assert heard["windows"] == 8  # SyncNet saw every clip; so short a track has a reason and no value
    assert found["sync.c_fast"].value is None and "31 are needed" in found["sync.c_fast"].reason
    assert score(testset, tmp_path / "system", every) == found
    assert detected["pictures"] == 8 * 7


def test_the_real_clips_are_perfect_and_others_are_not(nets, testset, tmp_path):
    real = tmp_path / "real"
    real.mkdir()
    for k in range(4):
        shutil.copy(testset / "media" / f"r{k}.mp4", real / f"x{k}.mp4")
    perfect = score(testset, real)
    assert perfect["identity.arcface"].value == pytest.approx(perfect["identity.arcface"].real)
    assert perfect["identity.arcface"].value > 0.9
    assert perfect["emotion.expression_fd"].value == pytest.approx(0, abs=1e-4)
    assert perfect["emotion.expression_fd"].beside["variance_ratio"] == pytest.approx(1)

    other = score(testset, outputs(tmp_path / "mirrored", lambda image: image[:, ::-1]))
    assert other["identity.arcface"].value < perfect["identity.arcface"].value - 0.1
    assert other["emotion.expression_fd"].value > 0.01

    hidden = score(testset, outputs(tmp_path / "hidden", lambda image: GREY))
    assert hidden["identity.arcface"].value == 0 and hidden["identity.arcface"].by_reason == {"no_face": 4}
    assert hidden["emotion.expression_fd"].value is None

    pair = np.hstack([portrait(), portrait()[:, ::-1]])
    film(tmp_path / "mirrored" / "x0.mp4", [pair] * 7)
    both = score(testset, tmp_path / "mirrored")["identity.arcface"]
    assert both.valid_fraction == 1 and both.value > other["identity.arcface"].value
