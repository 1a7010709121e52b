"""YuNet's network and what its answer means."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vidchatbench.types import Array
from vidchatbench_metrics.perception import onnx
from vidchatbench_metrics.perception.s3fd import nms

ROW = 15
"""Numbers of a face: left, top, right, bottom; x and y of five landmarks; score."""
_STRIDES = (8, 16, 32)
_OUTPUTS = tuple(f"{kind}_{stride}" for stride in _STRIDES for kind in ("cls", "obj", "bbox", "kps"))


class YuNetDetector:
    """All faces of a picture, by YuNet in onnxruntime: a `Detector`.

    The numbers of OpenCV's `FaceDetectorYN` in 40 % of its time.

    Wu, Peng and Yu, YuNet: a tiny millisecond-level face detector, Machine Intelligence Research 2023.
    """

    def __init__(self, weights: Path) -> None:
        """Load the network.

        Raises:
            NotReady: Where the file is no network with YuNet's input and outputs.
        """
        self._session = onnx.load(weights, inputs=("input",), outputs=_OUTPUTS)

    def __call__(self, image: Array, *, least: float, overlap: float = 0.3) -> Array:
        """The faces of an RGB picture (h, w, 3) uint8, as `Detector` gives them."""
        height, width = image.shape[:2]
        rows, columns = (-(-side // 32) * 32 for side in (height, width))
        shown = np.zeros((1, 3, rows, columns), np.float32)
        shown[0, :, :height, :width] = image[..., ::-1].transpose(2, 0, 1)
        answer = dict(zip(_OUTPUTS, self._session.run(_OUTPUTS, {"input": shown}), strict=True))
        found = np.concatenate([_decode(answer, stride, rows, columns, least) for stride in _STRIDES])
        return found[nms(found[:, :4], found[:, 14], overlap)]


def _decode(answer: dict[str, Array], stride: int, rows: int, columns: int, least: float) -> Array:
    """The faces (k, 15) of one map, before any of two that overlap goes."""
    kind, there, box, points = (answer[f"{name}_{stride}"][0] for name in ("cls", "obj", "bbox", "kps"))
    score = np.sqrt(np.clip(kind[:, 0], 0, 1) * np.clip(there[:, 0], 0, 1))
    chosen = np.flatnonzero(score >= least)
    place = np.stack(np.divmod(chosen, columns // stride)[::-1], axis=1).astype(np.float32)
    centre, sides = (place + box[chosen, :2]) * stride, np.exp(box[chosen, 2:]) * stride
    landmarks = (np.tile(place, 5) + points[chosen]) * stride
    return np.hstack([centre - sides / 2, centre + sides / 2, landmarks, score[chosen, None]]).astype(np.float32)
