"""The base of features that find all faces of a clip with five landmarks and follow them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vidchatbench.feature import FrameFeature, FramePass, Inputs
from vidchatbench.media import Frame, MediaInfo, Presentation
from vidchatbench.types import Array, NamedArrays
from vidchatbench_metrics.perception import onnx
from vidchatbench_metrics.perception.face_view import FPS, face_view
from vidchatbench_metrics.perception.follow_faces import FollowedFace, follow_faces

_ROW = 15


class Detector(Protocol):
    """A network that finds faces in a picture."""

    def __call__(self, image: Array, *, least: float, overlap: float) -> Array:
        """The faces of an RGB picture (h, w, 3) uint8, best score first: (k, 15) float32.

        Left, top, right, bottom in pixels, which may reach beyond the picture; x and y of the eye at the left of the
        picture (of an upright face), the eye at the right, the tip of the nose, the mouth's left and right corner;
        score, `least` (0 to 1) or more. Of two boxes whose intersection over union is above `overlap` the better stays.
        """


@dataclass(frozen=True)
class DetectedTracks(FrameFeature):
    """All faces of a clip at 25 frames per second, with five landmarks. Derive from it with a detector.

    The detector sees every new picture, scaled as for `faces.dlib_tracks`; a picture that stays on screen keeps its
    faces. A new face needs a score of `least` (0 to 1), one that goes on needs `keep`; `follow_faces` has the rule by
    which it goes on, and a gap of at most `gap` frames is filled. Of the tracks the main one is that with the greatest
    sum of scores. Another is nobody, and left out, where it was detected for less than `lasting` of the main one's
    time, or its mean score is less than `clear` of the main one's: hands and folds flicker up as faces. Which of the
    faces that stay the turn is about, `faces.subject` says.

    Arrays, one row for each face on each frame, track by track, k rows: `track` (k,) number of the track; `tick` (k,);
    `seen` (k,) whether the face was detected there or lies between two detections; `fresh` (k,) whether the picture is
    a new one; `box` (k, 4) left, top, right, bottom, which may reach beyond the picture, and `landmarks` (k, 5, 2) the
    eye at the left of the picture, the eye at the right, tip of the nose, left and right corner of the mouth, both in
    pixels of the clip's own picture, float32; `score` (k,) float32, 0 where not seen. `size` (2,) width and height of
    the clip's own picture, `n_ticks` () number of frames. No face at all is a valid result: k is 0.
    """

    long_side: int = 640
    least: float = 0.6
    keep: float = 0.4
    overlap: float = 0.3
    gap: int = 25
    lasting: float = 0.2
    clear: float = 0.8

    def params(self) -> Mapping[str, str | int | float | bool]:
        """Size, thresholds and gap."""
        return {
            "long": self.long_side, "least": self.least, "keep": self.keep, "overlap": self.overlap, "gap": self.gap,
            "lasting": self.lasting, "clear": self.clear, "fps": FPS,
        }  # fmt: skip

    @abstractmethod
    def detector(self) -> Detector:
        """The detector with its weights.

        Raises:
            NotReady: Where the weights are absent or not the known ones.
        """

    def computation(self) -> Mapping[str, str]:
        """One picture at a time, on one thread."""
        return onnx.computation(1)

    def setup(self) -> None:
        """Load the detector.

        Raises:
            NotReady: Where the weights are absent or not the known ones.
        """
        object.__setattr__(self, "_detector", self.detector())

    def presentations(self, infos: Mapping[str, MediaInfo]) -> Mapping[str, Presentation]:
        """25 frames per second, long side 640."""
        return {"clip": face_view(infos["clip"], self.long_side)}

    def start(self, inputs: Inputs) -> FramePass:
        """Begin with nothing seen."""
        video = inputs.clips["clip"].info.video
        assert video is not None, "presentations() comes first"
        return _Pass(self, self._detector, (video.width, video.height))  # type: ignore[attr-defined]


class _Pass(FramePass):
    def __init__(self, feature: DetectedTracks, detector: Detector, size: tuple[int, int]) -> None:
        self.feature = feature
        self.detector = detector
        self.size = size
        self.found: list[Array] = []
        self.fresh: list[bool] = []

    def update(self, slot: str, frame: Frame) -> None:
        self.fresh.append(not (frame.repeat and self.found))
        if not self.fresh[-1]:
            self.found.append(self.found[-1])
            return
        faces = self.detector(frame.image, least=self.feature.keep, overlap=self.feature.overlap)
        height, width = frame.image.shape[:2]
        scale = np.array([self.size[0] / width, self.size[1] / height] * 7 + [1], np.float32)
        self.found.append(faces * scale)

    def result(self) -> NamedArrays:
        faces = self._somebody(follow_faces(self.found, least=self.feature.least, gap=self.feature.gap))
        rows = np.concatenate([np.zeros((0, _ROW), np.float32), *(face.rows for face in faces)])
        tick = np.concatenate([np.zeros(0, np.int32), *(face.ticks for face in faces)]).astype(np.int32)
        seen = np.concatenate([np.zeros(0, bool), *(face.seen for face in faces)])
        return {
            "track": np.repeat(np.arange(len(faces), dtype=np.int32), [len(face.ticks) for face in faces]),
            "tick": tick,
            "seen": seen,
            "fresh": np.array(self.fresh, bool)[tick],
            "box": rows[:, :4].copy(),
            "landmarks": rows[:, 4:14].reshape(-1, 5, 2).copy(),
            "score": np.where(seen, rows[:, 14], np.float32(0)),
            "size": np.array(self.size, np.int32),
            "n_ticks": np.array(len(self.found), np.int32),
        }

    def _somebody(self, faces: Sequence[FollowedFace]) -> list[FollowedFace]:
        """The main face, and those that last and score like it."""
        scores = [face.rows[face.seen, 14].astype(np.float64) for face in faces]
        main = max(scores, key=lambda of: float(of.sum()), default=None)
        return [
            face
            for face, of in zip(faces, scores, strict=True)
            if main is not None
            and len(of) >= self.feature.lasting * len(main)
            and of.mean() >= self.feature.clear * main.mean()
        ]
