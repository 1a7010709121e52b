"""Ours against the reference implementations themselves, where they are installed (dependency group `oracle`)."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install 'vidchatbench[paper]'")

from helpers.judges import judge
from helpers.nets import MAKERS
from hypothesis import given, settings
from hypothesis import strategies as st

from vidchatbench.media.resize import resize
from vidchatbench.stats import frechet_distance, kernel_distance
from vidchatbench_metrics.perception.checkpoint import state_dict
from vidchatbench_metrics.perception.ready_network import ready_network
from vidchatbench_metrics.perception.torch_net import TorchNet
from vidchatbench_metrics.video.inception import inception_features
from vidchatbench_metrics.video.inception_net import InceptionNet
from vidchatbench_metrics.video.lpips_net import LPIPSNet, lpips_tensors
from vidchatbench_metrics.video.lpips_pairs import HEADS, lpips_distances


def reference(name):
    try:
        return judge(name)
    except ImportError as error:
        pytest.skip(f"needs a reference implementation, {error}: pip install --group oracle")


@pytest.mark.slow
def test_inception_is_torch_fidelitys(tmp_path):
    extractor = reference("torch_fidelity.feature_extractor_inceptionv3").FeatureExtractorInceptionV3
    tensors = MAKERS["inception-2015"]()
    torch.save(tensors, tmp_path / "net.pth")
    theirs = extractor("i", ["2048"], feature_extractor_weights_path=str(tmp_path / "net.pth")).eval()
    pictures = np.random.default_rng(0).integers(0, 256, (3, 299, 299, 3), np.uint8)
    with torch.no_grad():
        expected = theirs(torch.from_numpy(pictures).permute(0, 3, 1, 2))[0].numpy()
    got = inception_features(
        pictures.astype(np.float32), TorchNet(ready_network(InceptionNet(), tensors), device="cpu", batch=2)
    )
    assert np.abs(got - expected).max() <= 2e-5 * np.abs(expected).max()


@settings(max_examples=12, deadline=None)
@given(st.integers(20, 700), st.integers(20, 700), st.integers(0, 9))
def test_the_clean_resize_is_clean_fids(rows, columns, seed):
    theirs = reference("cleanfid.resize").make_resizer("PIL", False, "bicubic", (299, 299))
    image = np.random.default_rng(seed).integers(0, 256, (rows, columns, 3), np.uint8)
    assert np.abs(resize(image, 299, 299) - np.clip(theirs(image), 0, 255)).max() < 1e-3


@settings(max_examples=12, deadline=None)
@given(st.integers(5, 40), st.integers(2, 30), st.integers(0, 99))
def test_distances_are_clean_fids_and_torchmetrics(n, d, seed):
    cleanfid, torchmetrics = reference("cleanfid.fid"), reference("torchmetrics.image.fid")
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(n, d)), rng.normal(0.3, 1.5, size=(n + 3, d))
    moments = [torch.from_numpy(m) for z in (x, y) for m in (z.mean(0), np.cov(z, rowvar=False).reshape(d, d))]
    assert frechet_distance(x, y) == pytest.approx(float(torchmetrics._compute_fid(*moments)), rel=1e-6, abs=1e-6)
    theirs = cleanfid.kernel_distance(x, y[:n], num_subsets=1, max_subset_size=n)
    assert kernel_distance(x, y[:n]) == pytest.approx(float(theirs), rel=1e-6, abs=1e-9)


def test_lpips_is_the_lpips_packages():
    theirs = reference("lpips").LPIPS(net="alex", pnet_rand=True, verbose=False).eval()
    trunk = {
        f"features.{name.split('.')[1]}.{name.split('.')[2]}": value for name, value in theirs.net.state_dict().items()
    }
    net = TorchNet(ready_network(LPIPSNet(), lpips_tensors(trunk, state_dict(HEADS.verified()))), device="cpu", batch=2)
    pictures = np.random.default_rng(0).integers(0, 256, (2, 3, 90, 120, 3)).astype(np.float32)
    x, y = (torch.from_numpy(z / 127.5 - 1).permute(0, 3, 1, 2).float() for z in pictures)
    with torch.no_grad():
        expected = theirs(x, y).flatten().numpy()
    assert lpips_distances(*pictures, net) == pytest.approx(expected, rel=1e-5)
