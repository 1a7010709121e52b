"""Feature: whose face it is, as ArcFace sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vidchatbench.errors import NotReady
from vidchatbench.feature import FrameFeature, FramePass, Inputs, On
from vidchatbench.media import Frame, MediaInfo, Presentation
from vidchatbench.types import Array, NamedArrays
from vidchatbench.weights import WeightsFile
from vidchatbench_metrics.perception import onnx
from vidchatbench_metrics.perception.checkpoint import state_dict
from vidchatbench_metrics.perception.detected_tracks import DetectedTracks
from vidchatbench_metrics.perception.face_align import SIZE, arcface_embeddings, face_align
from vidchatbench_metrics.perception.face_view import own_view
from vidchatbench_metrics.perception.torch_net import OnTorch
from vidchatbench_metrics.perception.yunet_tracks import YuNetTracks
from vidchatbench_metrics.weights import WEIGHTS

if TYPE_CHECKING:
    from vidchatbench_metrics.perception.arcface_net import IResNet

DIMENSIONS = 512


@dataclass(frozen=True)
class FaceEmbeddings(FrameFeature):
    """ArcFace's embedding of every tracked face in every `every`-th picture of a clip at 25 frames per second.

    Faces are cut out of the clip's own pictures by `face_align` on YuNet's landmarks. Only detected faces have one, not
    those interpolated between detections; a picture that stays on screen keeps its embeddings.

    Arrays: `looks` () how many pictures were looked at. One row for each face at each look, m rows: `track` (m,) and
    `tick` (m,) as in the tracks; `embedding` (m, 512) float32 of unit length, so that a product is the cosine.

    Source: Deng et al., ArcFace, CVPR 2019; insightface's `ArcFaceONNX` with models that were exported from PyTorch.
    """

    id = "faces.arcface"
    version = 1

    model: str = "arcface-w600k-r50"
    """Name in the catalogue; another network is another ruler."""
    every: int = 5
    tracks: DetectedTracks = field(default_factory=YuNetTracks)

    def params(self) -> Mapping[str, str | int | float | bool]:
        """Network and stride."""
        return {"model": self.model, "every": self.every}

    def weights(self) -> Mapping[str, WeightsFile]:
        """The network."""
        return {"arcface": WEIGHTS[self.model]}

    def needs(self) -> Mapping[str, On]:
        """All faces of the clip."""
        return {"all": self.tracks.on("clip")}

    def computation(self) -> Mapping[str, str]:
        """One face at a time, on one thread."""
        return onnx.computation(1)

    def setup(self) -> None:
        """Load the network.

        Raises:
            NotReady: Where the weights are absent or not the known ones, or no network from faces to embeddings.
        """
        file = self.weights()["arcface"].verified()
        session = onnx.load(file)
        taken = session.get_inputs()[0].name

        def net(faces: Array) -> Array:
            return session.run(None, {taken: np.ascontiguousarray(faces.transpose(0, 3, 1, 2))})[0]

        try:
            shape = net(np.zeros((1, SIZE, SIZE, 3), np.float32)).shape
        except Exception as error:  # onnxruntime has a class for each of its codes, and no base of its own
            raise NotReady(f"is no network of faces of {SIZE} x {SIZE}: {error}", where=file) from error
        if shape != (1, DIMENSIONS):
            raise NotReady(f"is no network of faces: it answers with {shape}, not (1, {DIMENSIONS})", where=file)
        object.__setattr__(self, "_net", net)

    def embed(self, face: Array) -> Array:
        """(512,) of unit length, of one aligned face (112, 112, 3) uint8, red first."""
        found = arcface_embeddings(face[None], self._net)[0].astype(np.float64)  # type: ignore[attr-defined]
        return np.asarray(found / max(float(np.linalg.norm(found)), 1e-12), np.float32)

    def presentations(self, infos: Mapping[str, MediaInfo]) -> Mapping[str, Presentation]:
        """Every `every`-th tick at the clip's own size."""
        return {"clip": own_view(infos["clip"], self.every)}

    def start(self, inputs: Inputs) -> FramePass:
        """Begin with no embedding."""
        return _Pass(self, inputs.needs["all"])


@dataclass(frozen=True)
class IResNetEmbeddings(OnTorch, FaceEmbeddings):
    """The same by a state dict of insightface's `arcface_torch` (`backbone.pth`), in PyTorch."""

    batch = 1

    model: str = "arcface-iresnet50"

    def network(self) -> IResNet:
        """The network with its weights; the catalogue's name tells how many layers it has."""
        from vidchatbench_metrics.perception.arcface_net import IResNet
        from vidchatbench_metrics.perception.ready_network import ready_network

        file = self.weights()["arcface"].verified()
        return ready_network(IResNet(100 if self.model.endswith("100") else 50), state_dict(file), where=file)


class _Pass(FramePass):
    def __init__(self, feature: FaceEmbeddings, faces: NamedArrays) -> None:
        self.feature = feature
        self.faces = faces
        self.looks = 0
        self.last: dict[int, Array] = {}
        self.rows: list[tuple[int, int, Array]] = []

    def update(self, slot: str, frame: Frame) -> None:
        self.looks += 1
        before = self.last if frame.repeat else {}
        here = np.flatnonzero((self.faces["tick"] == frame.tick) & self.faces["seen"])
        tracks = self.faces["track"][here].tolist()
        self.last = {
            track: before[track] if track in before else self._look(frame.image, row)
            for track, row in zip(tracks, here.tolist(), strict=True)
        }
        self.rows += [(track, frame.tick, embedding) for track, embedding in self.last.items()]

    def _look(self, image: Array, row: int) -> Array:
        return self.feature.embed(face_align(image, self.faces["landmarks"][row]))

    def result(self) -> NamedArrays:
        return {
            "looks": np.array(self.looks, np.int32),
            "track": np.array([track for track, _, _ in self.rows], np.int32),
            "tick": np.array([tick for _, tick, _ in self.rows], np.int32),
            "embedding": np.array([row for _, _, row in self.rows], np.float32).reshape(-1, DIMENSIONS),
        }
