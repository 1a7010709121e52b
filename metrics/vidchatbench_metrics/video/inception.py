"""Feature: what Inception sees in some frames of a clip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from vidchatbench.errors import MediaError
from vidchatbench.feature import FrameFeature, FramePass, Inputs
from vidchatbench.media import Frame, MediaInfo, Presentation
from vidchatbench.types import Array, NamedArrays
from vidchatbench.weights import WeightsFile
from vidchatbench_metrics.perception.checkpoint import state_dict
from vidchatbench_metrics.perception.torch_net import OnTorch, TorchNet
from vidchatbench_metrics.weights import WEIGHTS

if TYPE_CHECKING:
    from vidchatbench_metrics.video.inception_net import InceptionNet

SIDE = 299


@dataclass(frozen=True)
class Inception(OnTorch, FrameFeature):
    """The 2048 features of FID for `frames` pictures, evenly spaced over the clip's ticks at `fps`, both ends included.

    Each picture is stretched to 299 x 299 with an antialiased bicubic filter in floats, not rounded (clean-fid,
    arXiv:2104.11222). A clip with fewer ticks gives as many as it has.

    Arrays: `features` (k, 2048) float32, k at most `frames`.
    """

    id = "video.inception"
    version = 1
    batch = 16

    frames: int = 16
    fps: int = 25

    def params(self) -> Mapping[str, str | int | float | bool]:
        """Which pictures, and how they are resized."""
        return {"frames": self.frames, "fps": self.fps, "resize": "clean"}

    def weights(self) -> Mapping[str, WeightsFile]:
        """Inception of December 2015."""
        return {"inception": WEIGHTS["inception-2015"]}

    def network(self) -> InceptionNet:
        """The network with its weights."""
        from vidchatbench_metrics.perception.ready_network import ready_network
        from vidchatbench_metrics.video.inception_net import InceptionNet

        file = self.weights()["inception"].verified()
        return ready_network(InceptionNet(), state_dict(file), where=file)

    def presentations(self, infos: Mapping[str, MediaInfo]) -> Mapping[str, Presentation]:
        """The chosen ticks."""
        video = infos["clip"].video
        if video is None:
            raise MediaError("no_video", "there is no picture to look at")
        n = video.ticks(self.fps)
        ticks = np.linspace(0, n - 1, min(self.frames, n)).round().astype(int)
        return {
            "clip": Presentation(
                width=SIDE, height=SIDE, fps=Fraction(self.fps), dtype="float32", ticks=frozenset(ticks.tolist())
            )
        }

    def start(self, inputs: Inputs) -> FramePass:
        """Begin with no picture."""
        return _Pass(self.net)


def inception_features(pictures: Array, net: TorchNet) -> Array:
    """Pictures (n, 299, 299, 3), RGB, 0 to 255, to features (n, 2048); -128 and 1 / 128 are the network's own."""
    return net(np.asarray((pictures - np.float32(128)) / np.float32(128)))


class _Pass(FramePass):
    def __init__(self, net: TorchNet) -> None:
        self.net = net
        self.pictures: list[Array] = []

    def update(self, slot: str, frame: Frame) -> None:
        self.pictures.append(frame.image)

    def result(self) -> NamedArrays:
        return {"features": inception_features(np.stack(self.pictures), self.net)}
