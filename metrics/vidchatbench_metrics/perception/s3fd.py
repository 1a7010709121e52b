"""What S3FD's numbers mean: its input, the boxes, and which of them to keep."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np

from vidchatbench.types import Array

_MEAN = np.array([123, 117, 104], np.float32)
_STRIDES = (4, 8, 16, 32, 64, 128)
_VARIANCES = (0.1, 0.2)
_CANDIDATES, _MOST = 5000, 750
_SMALLEST = 32


def detect_faces(
    image: Array, net: Callable[..., Array], *, scale: float = 0.25, least: float = 0.9, overlap: float = 0.1
) -> Array:
    """Faces of an RGB picture (h, w, 3) uint8, best first: (k, 5) float32 left, top, right, bottom in pixels, score.

    `net` is `S3FDNet` on float32 arrays; it sees the picture at `scale`. A face needs a score above `least` (0 to 1);
    of two whose intersection over union is above `overlap` the better stays. Defaults and rule of
    joonson/syncnet_python (`run_pipeline.py`). No face is a valid result: k is 0.
    """
    pictures = network_input(image, scale)
    seen = pictures.shape[2:]
    # The network halves five times: a smaller picture is filled up, right and below, with the mean colour.
    pictures = np.pad(pictures, ((0, 0), (0, 0), *((0, max(0, _SMALLEST - side)) for side in seen)))
    filled = pictures.shape[2:]
    # The reference decodes from 0.05 on and cuts afterwards: no box ever yields to one with a lower score.
    found = decode(net(pictures)[0], priors(*filled), least)
    height, width = (whole * now / before for whole, now, before in zip(image.shape, filled, seen, strict=False))
    boxes = found[:, 1:] * np.array([width, height] * 2, np.float32)
    kept = nms(boxes, found[:, 0], overlap)
    return np.hstack([boxes, found[:, :1]])[kept]


def network_input(image: Array, scale: float) -> Array:
    """(1, 3, h, w) float32: the RGB picture (bilinear, not antialiased) less the mean colour, in levels of 255."""
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray((small.astype(np.float32) - _MEAN).transpose(2, 0, 1)[None])


@lru_cache(maxsize=16)
def priors(height: int, width: int) -> Array:
    """(boxes, 4) float32: the boxes that the network starts from for an input of this size, in its order.

    Centre x and y, width and height, as shares of the picture: squares of four strides at each place of each map.
    """
    boxes = []
    for stride, (rows, columns) in zip(_STRIDES, _maps(height, width), strict=True):
        y, x = np.meshgrid(np.arange(rows) + 0.5, np.arange(columns) + 0.5, indexing="ij")
        sides = (np.full(x.shape, 4 * stride / width), np.full(x.shape, 4 * stride / height))
        boxes.append(np.stack([x / (width / stride), y / (height / stride), *sides], axis=-1).reshape(-1, 4))
    found = np.concatenate(boxes).astype(np.float32)
    found.flags.writeable = False
    return found


def _maps(height: int, width: int) -> list[tuple[int, int]]:
    """Rows and columns of the six maps. The pool before stride 8 and the strided convolutions round up."""
    sizes = []
    size = np.array([height, width]) // 2
    for up in (False, True, False, False, True, True):
        size = -(-size // 2) if up else size // 2
        sizes.append((int(size[0]), int(size[1])))
    return sizes


def decode(answer: Array, boxes: Array, least: float = 0.05, overlap: float = 0.3) -> Array:
    """The network's answer (boxes, 6) to priors (boxes, 4) as detections, best first: (k, 5) float32.

    Score; left, top, right, bottom as shares of the picture's sides. At most 750, each with a score above `least`; of
    two whose intersection over union is above `overlap` the better stays.
    """
    chosen = answer[:, 5] > least
    score, offset, box = answer[chosen, 5], answer[chosen, :4], boxes[chosen]
    centres = box[:, :2] + offset[:, :2] * np.float32(_VARIANCES[0]) * box[:, 2:]
    sides = box[:, 2:] * np.exp(offset[:, 2:] * np.float32(_VARIANCES[1]))
    corners = np.hstack([centres - sides / 2, centres + sides / 2])
    kept = nms(corners, score, overlap, _CANDIDATES)[:_MOST]
    return np.hstack([score[kept, None], corners[kept]])


def nms(boxes: Array, scores: Array, overlap: float, most: int | None = None) -> Array:
    """Greedy non-maximum suppression: the indices that stay, best score first, of boxes (k, 4) given by corners.

    A box goes where its intersection over union with a better one that stays is above `overlap`. Only the `most` best
    are looked at. Of equal scores the earlier is the better.
    """
    order = np.argsort(-scores, kind="stable")[:most]
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept = []
    while order.size:
        best, order = order[0], order[1:]
        kept.append(best)
        corner = np.maximum(boxes[best, :2], boxes[order, :2])
        sides = np.maximum(np.minimum(boxes[best, 2:], boxes[order, 2:]) - corner, 0)
        shared = sides[:, 0] * sides[:, 1]
        order = order[shared <= overlap * (areas[best] + areas[order] - shared)]
    return np.array(kept, np.intp)
