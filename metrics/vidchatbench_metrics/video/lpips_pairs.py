"""Feature: LPIPS of a response against the reference, at some of the moments that PSNR and SSIM compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vidchatbench.errors import MediaError
from vidchatbench.feature import FrameFeature, FramePass, Inputs
from vidchatbench.media import Frame, MediaInfo, Presentation
from vidchatbench.types import Array, NamedArrays
from vidchatbench.weights import PackageFile, WeightsFile
from vidchatbench_metrics.perception.checkpoint import state_dict
from vidchatbench_metrics.perception.torch_net import OnTorch, TorchNet
from vidchatbench_metrics.video.pair import FramePairs
from vidchatbench_metrics.weights import WEIGHTS

if TYPE_CHECKING:
    from vidchatbench_metrics.video.lpips_net import LPIPSNet

HEADS = PackageFile(
    package="lpips",
    path="weights/v0.1/alex.pth",
    sha256="df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0",
    licence="BSD-2-Clause",
    pip="vidchatbench[paper]",
)


@dataclass(frozen=True)
class LPIPSPairs(OnTorch, FrameFeature):
    """LPIPS of every `every`-th pair of frames that `video.frame_pairs` compares: the same pictures, aligned alike.

    Arrays: `lpips` (n,), and `overlap` (): the share of the longer clip that was compared.
    """

    id = "video.lpips_pairs"
    version = 1
    slots = FramePairs.slots
    batch = 4

    every: int = 5

    def params(self) -> Mapping[str, str | int | float | bool]:
        """The pairs' own, and the stride."""
        return {**FramePairs().params(), "every": self.every, "net": "alex", "lpips": "0.1"}

    def weights(self) -> Mapping[str, WeightsFile]:
        """AlexNet as torchvision has it, and the heads that come with the lpips package."""
        return {"alexnet": WEIGHTS["alexnet-imagenet"], "heads": HEADS}

    def network(self) -> LPIPSNet:
        """The network with its weights."""
        from vidchatbench_metrics.perception.ready_network import ready_network
        from vidchatbench_metrics.video.lpips_net import LPIPSNet, lpips_tensors

        files = [file.verified() for file in self.weights().values()]
        tensors = lpips_tensors(*(state_dict(file) for file in files))
        return ready_network(LPIPSNet(), tensors, where=", ".join(map(str, files)))

    def presentations(self, infos: Mapping[str, MediaInfo]) -> Mapping[str, Presentation]:
        """Those of the pairs: the resize is shared."""
        return FramePairs().presentations(infos)

    def start(self, inputs: Inputs) -> FramePass:
        """Begin with no pair."""
        return _Pass(self)


def lpips_distances(a: Array, b: Array, net: TorchNet) -> Array:
    """Two sets of pictures (n, h, w, 3), RGB, 0 to 255, to their distances (n,)."""
    return net(*(np.asarray(z / np.float32(127.5) - 1, np.float32) for z in (a, b)))


class _Pass(FramePass):
    def __init__(self, feature: LPIPSPairs) -> None:
        self.feature = feature
        self.latest: dict[str, Frame] = {}
        self.shown = {"response": 0, "reference": 0}
        self.waiting: list[tuple[Array, Array]] = []
        self.distances: list[Array] = []

    def update(self, slot: str, frame: Frame) -> None:
        self.latest[slot] = frame
        self.shown[slot] = frame.tick + 1
        a, b = (self.latest.get(name) for name in ("response", "reference"))
        if a is None or b is None or a.tick != b.tick or a.tick % self.feature.every:
            return
        self.waiting.append((a.image, b.image))
        if len(self.waiting) == self.feature.batch:
            self.flush()

    def flush(self) -> None:
        if self.waiting:
            a, b = (np.stack(side) for side in zip(*self.waiting, strict=True))
            self.distances.append(lpips_distances(a, b, self.feature.net))
            self.waiting = []

    def result(self) -> NamedArrays:
        self.flush()
        if not self.distances:
            raise MediaError("no_video", "one of the two clips shows no frame")
        overlap = min(self.shown.values()) / max(self.shown.values())
        return {"lpips": np.concatenate(self.distances).astype(np.float64), "overlap": np.array(overlap)}
