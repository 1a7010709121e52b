import pickle
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install 'vidchatbench[paper]'")

import torch.nn.functional as F
from safetensors.torch import save_file

from vidchatbench.errors import NotReady
from vidchatbench_metrics.perception.checkpoint import state_dict
from vidchatbench_metrics.perception.ready_network import ready_network
from vidchatbench_metrics.perception.torch_net import TorchNet
from vidchatbench_metrics.video import i3d_net
from vidchatbench_metrics.video.bilinear import bilinear
from vidchatbench_metrics.video.lpips_net import LPIPSNet, lpips_tensors

sides = st.integers(9, 400)


@settings(max_examples=25, deadline=None)
@given(rows=sides, columns=sides, crop=st.booleans(), seed=st.integers(0, 99))
def test_the_bilinear_resize_is_pytorchs(rows, columns, crop, seed):
    image = np.random.default_rng(seed).integers(0, 256, (rows, columns, 3), np.uint8)
    size = [224, 224]
    if crop:
        scale = 224 / min(rows, columns)
        size = [224 if n == min(rows, columns) else int(np.ceil(n * scale)) for n in (rows, columns)]
    whole = F.interpolate(torch.from_numpy(image).permute(2, 0, 1)[None].float(), size, mode="bilinear")
    top, left = ((n - 224) // 2 for n in size)
    expected = whole[0, :, top : top + 224, left : left + 224].permute(1, 2, 0).numpy()
    assert np.abs(bilinear(image, 224, crop=crop) - expected).max() < 0.02  # of 255: where a tap is rounded


def test_a_short_batch_has_the_bits_of_a_full_one_and_the_callers_threads_are_given_back():
    torch.manual_seed(0)
    net = TorchNet(torch.nn.Conv2d(3, 8, 3).requires_grad_(False), device="cpu", batch=4)
    rows = np.random.default_rng(0).random((11, 3, 20, 20), np.float32)
    before = torch.get_num_threads()
    whole = net(rows)
    assert whole.shape == (11, 8, 18, 18)
    for k in range(11):
        assert np.array_equal(net(rows[k : k + 1])[0], whole[k])
    assert torch.get_num_threads() == before


def test_a_gpu_that_is_not_there_is_named():
    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    with pytest.raises(NotReady, match=r"--device cuda.*sees no GPU") as caught:
        TorchNet(torch.nn.Identity(), device="cuda", batch=1)
    assert caught.value.remedy == "--device cpu"


def _alive(module):
    generator = torch.Generator().manual_seed(1)
    for p in module.parameters():
        p.data = 0.1 * torch.randn(p.shape, generator=generator)
    for name, b in module.named_buffers():
        if name.endswith("running_var"):
            b.data = 1 + torch.rand(b.shape, generator=generator)
    return module.eval().requires_grad_(False)


@pytest.mark.parametrize(("kernel", "stride", "size"), [(7, 2, (16, 20, 24)), (3, 1, (5, 9, 8)), (1, 1, (2, 7, 7))])
def test_a_planar_convolution_over_stacked_pictures_is_the_one_over_time(kernel, stride, size):
    conv = _alive(i3d_net.Conv(3, 6, kernel, stride))
    weight = 0.1 * torch.randn(6, 3, kernel, kernel, kernel)
    conv.load_state_dict({**conv.state_dict(), "conv3d.weight": weight})
    x = torch.randn(2, *size, 3)
    pads = []
    for n in size:  # TensorFlow's SAME, the slow way
        total = max((-(-n // stride) - 1) * stride + kernel - n, 0)
        pads = [total // 2, total - total // 2, *pads]
    over_time = F.conv3d(F.pad(x.permute(0, 4, 1, 2, 3), pads), weight, stride=stride)
    expected = F.relu(F.batch_norm(over_time, conv.bn.running_mean, conv.bn.running_var, conv.bn.weight, conv.bn.bias))
    assert torch.allclose(conv(x).permute(0, 4, 1, 2, 3), expected, atol=1e-5)


def test_a_tensor_that_is_absent_or_superfluous_is_refused():
    net = LPIPSNet()
    tensors = net.state_dict()
    trunk = {name: tensor for name, tensor in tensors.items() if name.startswith("features.")}
    heads = {f"lin{k}.model.1.weight": head.weight for k, head in enumerate(net.heads)}
    own = lpips_tensors(trunk, heads)
    with pytest.raises(NotReady, match=r"no weights of LPIPSNet.*features\.0\.bias"):
        ready_network(LPIPSNet(), {name: tensor for name, tensor in own.items() if name != "features.0.bias"})
    with pytest.raises(NotReady, match=r"features\.99\.bias"):
        ready_network(LPIPSNet(), {**own, "features.99.bias": torch.zeros(1)})


def test_lpips_is_a_distance_of_looks():
    torch.manual_seed(0)
    raw = LPIPSNet()
    trunk = {n: t for n, t in raw.state_dict().items() if n.startswith("features.")}
    heads = {f"lin{k}.model.1.weight": head.weight.abs() for k, head in enumerate(raw.heads)}
    net = ready_network(LPIPSNet(), lpips_tensors({**trunk, "classifier.1.weight": torch.zeros(1)}, heads))
    x, y = torch.rand(2, 64, 80, 3) * 2 - 1, torch.rand(2, 64, 80, 3) * 2 - 1
    assert torch.equal(net(x, x), torch.zeros(2))
    assert torch.allclose(net(x, y), net(y, x)) and (net(x, y) > 0).all()
    assert (net(x, 0.9 * x + 0.1 * y) < net(x, y)).all()


class _Bomb:
    def __reduce__(self):
        return (open, ("executed", "w"))


def test_a_checkpoint_is_read_for_its_tensors_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    one = torch.arange(3.0)
    torch.save({"module.a": one}, tmp_path / "a.pth")
    torch.save({"model": {"a": one}, "epoch": 3}, tmp_path / "wrapped.pth")
    save_file({"a": one}, tmp_path / "a.safetensors")
    assert torch.equal(state_dict(tmp_path / "a.pth")["a"], one)
    assert torch.equal(state_dict(tmp_path / "wrapped.pth", key="model")["a"], one)
    assert torch.equal(state_dict(tmp_path / "a.safetensors")["a"], one)
    with pytest.raises(NotReady, match="something else than named tensors"):
        state_dict(tmp_path / "wrapped.pth")

    torch.save({"a": one, "b": _Bomb()}, tmp_path / "bomb.pth")
    (tmp_path / "bomb.pkl").write_bytes(pickle.dumps({"a": _Bomb()}))
    (tmp_path / "noise.pth").write_bytes(b"nothing of this")
    with zipfile.ZipFile(tmp_path / "program.pt", "w") as archive:  # as torch.jit.save lays it out
        for name in ("data.pkl", "code/__torch__.py", "constants.pkl"):
            archive.writestr(f"program/{name}", b"")
    (tmp_path / "a.safetensors").write_bytes(b"short")
    for name, cause in (
        ("bomb.pth", "tensors alone"), ("bomb.pkl", "tensors alone"), ("noise.pth", "tensors alone"),
        ("program.pt", "TorchScript"), ("a.safetensors", "safetensors"),
    ):  # fmt: skip
        with pytest.raises(NotReady, match=cause) as caught:
            state_dict(tmp_path / name)
        assert name in str(caught.value)
    assert not (tmp_path / "executed").exists()
