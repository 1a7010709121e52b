"""The picture metrics of the profile `paper`, end to end, with networks whose weights are of our own making."""

from __future__ import annotations

import json
from collections import Counter

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'vidchatbench[paper]'")

from helpers.nets import write_weights
from helpers.tiny import write_clip, write_outputs, write_testset

import vidchatbench
import vidchatbench.media.clip
from vidchatbench.engine.lock import lock_testset
from vidchatbench.engine.reference_features import store_features
from vidchatbench.registry import entries
from vidchatbench.testset import load_testset
from vidchatbench_metrics.video.i3d_net import I3DNet
from vidchatbench_metrics.video.inception_net import InceptionNet
from vidchatbench_metrics.video.lpips_net import LPIPSNet

pytestmark = pytest.mark.slow

SETS = ("video.fid", "video.fvd", "video.kid", "video.kvd")
NETWORK = (*SETS, "video.lpips")


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    """A weights folder of unofficial files."""
    return write_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture
def own(registry, monkeypatch):
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(registry))


@pytest.fixture(scope="module")
def testset(registry, tmp_path_factory):
    """Four items of 0.7 s, locked: what cannot be measured on the references is known beforehand."""
    root = write_testset(tmp_path_factory.mktemp("paper") / "tiny", n=4, seconds=0.7)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIDCHATBENCH_WEIGHTS", str(registry))
        lock_testset(load_testset(root), workers=0)
    return root


def score(testset, pred, **how):
    return vidchatbench.evaluate(pred, testset=testset, profile="paper", workers=0, **how).results


def test_each_clip_is_decoded_once_and_seen_once_by_each_network(own, testset, tmp_path, monkeypatch):
    pred = write_outputs(tmp_path / "system", 4, seconds=0.7)
    monkeypatch.setenv("VIDCHATBENCH_CACHE", str(tmp_path / "cache"))
    decoded, seen = Counter(), Counter()
    present = vidchatbench.media.clip.present

    def counted(path, presentations):
        decoded[path] += 1
        return present(path, presentations)

    monkeypatch.setattr(vidchatbench.media.clip, "present", counted)
    for net in (InceptionNet, I3DNet, LPIPSNet):
        forward = net.forward

        def once(self, *x, forward=forward, name=net.__name__):
            seen[name] += 1
            return forward(self, *x)

        monkeypatch.setattr(net, "forward", once)
    results = score(testset, pred)
    assert len(decoded) == 8 and set(decoded.values()) == {1}, decoded
    # 16 pictures are one batch; 0.7 s hold one window of I3D, and 18 pairs, of which every fifth makes four: one batch.
    assert seen == {"InceptionNet": 8, "I3DNet": 8, "LPIPSNet": 4}
    assert all("unofficial-" in results.metrics[id].signature for id in NETWORK)
    assert all(results.metrics[id].value is not None for id in NETWORK)

    again = score(testset, pred)
    assert again == results
    assert sum(decoded.values()) == 8 and sum(seen.values()) == 20


def test_the_real_clips_are_perfect_others_are_not_and_what_fails_is_said(own, tmp_path):
    testset = write_testset(tmp_path / "long", n=5, seconds=0.8)
    for k in range(5):
        for name in ("real", "other"):
            (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / "real" / f"x{k}.mp4").write_bytes((testset / "media" / f"r{k}.mp4").read_bytes())
        write_clip(tmp_path / "other" / f"x{k}.mp4", seconds=0.8, level=235, fps=12)
    real, other = (score(testset, tmp_path / name).metrics for name in ("real", "other"))
    for id in ("video.fid", "video.fvd"):
        assert real[id].value == pytest.approx(0, abs=1e-6)
    assert real["video.lpips"].value == 0
    assert real["video.psnr"].value == 100 and real["video.ssim"].value == pytest.approx(1)
    for id in NETWORK:
        assert other[id].value > real[id].value, id
        assert other[id].valid_fraction == 1
    assert all(real[id].ci95 is None and real[id].ci_reason for id in SETS)
    assert real["video.fid"].real is not None  # the floor: halves of the references

    (tmp_path / "other" / "x1.mp4").unlink()
    (tmp_path / "other" / "x2.mp4").write_bytes(b"no video")
    write_clip(tmp_path / "other" / "x3.mp4", seconds=0.4)
    broken = score(testset, tmp_path / "other").metrics
    assert broken["video.fid"].by_reason == {"missing": 1, "unreadable": 1}
    assert broken["video.fid"].value is None and "at least 4 valid samples, has 3" in broken["video.fid"].reason
    assert broken["video.fvd"].by_reason == {"missing": 1, "unreadable": 1, "too_short": 1}
    assert broken["video.lpips"].by_reason == {"missing": 1, "unreadable": 1}
    assert broken["video.lpips"].failed == 2 and broken["video.lpips"].value > other["video.lpips"].value


def test_without_weights_every_metric_says_what_to_type(testset, tmp_path, monkeypatch):
    pred = write_outputs(tmp_path / "system", 4)
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(tmp_path / "none"))
    metrics = score(testset, pred).metrics
    told = {id: metrics[id].remedy for id in NETWORK}
    assert told == {
        "video.fid": "vidchatbench weights pull inception-2015",
        "video.kid": "vidchatbench weights pull inception-2015",
        "video.fvd": "vidchatbench weights pull i3d-kinetics-400",
        "video.kvd": "vidchatbench weights pull i3d-kinetics-400",
        "video.lpips": "vidchatbench weights pull alexnet-imagenet",
    }
    assert all(metrics[id].value is None for id in NETWORK)
    assert metrics["video.psnr"].value is not None


def test_weights_of_another_layout_are_named_with_what_is_wrong(testset, tmp_path, monkeypatch):
    import hashlib

    import torch

    folder = tmp_path / "weights"
    folder.mkdir()
    torch.save({"a": torch.zeros(1)}, folder / "raw")
    digest = hashlib.sha256((folder / "raw").read_bytes()).hexdigest()
    (folder / "raw").rename(folder / f"pt_inception-2015-12-05-6726825d.unofficial-{digest}.pth")
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(folder))
    fid = score(testset, write_outputs(tmp_path / "system", 4)).metrics["video.fid"]
    assert fid.value is None and "no weights of InceptionNet" in fid.reason and "Missing key" in fid.reason


def test_reference_features_give_the_same_numbers_without_the_videos(own, testset, tmp_path, monkeypatch):
    root = write_testset(tmp_path / "own", n=4)
    lock_testset(load_testset(root), workers=0)
    pred = write_outputs(tmp_path / "system", 4, seconds=0.7)
    with_videos = score(root, pred).metrics
    store_features(load_testset(root), {id: entries()[id].metric for id in ("video.fid", "video.kid")}, workers=0)
    for file in (root / "media").glob("r*.mp4"):
        file.unlink()
    without = score(root, pred, metrics=["video"]).metrics
    for id in ("video.fid", "video.kid"):
        assert without[id].value == with_videos[id].value and without[id].real == with_videos[id].real
    assert without["video.psnr"].value is None and "testset verify" in without["video.psnr"].remedy


@pytest.mark.parametrize("which", ["mini", "clips"])
def test_it_runs_on_the_built_in_test_set_and_on_real_clips(own, root, clips, tmp_path, which):
    from helpers.real import build

    if which == "mini":
        pred, testset, limit = root / "examples/outputs/degraded", "mini", 4
    else:
        testset, _, pred = build(clips, tmp_path, singles=("head/4",))
        limit = None
    results = vidchatbench.evaluate(pred, testset=testset, profile="paper", limit=limit, out=tmp_path / "out").results
    for id in NETWORK:
        assert results.metrics[id].value is not None, results.metrics[id].reason
    report = (tmp_path / "out" / "report.html").read_text()
    assert "unofficial" in report and json.loads((tmp_path / "out" / "results.json").read_text())
