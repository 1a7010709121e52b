"""Feature: expressions of faces as Deep3DFaceRecon reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vidchatbench.feature import FrameFeature, FramePass, Inputs, On
from vidchatbench.media import Frame, MediaInfo, Presentation
from vidchatbench.types import Array, NamedArrays
from vidchatbench.weights import WeightsFile
from vidchatbench_metrics.emotion.deep3d_align import EXPRESSION, deep3d_align, deep3d_coefficients
from vidchatbench_metrics.perception.checkpoint import state_dict
from vidchatbench_metrics.perception.detected_tracks import DetectedTracks
from vidchatbench_metrics.perception.face_view import own_view
from vidchatbench_metrics.perception.torch_net import OnTorch, TorchNet
from vidchatbench_metrics.perception.yunet_tracks import YuNetTracks
from vidchatbench_metrics.weights import WEIGHTS

if TYPE_CHECKING:
    from vidchatbench_metrics.emotion.deep3d_net import Deep3DNet


@dataclass(frozen=True)
class Deep3DExpressions(OnTorch, FrameFeature):
    """The 64 expression coefficients of every tracked face in up to `frames` pictures of a clip.

    They are evenly spaced, both ends included, over those of every `every`-th frame at 25 per second on which the face
    is detected; it is cut out of the clip's own picture by `deep3d_align` on YuNet's landmarks.

    Arrays, one row for each picture of a face, k rows: `track` (k,) and `tick` (k,) as in the tracks; `expression`
    (k, 64) float32, channels 80 to 143 of the network's 257. No face at all is a valid result: k is 0.

    Source: Deng et al., Accurate 3D face reconstruction with weakly-supervised learning, CVPR-W 2019;
    sicxu/Deep3DFaceRecon_pytorch, the checkpoint of 2021 (`epoch_20.pth`).
    """

    id = "emotion.deep3d"
    version = 1
    batch = 8

    frames: int = 16
    every: int = 5
    tracks: DetectedTracks = field(default_factory=YuNetTracks)

    def params(self) -> Mapping[str, str | int | float | bool]:
        """Which pictures."""
        return {"frames": self.frames, "every": self.every}

    def weights(self) -> Mapping[str, WeightsFile]:
        """The network."""
        return {"deep3d": WEIGHTS["deep3d-recon"]}

    def needs(self) -> Mapping[str, On]:
        """All faces of the clip."""
        return {"all": self.tracks.on("clip")}

    def network(self) -> Deep3DNet:
        """The network with its weights."""
        from vidchatbench_metrics.emotion.deep3d_net import Deep3DNet
        from vidchatbench_metrics.perception.ready_network import ready_network

        file = self.weights()["deep3d"].verified()
        return ready_network(Deep3DNet(), state_dict(file, "net_recon"), where=file)

    def presentations(self, infos: Mapping[str, MediaInfo]) -> Mapping[str, Presentation]:
        """Every `every`-th tick at the clip's own size."""
        return {"clip": own_view(infos["clip"], self.every)}

    def start(self, inputs: Inputs) -> FramePass:
        """Choose the pictures."""
        faces = inputs.needs["all"]
        looks = faces["seen"] & (faces["tick"] % self.every == 0)
        chosen = []
        for track in np.unique(faces["track"]):
            rows = np.flatnonzero(looks & (faces["track"] == track))
            some = np.linspace(0, len(rows) - 1, min(self.frames, len(rows))).round().astype(int)
            chosen += rows[some].tolist()
        return _Pass(self.net, {name: faces[name][chosen] for name in ("track", "tick", "landmarks")})


class _Pass(FramePass):
    def __init__(self, net: TorchNet, faces: NamedArrays) -> None:
        self.net = net
        self.faces = faces
        self.cut: dict[int, Array] = {}

    def update(self, slot: str, frame: Frame) -> None:
        for row in np.flatnonzero(self.faces["tick"] == frame.tick).tolist():
            self.cut[row] = deep3d_align(frame.image, self.faces["landmarks"][row]).image

    def result(self) -> NamedArrays:
        rows = sorted(self.cut)
        found = (
            deep3d_coefficients(np.stack([self.cut[row] for row in rows]), self.net)[:, EXPRESSION].copy()
            if rows
            else np.zeros((0, EXPRESSION.stop - EXPRESSION.start), np.float32)
        )
        return {"track": self.faces["track"][rows], "tick": self.faces["tick"][rows], "expression": found}
