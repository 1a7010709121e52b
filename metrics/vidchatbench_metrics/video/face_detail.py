"""Feature: how much fine detail the subject's face shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np

from vidchatbench.errors import MediaError
from vidchatbench.feature import FrameFeature, FramePass, Inputs, On
from vidchatbench.media import Frame, MediaInfo, Presentation
from vidchatbench.types import NamedArrays
from vidchatbench_metrics.perception.face_view import FPS
from vidchatbench_metrics.perception.faces import Faces

SIDE = 256


@dataclass(frozen=True)
class FaceDetail(FrameFeature):
    """Variance of the Laplacian over the subject's face, five times a second, in pictures of the clip's own size.

    The face's box is cut out, grey, and brought to 256 x 256 pixels (averaged if larger, bilinear if smaller), so that
    the number knows how much detail a face has, and not how large it is beyond that.

    Arrays: `laplacian` (m,), grey levels squared, of the frames in which the face is there.
    """

    id = "video.face_detail"
    version = 1

    faces: Faces = Faces()  # noqa: RUF009 - frozen
    every: int = 5

    def params(self) -> Mapping[str, str | int | float | bool]:
        """Stride and size."""
        return {"every": self.every, "side": SIDE}

    def needs(self) -> Mapping[str, On]:
        """Where the face is."""
        return {"faces": self.faces.on("clip")}

    def presentations(self, infos: Mapping[str, MediaInfo]) -> Mapping[str, Presentation]:
        """Every fifth of 25 frames per second, unscaled."""
        video = infos["clip"].video
        if video is None:
            raise MediaError("no_video", "there is no video track to look for faces in")
        ticks = frozenset(range(0, video.ticks(FPS), self.every))
        return {"clip": Presentation(width=video.width, height=video.height, fps=Fraction(FPS), ticks=ticks)}

    def start(self, inputs: Inputs) -> FramePass:
        """Begin with the boxes known."""
        return _Pass(inputs.needs["faces"])


class _Pass(FramePass):
    def __init__(self, faces: NamedArrays) -> None:
        self.boxes = dict(zip(np.flatnonzero(faces["found"]).tolist(), faces["box"], strict=True))
        self.size = faces["size"]
        self.laplacian: list[float] = []

    def update(self, slot: str, frame: Frame) -> None:
        if frame.tick not in self.boxes:
            return
        height, width = frame.image.shape[:2]
        limits = np.array([width, height])
        left, top, right, bottom = np.clip(
            (self.boxes[frame.tick].reshape(2, 2) * limits / self.size).round().astype(int), 0, limits
        ).ravel()
        if right - left < 2 or bottom - top < 2:  # a box carried out of the picture
            return
        grey = cv2.cvtColor(frame.image[top:bottom, left:right], cv2.COLOR_RGB2GRAY)
        shrinks = max(grey.shape) > SIDE
        face = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
        self.laplacian.append(float(cv2.Laplacian(face, cv2.CV_64F).var()))

    def result(self) -> NamedArrays:
        return {"laplacian": np.array(self.laplacian, float)}
