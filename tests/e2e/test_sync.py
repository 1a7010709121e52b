"""The metrics of SyncNet end to end: the real networks, with weights of our own that understand drawn faces."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'vidchatbench[paper]'")

from helpers.dots import dot_finder, lip_reader, speaker, voice, write_weights
from helpers.film import film
from helpers.tiny import write_testset

import vidchatbench
import vidchatbench.media.clip
from vidchatbench_metrics.perception.s3fd_net import S3FDNet
from vidchatbench_metrics.sync.syncnet_net import SyncNet

pytestmark = pytest.mark.slow

IDS = ["sync.c", "sync.d", "sync.offset"]
FRAMES = 37
WINDOWS = FRAMES - 5


@pytest.fixture
def testset(tmp_path, monkeypatch):
    """Two questions with answers of 1.5 s; the second answer's sound is 4 frames early."""
    folder = write_weights(tmp_path, "s3fd", dot_finder())
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(write_weights(folder, "syncnet-v2", lip_reader())))
    root = write_testset(tmp_path / "spoken", n=2)
    (tmp_path / "pred").mkdir()
    for k in range(2):
        levels = np.random.default_rng(k).uniform(0, 1, FRAMES + 4)
        lips, early = speaker(levels[:FRAMES]), 4 * k
        sound = voice(levels[:FRAMES])
        film(root / "media" / f"r{k}.mp4", lips, sound=sound, crf=0)
        film(tmp_path / "pred" / f"x{k}.mp4", lips, sound=voice(levels[early : FRAMES + early]), crf=1)
    return root


def test_one_track_and_one_set_of_crops_serve_all_three(testset, tmp_path, monkeypatch):
    seen, decoded = Counter(), Counter()
    present = vidchatbench.media.clip.present

    def counted(path, presentations):
        decoded[path.name] += 1
        return present(path, presentations)

    monkeypatch.setattr(vidchatbench.media.clip, "present", counted)
    for net in (S3FDNet, SyncNet):
        forward = net.forward

        def once(self, *x, forward=forward, name=net.__name__):
            seen[name] += 1
            return forward(self, *x)

        monkeypatch.setattr(net, "forward", once)
    run = vidchatbench.evaluate(tmp_path / "pred", testset=testset, metrics=IDS, workers=0)
    metrics = run.results.metrics
    # Four clips: each picture goes once through S3FD, each window once through SyncNet, eight at a time; twice decoded,
    # since a track must be known before it can be cropped.
    assert seen == {"S3FDNet": 4 * FRAMES, "SyncNet": 4 * -(-WINDOWS // 8)}
    assert decoded == dict.fromkeys(("r0.mp4", "r1.mp4", "x0.mp4", "x1.mp4"), 2)
    assert metrics["sync.offset"].value == 2 and metrics["sync.offset"].beside["signed"] == 2
    assert metrics["sync.offset"].real == 0
    assert metrics["sync.c"].real == pytest.approx(metrics["sync.c"].value, abs=0.05)
    assert all(metrics[id].valid_fraction == 1 for id in IDS)

    (tmp_path / "pred" / "x1.mp4").unlink()
    film(tmp_path / "pred" / "x0.mp4", [np.full((160, 320, 3), 40, np.uint8)] * FRAMES, sound=np.ones(99) / 9)
    broken = vidchatbench.evaluate(tmp_path / "pred", testset=testset, metrics=IDS, workers=0).results.metrics
    for id in IDS:
        assert broken[id].by_reason == {"missing": 1, "no_face": 1}
        assert broken[id].value == broken[id].fail_value
    assert sum(seen.values()) == 5 * FRAMES + 4 * 4 and broken["sync.c"].real == metrics["sync.c"].real


def test_without_weights_it_is_said_what_to_type(testset, tmp_path, monkeypatch):
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(tmp_path / "none"))
    metrics = vidchatbench.evaluate(tmp_path / "pred", testset=testset, metrics=IDS, workers=0).results.metrics
    assert all(metrics[id].value is None and "weights pull" in metrics[id].remedy for id in IDS)
