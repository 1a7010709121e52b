"""The oracle's items of pictures, by the metrics' own functions: FID, FVD, LPIPS, PSNR, SSIM, Frechet distance."""

from __future__ import annotations

import numpy as np

from vidchatbench.media.resize import resize
from vidchatbench.stats import frechet_distance
from vidchatbench_metrics.perception.checkpoint import state_dict
from vidchatbench_metrics.perception.ready_network import ready_network
from vidchatbench_metrics.perception.torch_net import TorchNet
from vidchatbench_metrics.video.bilinear import bilinear
from vidchatbench_metrics.video.i3d import I3D, SIDE, i3d_features
from vidchatbench_metrics.video.i3d_net import I3DNet
from vidchatbench_metrics.video.image_psnr import image_psnr
from vidchatbench_metrics.video.image_ssim import image_ssim
from vidchatbench_metrics.video.inception import Inception, inception_features
from vidchatbench_metrics.video.inception_net import InceptionNet
from vidchatbench_metrics.video.lpips_net import LPIPSNet, lpips_tensors
from vidchatbench_metrics.video.lpips_pairs import HEADS, LPIPSPairs, lpips_distances

KINDS = ("full", "deficient", "d400", "tiny", "offset")


def produce(part, fill) -> dict[str, object]:
    """All items of this kind. `part` is the oracle's inputs; `fill` gives the synthetic tensors of a layout."""
    return {
        **_fid(
            part,
            TorchNet(ready_network(InceptionNet(), fill("inception_fid_2015")), device="cpu", batch=Inception.batch),
        ),
        **_fvd(part, TorchNet(ready_network(I3DNet(), fill("i3d_videogpt")), device="cpu", batch=I3D.batch)),
        **_pairs(
            part, ready_network(LPIPSNet(), lpips_tensors(fill("alexnet_torchvision"), state_dict(HEADS.verified())))
        ),
        **{f"frechet.{part.s}.{kind}.torchmetrics": frechet_distance(*part.frechet(kind)) for kind in KINDS},
    }


def _fid(part, net):
    out = {}
    for family, sets, step, count in (
        ("fid", part.fid_sets(), 5, 8), ("fid_large", part.fid_large_sets(), 1, 4),
    ):  # fmt: skip
        key = f"{family}.{part.s}.clean"
        a, b = (inception_features(np.stack([resize(x, 299, 299) for x in pictures]), net) for pictures in sets)
        out[f"{key}.features_a{count}"] = a[::step][:count]
        out[f"{key}.features_b{count}"] = b[::step][:count]
        out[f"{key}.mean_a"] = a.mean(axis=0)
        out[f"{key}.value.torchmetrics"] = frechet_distance(a, b)
    return out


def _fvd(part, net):
    def features(clips, crop):
        return i3d_features(np.stack([[bilinear(x, SIDE, crop=crop) for x in clip] for clip in clips]), net)

    a, b = (features(clips, crop=False) for clips in part.fvd_clips())
    key = f"fvd.{part.s}"
    out = {f"{key}.features_a": a, f"{key}.features_b": b, f"{key}.value.videogpt_svd_fp64": frechet_distance(a, b)}
    for name, clips in zip("ab", part.fvd_small(), strict=True):
        out[f"fvd_resize.{part.s}.{name}.videogpt"] = features(clips, crop=True)
        out[f"fvd_resize.{part.s}.{name}.cdfvd_squash"] = features(clips, crop=False)
    return out


def _pairs(part, lpips):
    out = {}
    net = TorchNet(lpips, device="cpu", batch=LPIPSPairs.batch)
    for name, (a, b) in part.pairs().items():
        out[f"quality.{part.s}.{name}.psnr.skimage"] = image_psnr(a, b)
        out[f"quality.{part.s}.{name}.ssim.skimage_gauss"] = image_ssim(a, b)
        out[f"lpips.{part.s}.{name}.alex"] = lpips_distances(a[None], b[None], net)[0]
    return out
