"""What the paper profile's networks cost, against this machine's own convolution peak and the reference codes.

    python benchmarks/networks.py                # ours; the peers too where the dependency group `oracle` is installed

The weights are random but alive: with PyTorch's default ones activations become denormal numbers and every figure is
wrong. One thread, the same pictures in the same process; CPU seconds, median of 5; quote the ratios.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "tests")]
from helpers.judges import judge
from helpers.nets import _alive

from vidchatbench.media.resize import resize
from vidchatbench_metrics.emotion.deep3d_net import Deep3DNet
from vidchatbench_metrics.perception.arcface_net import IResNet
from vidchatbench_metrics.perception.checkpoint import state_dict
from vidchatbench_metrics.perception.ready_network import ready_network
from vidchatbench_metrics.perception.s3fd_net import S3FDNet
from vidchatbench_metrics.sync.syncnet_net import SyncNet
from vidchatbench_metrics.video.i3d_net import Conv, I3DNet
from vidchatbench_metrics.video.inception_net import InceptionNet
from vidchatbench_metrics.video.lpips_net import LPIPSNet, lpips_tensors
from vidchatbench_metrics.video.lpips_pairs import HEADS


def main() -> None:
    """Print the tables."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    with torch.inference_mode():
        top = peak()
        print(f"convolution peak of one core here: {top:.0f} GFLOP/s (fp32, the best of several shapes)\n")
        tensors = {net: _alive(net()) for net in (InceptionNet, I3DNet, LPIPSNet)}
        nets = {
            "Inception, a picture": (
                ready_network(InceptionNet(), tensors[InceptionNet]),
                [torch.rand(16, 299, 299, 3)],
                16,
            ),
            "I3D, 16 frames": (ready_network(I3DNet(), tensors[I3DNet]), [torch.rand(1, 16, 224, 224, 3)], 1),
            "LPIPS, a pair 256 x 456": (_lpips(tensors[LPIPSNet]), [torch.rand(4, 256, 456, 3)] * 2, 4),
            "S3FD, 480 x 270": (_ready(S3FDNet(), torch.contiguous_format), [torch.rand(1, 3, 270, 480)], 1),
            "SyncNet, a window": (_ready(SyncNet()), [torch.rand(8, 224, 224, 15), torch.rand(8, 1, 13, 20)], 8),
            "ArcFace R50, a face": (_ready(IResNet(50)), [torch.rand(8, 112, 112, 3)], 8),
            "ArcFace R100, a face": (_ready(IResNet(100)), [torch.rand(8, 112, 112, 3)], 8),
            "Deep3D, a face": (_ready(Deep3DNet()), [torch.rand(8, 224, 224, 3)], 8),
        }
        for name, (net, inputs, rows) in nets.items():
            work = flops(lambda net=net, inputs=inputs: net(*inputs))
            took = seconds(lambda net=net, inputs=inputs: net(*inputs))
            share = work / took / 1e9 / top
            print(f"{name:26} {took / rows * 1e3:7.1f} ms  {work / rows / 1e9:6.1f} GFLOP  {share:4.0%} of the peak")
        print()
        pictures = [np.random.default_rng(k).integers(0, 256, (1080, 1728, 3), np.uint8) for k in range(4)]
        for compare in (against_conv3d, against_torch_fidelity, against_clean_fid, against_lpips):
            try:
                compare(tensors, pictures)
            except ImportError as error:
                print(f"{compare.__name__}: not compared, {error} (pip install --group oracle)")


def against_conv3d(tensors: dict, pictures: list) -> None:
    """One convolution of I3D as PyTorch has it, and as one of a single picture: 3 x 3 x 3, 128 to 192 channels."""
    x = torch.rand(1, 128, 8, 28, 28)
    theirs = torch.nn.Conv3d(128, 192, 3, padding=1, bias=False)
    ours = Conv(128, 192, 3)
    ours.conv3d.load_state_dict({"weight": theirs.weight})
    ours.bn = torch.nn.Identity()
    y = x.permute(0, 2, 3, 4, 1).contiguous()
    for own in (ours, theirs):
        own.requires_grad_(False)
    a, b = ours(y).permute(0, 4, 1, 2, 3), torch.relu(theirs(x))
    apart = float((a - b).abs().max() / b.abs().max())
    _told("convolution over time: PyTorch", seconds(lambda: ours(y)), seconds(lambda: theirs(x)), apart, "layer")


def peak() -> float:
    """GFLOP/s of the quickest of some well-shaped convolutions."""
    best = 0.0
    for channels, side in ((128, 56), (256, 28), (256, 56), (512, 14)):
        x = torch.rand(16, channels, side, side).to(memory_format=torch.channels_last)
        conv = torch.nn.Conv2d(channels, channels, 3, padding=1).to(memory_format=torch.channels_last)
        best = max(best, flops(lambda c=conv, x=x: c(x)) / seconds(lambda c=conv, x=x: c(x)) / 1e9)
    return best


def flops(call: Callable[[], object]) -> int:
    """Floating point operations of one call, a multiplication and an addition counted as two."""
    with FlopCounterMode(display=False) as counter:
        call()
    return counter.get_total_flops()


def seconds(call: Callable[[], object]) -> float:
    """Median CPU seconds of 5 calls, after one that is not counted."""
    call()
    took = []
    for _ in range(5):
        start = time.process_time()
        call()
        took.append(time.process_time() - start)
    return statistics.median(took)


def _lpips(tensors: dict[str, torch.Tensor]) -> LPIPSNet:
    trunk = {name: value for name, value in tensors.items() if name.startswith("features.")}
    return ready_network(LPIPSNet(), lpips_tensors(trunk, state_dict(HEADS.verified())))


def _ready(net: torch.nn.Module, memory_format: torch.memory_format = torch.channels_last) -> torch.nn.Module:
    return ready_network(net, _alive(net), memory_format=memory_format)


def _told(name: str, ours: float, theirs: float, apart: float, unit: str) -> None:
    print(f"{name:34} ours {ours * 1e3:7.1f} ms, theirs {theirs * 1e3:7.1f} ms a {unit}: {theirs / ours:4.1f} x; "
          f"largest difference {apart:.1e} of the largest value")  # fmt: skip


def against_torch_fidelity(tensors: dict, pictures: list) -> None:
    """The same Inception weights on the same 299 x 299 pictures, network only."""
    judge("torch_fidelity")
    extractor = judge("torch_fidelity.feature_extractor_inceptionv3").FeatureExtractorInceptionV3
    path = Path(sys.argv[0]).with_suffix(".pth")
    torch.save(tensors[InceptionNet], path)
    try:
        theirs = extractor("inception-v3-compat", ["2048"], feature_extractor_weights_path=str(path)).eval()
    finally:
        path.unlink()
    ours = ready_network(InceptionNet(), tensors[InceptionNet])
    x = torch.randint(0, 256, (16, 3, 299, 299), dtype=torch.uint8)
    y = ((x.float() - 128) / 128).permute(0, 2, 3, 1).contiguous()
    a, b = ours(y), theirs(x)[0]
    apart = float((a - b).abs().max() / b.abs().max())
    _told("Inception: torch-fidelity", seconds(lambda: ours(y)) / 16, seconds(lambda: theirs(x)) / 16, apart, "picture")


def against_clean_fid(tensors: dict, pictures: list) -> None:
    """The resize of clean-fid, 1728 x 1080 to 299 x 299."""
    theirs = judge("cleanfid.resize").make_resizer("PIL", False, "bicubic", (299, 299))
    a, b = ([np.clip(call(x), 0, 255) for x in pictures] for call in (lambda x: resize(x, 299, 299), theirs))
    apart = float(np.abs(np.stack(a) - np.stack(b)).max() / 255)
    n = len(pictures)
    ours = seconds(lambda: [resize(x, 299, 299) for x in pictures])
    _told("resize: clean-fid", ours / n, seconds(lambda: [theirs(x) for x in pictures]) / n, apart, "picture")


def against_lpips(tensors: dict, pictures: list) -> None:
    """The same AlexNet and heads on the same pairs."""
    theirs = judge("lpips").LPIPS(net="alex", pnet_rand=True, verbose=False).eval()
    ours = _lpips(tensors[LPIPSNet])
    names = ("1.0", "2.3", "3.6", "4.8", "5.10")
    for name in names:
        for part in ("weight", "bias"):
            own = tensors[LPIPSNet][f"features.{name.split('.')[1]}.{part}"]
            theirs.net.get_parameter(f"slice{name}.{part}").data.copy_(own)
    x, y = (torch.rand(4, 3, 256, 456) * 2 - 1 for _ in range(2))
    a, b = (z.permute(0, 2, 3, 1).contiguous() for z in (x, y))
    apart = float((ours(a, b) - theirs(x, y).flatten()).abs().max() / ours(a, b).abs().max())
    _told("LPIPS: lpips", seconds(lambda: ours(a, b)) / 4, seconds(lambda: theirs(x, y)) / 4, apart, "pair")


if __name__ == "__main__":
    main()
