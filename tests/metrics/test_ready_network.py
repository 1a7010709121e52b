"""A checkpoint becomes a network: names must fit, batch norms are folded, answers stay."""

from __future__ import annotations

import subprocess
import sys

import pytest

torch = pytest.importorskip("torch")

from vidchatbench.errors import NotReady
from vidchatbench_metrics.emotion.deep3d_net import Deep3DNet
from vidchatbench_metrics.perception.arcface_net import IResNet
from vidchatbench_metrics.perception.ready_network import ready_network
from vidchatbench_metrics.sync.syncnet_net import SyncNet


class Small(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 4, 3, bias=False)
        self.norm = torch.nn.BatchNorm2d(4)
        self.fc = torch.nn.Linear(4, 5)
        self.last = torch.nn.BatchNorm1d(5)

    def forward(self, x):
        return self.last(self.fc(self.norm(self.conv(x)).mean(dim=(2, 3))))


def tensors(network):
    """Numbers such as training leaves: norms that are not the identity."""
    torch.manual_seed(1)
    return {
        name: torch.rand_like(value) + 0.5 if value.is_floating_point() else value
        for name, value in network.state_dict().items()
    }


def test_folding_changes_no_answer():
    given, plain = tensors(Small()), Small()
    plain.load_state_dict(given)
    ready = ready_network(Small(), given)
    assert not any(isinstance(layer, torch.nn.modules.batchnorm._BatchNorm) for layer in ready.modules())
    assert not ready.training
    assert not any(p.requires_grad for p in ready.parameters())
    x = torch.rand(2, 3, 8, 8)
    torch.testing.assert_close(ready(x), plain.eval()(x), rtol=1e-5, atol=1e-6)


def test_an_old_file_without_counters_fits_too():
    ready_network(Small(), {name: value for name, value in tensors(Small()).items() if "num_batches" not in name})


@pytest.mark.parametrize("change", ["missing", "unexpected", "shape"])
def test_any_other_difference_is_named(change):
    given = tensors(Small())
    if change == "missing":
        del given["norm.running_mean"]
    elif change == "unexpected":
        given["head.weight"] = torch.zeros(1)
    else:
        given["fc.weight"] = torch.zeros(5, 3)
    name = {"missing": "norm.running_mean", "unexpected": "head.weight", "shape": "fc.weight"}[change]
    with pytest.raises(NotReady, match=rf"no weights of Small.*{name}") as caught:
        ready_network(Small(), given, where="weights/small.pth")
    assert caught.value.where == "weights/small.pth"
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("network", "shape", "wanted"),
    [
        (lambda: IResNet(50), (2, 112, 112, 3), (2, 512)),
        (lambda: IResNet(100), (1, 112, 112, 3), (1, 512)),
        (Deep3DNet, (2, 224, 224, 3), (2, 257)),
    ],
)
def test_shapes(network, shape, wanted):
    with torch.device("meta"):
        assert network().eval()(torch.empty(shape)).shape == wanted


def test_syncnet_takes_its_3d_layers_as_they_lie_in_the_file():
    net = SyncNet()
    given = {name: value.clone() for name, value in net.state_dict().items()}
    first = torch.rand(96, 3, 5, 7, 7)
    given["netcnnlip.0.weight"] = first
    for name, value in given.items():
        if name.startswith("netcnnlip") and value.dim() == 4:
            given[name] = value[:, :, None]
    net.load_state_dict(given)
    assert given["netcnnlip.0.weight"].dim() == 5  # the caller's own stay as they are
    x = torch.rand(1, 3, 5, 9, 9)
    flat = x.transpose(1, 2).flatten(1, 2)
    torch.testing.assert_close(
        torch.nn.functional.conv2d(flat, net.netcnnlip[0].weight, stride=2),
        torch.nn.functional.conv3d(x, first, stride=(1, 2, 2))[:, :, 0],
        rtol=1e-4,
        atol=1e-4,
    )


def test_only_the_networks_load_torch():
    modules = [
        "emotion.deep3d_align",
        "perception.face_align",
        "perception.s3fd",
        "sync.face_crop",
        "perception.box_tracks",
        "sync.mfcc",
        "sync.sync_distance",
        "sync.sync_embeddings",
    ]
    script = "; ".join(f"import vidchatbench_metrics.{name}" for name in modules)
    script += "; import sys; print(*(n for n in ('torch', 'scipy.signal') if n in sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
