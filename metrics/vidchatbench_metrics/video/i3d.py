"""Feature: what I3D makes of some stretches of a clip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

import numpy as np

from vidchatbench.errors import MediaError
from vidchatbench.feature import FrameFeature, FramePass, Inputs
from vidchatbench.media import Frame, MediaInfo, Presentation
from vidchatbench.types import Array, NamedArrays
from vidchatbench.weights import WeightsFile
from vidchatbench_metrics.perception.checkpoint import state_dict
from vidchatbench_metrics.perception.torch_net import OnTorch, TorchNet
from vidchatbench_metrics.video.bilinear import bilinear
from vidchatbench_metrics.weights import WEIGHTS

if TYPE_CHECKING:
    from vidchatbench_metrics.video.i3d_net import I3DNet

SIDE = 224


@dataclass(frozen=True)
class I3D(OnTorch, FrameFeature):
    """The 400 Kinetics logits of FVD for windows of 16 consecutive frames at 25 per second.

    As many windows as fit side by side, at most `windows`, evenly spaced from the clip's first frame to its last. Each
    picture goes to 224 x 224 with the plain bilinear filter of the FVD codes (`bilinear`): `stretch`ed, or with its
    short side to 224 and the middle `crop`ped.

    Arrays: `features` (k, 400) float32.
    """

    id = "video.i3d"
    version = 1
    batch = 1

    fit: Literal["stretch", "crop"] = "stretch"
    windows: int = 4
    frames: int = 16
    fps: int = 25

    def params(self) -> Mapping[str, str | int | float | bool]:
        """Which windows, and how the pictures are resized."""
        return {
            "windows": self.windows, "frames": self.frames, "fps": self.fps, "fit": self.fit, "resize": "bilinear",
        }  # fmt: skip

    def weights(self) -> Mapping[str, WeightsFile]:
        """I3D, RGB, Kinetics-400."""
        return {"i3d": WEIGHTS["i3d-kinetics-400"]}

    def network(self) -> I3DNet:
        """The network with its weights."""
        from vidchatbench_metrics.perception.ready_network import ready_network
        from vidchatbench_metrics.video.i3d_net import I3DNet

        file = self.weights()["i3d"].verified()
        return ready_network(I3DNet(), state_dict(file), where=file)

    def presentations(self, infos: Mapping[str, MediaInfo]) -> Mapping[str, Presentation]:
        """The windows' ticks, at the clip's own size."""
        video = infos["clip"].video
        if video is None:
            raise MediaError("no_video", "there is no picture to look at")
        n = video.ticks(self.fps)
        if n < self.frames:
            raise MediaError(
                "too_short",
                f"{n} frames at {self.fps} per second, {self.frames} are needed",
                remedy=f"give at least {self.frames / self.fps:g} s",
            )
        starts = np.linspace(0, n - self.frames, min(self.windows, n // self.frames)).round().astype(int)
        ticks = frozenset(int(start) + k for start in starts for k in range(self.frames))
        return {"clip": Presentation(width=video.width, height=video.height, fps=Fraction(self.fps), ticks=ticks)}

    def start(self, inputs: Inputs) -> FramePass:
        """Begin with no window."""
        return _Pass(self)


def i3d_features(clips: Array, net: TorchNet) -> Array:
    """Clips (n, 16, 224, 224, 3), RGB, 0 to 255, to logits (n, 400)."""
    return net(np.asarray(clips / np.float32(127.5) - 1, np.float32))


class _Pass(FramePass):
    def __init__(self, feature: I3D) -> None:
        self.feature = feature
        self.window: list[Array] = []
        self.features: list[Array] = []

    def update(self, slot: str, frame: Frame) -> None:
        if frame.repeat and self.window:
            self.window.append(self.window[-1])
        else:
            self.window.append(bilinear(frame.image, SIDE, crop=self.feature.fit == "crop"))
        if len(self.window) == self.feature.frames:
            self.features.append(i3d_features(np.stack(self.window)[None], self.feature.net)[0])
            self.window = []

    def result(self) -> NamedArrays:
        if not self.features:
            raise MediaError("too_short", f"it shows fewer than {self.feature.frames} frames", remedy="make it again")
        return {"features": np.stack(self.features)}
