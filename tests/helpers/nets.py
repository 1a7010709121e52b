"""Networks with weights of our own making, in the reference's file format: for what holds whatever the weights are."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
from torch import nn

from vidchatbench_metrics.weights import WEIGHTS

# Names in the catalogue, and how to make the network whose tensors the file holds.


def _inception() -> dict[str, torch.Tensor]:
    from vidchatbench_metrics.video.inception_net import InceptionNet

    return _alive(InceptionNet())


def _i3d() -> dict[str, torch.Tensor]:
    from vidchatbench_metrics.video.i3d_net import I3DNet

    return _alive(I3DNet())


def _alexnet() -> dict[str, torch.Tensor]:
    from vidchatbench_metrics.video.lpips_net import LPIPSNet

    tensors = _alive(LPIPSNet())
    return {name: tensor for name, tensor in tensors.items() if name.startswith("features.")}


MAKERS = {"inception-2015": _inception, "i3d-kinetics-400": _i3d, "alexnet-imagenet": _alexnet}


def deep3d() -> dict[str, dict[str, torch.Tensor]]:
    """As the published file holds it: the tensors under `net_recon`."""
    from vidchatbench_metrics.emotion.deep3d_net import Deep3DNet

    return {"net_recon": _alive(Deep3DNet())}


def _alive(net: nn.Module) -> dict[str, torch.Tensor]:
    """Random weights under which activations neither die nor explode (default ones make deep networks' vanish)."""
    generator = torch.Generator().manual_seed(20261121)
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.Conv3d):
            nn.init.kaiming_normal_(module.weight, generator=generator)
    return net.state_dict()


def write_weights(folder: Path) -> Path:
    """All of them into a weights folder, each as a file that says it is not the official one."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in MAKERS.items():
        published = Path(WEIGHTS[name].entry.file)
        raw = folder / "raw"
        torch.save(make(), raw)
        digest = hashlib.sha256(raw.read_bytes()).hexdigest()
        raw.rename(folder / f"{published.stem}.unofficial-{digest}{published.suffix}")
    return folder
