"""SCRFD's network and what its answer means."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vidchatbench.errors import NotReady
from vidchatbench.types import Array
from vidchatbench_metrics.perception import onnx
from vidchatbench_metrics.perception.s3fd import nms

SIDE = 640
_STRIDES = (8, 16, 32)
_ANCHORS = 2
"""Faces that each place of a map may hold."""
_WIDTHS = (1, 4, 10)
"""Numbers of a score, a box and five landmarks: the network gives each for the three strides, in this order."""


class SCRFDDetector:
    """All faces of a picture, by SCRFD 10G (`det_10g.onnx`) in onnxruntime: a `Detector`.

    Guo et al., Sample and computation redistribution for efficient face detection, ICLR 2022; as insightface's
    `scrfd.py` reads the network's answer, at its input of 640 x 640.
    """

    def __init__(self, weights: Path) -> None:
        """Load the network.

        Raises:
            NotReady: Where the file is no network with SCRFD's nine outputs.
        """
        self._session = onnx.load(weights)
        self._input = self._session.get_inputs()[0].name
        try:
            answer = self._run(np.zeros((1, 3, SIDE, SIDE), np.float32))
        except Exception as error:  # onnxruntime has a class for each of its codes, and no base of its own
            raise NotReady(f"takes no picture of {SIDE} x {SIDE}: {error}", where=weights) from error
        wanted = [(_ANCHORS * (SIDE // stride) ** 2, width) for width in _WIDTHS for stride in _STRIDES]
        if (given := [part.shape for part in answer]) != wanted:
            raise NotReady(f"is no SCRFD with landmarks: it answers with {given}, not {wanted}", where=weights)

    def __call__(self, image: Array, *, least: float = 0.5, overlap: float = 0.4) -> Array:
        """The faces of an RGB picture (h, w, 3) uint8 of at most 640 x 640, as `Detector` gives them."""
        height, width = image.shape[:2]
        if max(height, width) > SIDE:
            raise ValueError(f"a picture of {width} x {height} is larger than {SIDE} x {SIDE}")
        filled = np.zeros((SIDE, SIDE, 3), np.uint8)
        filled[:height, :width] = image
        shown = (filled.transpose(2, 0, 1)[None] - np.float32(127.5)) / np.float32(128)
        return scrfd_faces(self._run(np.ascontiguousarray(shown)), least=least, overlap=overlap)

    def _run(self, shown: Array) -> list[Array]:
        return [part.reshape(-1, part.shape[-1]) for part in self._session.run(None, {self._input: shown})]


def scrfd_faces(answer: Sequence[Array], *, least: float = 0.5, overlap: float = 0.4) -> Array:
    """The network's nine answers for a picture of 640 x 640 as faces (k, 15), as `Detector` gives them.

    Scores (n, 1), boxes (n, 4) and landmarks (n, 10), each for strides 8, 16 and 32. At each place of a map, row by
    row, two faces; boxes are distances from the place to left, top, right, bottom, landmarks x and y from it, both in
    strides.
    """
    found = [np.zeros((0, 15), np.float32)]
    for stride, score, box, points in zip(_STRIDES, answer[:3], answer[3:6], answer[6:], strict=True):
        chosen = np.flatnonzero(score[:, 0] >= least)
        place = np.stack(np.divmod(chosen // _ANCHORS, SIDE // stride)[::-1], axis=1).astype(np.float32) * stride
        corners = np.hstack([place - box[chosen, :2] * stride, place + box[chosen, 2:] * stride])
        landmarks = np.tile(place, 5) + points[chosen] * stride
        found.append(np.hstack([corners, landmarks, score[chosen]]).astype(np.float32))
    faces = np.concatenate(found)
    return faces[nms(faces[:, :4], faces[:, 14], overlap)]
