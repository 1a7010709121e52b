"""Feature: faces by YuNet, which also sees them from the side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vidchatbench.feature import FrameFeature, FramePass, Inputs
from vidchatbench.media import Frame, MediaInfo, Presentation
from vidchatbench.types import Array, NamedArrays
from vidchatbench.weights import CatalogueFile
from vidchatbench_metrics.perception import onnx
from vidchatbench_metrics.perception.face_view import FPS, face_view
from vidchatbench_metrics.perception.yunet_detector import ROW, YuNetDetector
from vidchatbench_metrics.weights import WEIGHTS


@dataclass(frozen=True)
class YuNetFaces(FrameFeature):
    """All faces in every `every`-th picture of a clip at 25 frames per second, by YuNet.

    The picture is scaled as for `faces.dlib_tracks`. A picture that is still on screen when the next look is due is
    not looked at again: its faces count once more, so that a share of looks is a share of time. A face needs a score
    of `least` (0 to 1); of two boxes whose intersection over union is above `overlap` the better stays. Faces are not
    followed: who is who is left to whoever reads this.

    Arrays: `looks` (m,) the ticks looked at, `fresh` (m,) whether the picture is a new one. One row for each face at
    each look, k rows, the best score of a look first: `tick` (k,); `box` (k, 4) left, top, right, bottom, which may
    reach beyond the picture, and `landmarks` (k, 5, 2) the eye at the left of the picture, the eye at the right, tip of
    the nose, left and right corner of the mouth, both in pixels of the scaled picture, float32; `score` (k,) float32.
    `size` (2,) width and height of the scaled picture, `n_ticks` () number of frames. No face at all is a valid result:
    k is 0.

    Source: Wu, Peng and Yu, YuNet: a tiny millisecond-level face detector, Machine Intelligence Research 2023;
    opencv_zoo, face_detection_yunet_2026may.
    """

    id = "faces.yunet"
    version = 1

    every: int = 5
    long_side: int = 640
    least: float = 0.6
    overlap: float = 0.3

    def params(self) -> Mapping[str, str | int | float | bool]:
        """Stride, size and thresholds."""
        return {
            "every": self.every, "long": self.long_side, "least": self.least, "overlap": self.overlap, "fps": FPS,
        }  # fmt: skip

    def weights(self) -> Mapping[str, CatalogueFile]:
        """The one network; it does not come by pip."""
        return {"yunet": WEIGHTS["yunet"]}

    def computation(self) -> Mapping[str, str]:
        """One picture at a time, on one thread."""
        return onnx.computation(1)

    def setup(self) -> None:
        """Load the network.

        Raises:
            NotReady: Where the weights are absent or not the known ones.
        """
        object.__setattr__(self, "_detector", YuNetDetector(WEIGHTS["yunet"].verified()))

    def presentations(self, infos: Mapping[str, MediaInfo]) -> Mapping[str, Presentation]:
        """25 frames per second, long side 640."""
        return {"clip": face_view(infos["clip"], self.long_side)}

    def start(self, inputs: Inputs) -> FramePass:
        """Begin with nothing seen."""
        return _Pass(self, self._detector)  # type: ignore[attr-defined]


class _Pass(FramePass):
    def __init__(self, feature: YuNetFaces, detector: YuNetDetector) -> None:
        self.feature = feature
        self.detector = detector
        self.n_ticks = 0
        self.size = (0, 0)
        self.changed = True
        self.faces = np.zeros((0, ROW), np.float32)
        self.looks: list[tuple[int, bool, Array]] = []

    def update(self, slot: str, frame: Frame) -> None:
        self.n_ticks = frame.tick + 1
        self.changed |= not frame.repeat
        if frame.tick % self.feature.every == 0:
            if self.changed:
                self.size = (frame.image.shape[1], frame.image.shape[0])
                self.faces = self.detector(frame.image, least=self.feature.least, overlap=self.feature.overlap)
            self.looks.append((frame.tick, self.changed, self.faces))
            self.changed = False

    def result(self) -> NamedArrays:
        faces = np.concatenate([np.zeros((0, ROW), np.float32), *(found for _, _, found in self.looks)])
        return {
            "looks": np.array([tick for tick, _, _ in self.looks], np.int32),
            "fresh": np.array([fresh for _, fresh, _ in self.looks], bool),
            "tick": np.array([tick for tick, _, found in self.looks for _ in found], np.int32),
            "box": faces[:, :4].copy(),
            "landmarks": faces[:, 4:14].reshape(-1, 5, 2).copy(),
            "score": faces[:, 14].copy(),
            "size": np.array(self.size, np.int32),
            "n_ticks": np.array(self.n_ticks, np.int32),
        }
