"""dlib's three networks for faces: where is one, what shape is it, whose is it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from vidchatbench.types import Array, Floats
from vidchatbench.weights import PackageFile

if TYPE_CHECKING:
    from collections.abc import Sequence

NON_COMMERCIAL = "The 68-point landmark model is trained on iBUG 300-W: research only, not for commercial use."
_PACKAGE = {"package": "face_recognition_models", "pip": "face-recognition-models"}

LANDMARK_WEIGHTS = PackageFile(
    path="models/shape_predictor_68_face_landmarks.dat",
    sha256="fbdc2cb80eb9aa7a758672cbfdda32ba6300efe9b6e6c7a299ff7e736b11b92f",
    licence=NON_COMMERCIAL,
    **_PACKAGE,
)
DESCRIPTOR_WEIGHTS = PackageFile(
    path="models/dlib_face_recognition_resnet_model_v1.dat",
    sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    licence="CC0-1.0",
    **_PACKAGE,
)

# Landmarks are fitted on a square view in which the face box is always FACE pixels wide: dlib rounds landmarks to whole
# pixels, which on a 100 px face would be a tenth of a mouth's opening.
FACE, MARGIN = 200, 100

# The box that the detector would give, from the 68 landmarks: their mean, moved up by OFFSET and widened to SIDE times
# their spread (root mean square distance from the mean). Medians over 197 detections in 15 real clips.
SIDE, OFFSET = 2.94, -0.20
SLACK = 0.03


class DlibFace:
    """The detector, the landmarks and the descriptor. dlib is imported here and nowhere else."""

    def __init__(self) -> None:
        import dlib

        self._dlib = dlib
        self._detector = dlib.get_frontal_face_detector()
        self._shape = dlib.shape_predictor(str(LANDMARK_WEIGHTS.verified()))
        self._encoder = dlib.face_recognition_model_v1(str(DESCRIPTOR_WEIGHTS.verified()))

    def detect(self, grey: Array, threshold: float) -> list[tuple[Floats, float]]:
        """Frontal faces of at least about 70 pixels, largest first: (left, top, right, bottom in pixels, score)."""
        boxes, scores, _ = self._detector.run(grey, 0, threshold)
        found = [
            (np.array([b.left(), b.top(), b.right() + 1, b.bottom() + 1], float), float(s))
            for b, s in zip(boxes, scores, strict=True)
        ]
        return sorted(found, key=lambda face: (-area(face[0]), tuple(face[0])))

    def landmarks(self, grey: Array, box: Floats) -> Floats:
        """The 68 landmarks (68 x 2, pixels) of the face in the box, to a fraction of a pixel."""
        scale = FACE / (box[2] - box[0])
        shift = MARGIN + FACE / 2 - scale * (box[:2] + box[2:]) / 2
        warp = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
        view = cv2.warpAffine(grey, warp, (FACE + 2 * MARGIN, FACE + 2 * MARGIN), flags=cv2.INTER_LINEAR)
        shape = self._shape(view, self._dlib.rectangle(MARGIN, MARGIN, MARGIN + FACE - 1, MARGIN + FACE - 1))
        points = np.array([(p.x, p.y) for p in shape.parts()], float)
        return np.asarray((points - shift) / scale)

    def descriptor(self, rgb: Array, landmarks: Floats) -> Floats:
        """The 128-d descriptor of the face, aligned by all 68 landmarks; the same person is within about 0.6."""
        left, top, right, bottom = (round(float(v)) for v in box_of(landmarks))
        points: Sequence[Any] = [self._dlib.point(round(float(x)), round(float(y))) for x, y in landmarks]
        shape = self._dlib.full_object_detection(self._dlib.rectangle(left, top, right - 1, bottom - 1), points)
        chip = self._dlib.get_face_chip(rgb, shape, size=150, padding=0.25)
        return np.array(self._encoder.compute_face_descriptor(chip), float)


@cache
def dlib_face() -> DlibFace:
    """The one set of models of this process.

    Raises:
        NotReady: Where the weights are not installed, or are not the known ones.
    """
    return DlibFace()


def box_of(landmarks: Floats) -> Floats:
    """The square box (left, top, right, bottom) in which the detector would have found these landmarks."""
    centre = landmarks.mean(axis=0)
    spread = np.sqrt(((landmarks - centre) ** 2).sum(axis=1).mean())
    centre = centre + np.array([0, OFFSET * spread])
    return np.concatenate([centre - SIDE / 2 * spread, centre + SIDE / 2 * spread])


def carried(box: Floats, landmarks: Floats) -> Floats:
    """The box moved and sized after the landmarks that were found in it, but for the last SLACK of its side.

    The landmarks tremble with their box; without the slack the two would keep each other trembling on a still.
    """
    wanted, side = box_of(landmarks), box[2] - box[0]
    change = np.array([*(wanted - box).reshape(2, 2).mean(axis=0), (wanted[2] - wanted[0]) - side])
    change = np.sign(change) * np.maximum(np.abs(change) - SLACK * side, 0)
    return np.concatenate([box[:2] + change[:2] - change[2] / 2, box[2:] + change[:2] + change[2] / 2])


def area(box: Floats) -> float:
    """Width times height."""
    return float(max(box[2] - box[0], 0) * max(box[3] - box[1], 0))


def iou(a: Floats, b: Floats) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    common = area(np.concatenate([np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])]))
    union = area(a) + area(b) - common
    return common / union if union > 0 else 0.0
