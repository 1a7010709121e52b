"""Faces that are white dots: the real S3FD with weights of our own that find them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from vidchatbench_metrics.perception.s3fd_net import S3FDNet
from vidchatbench_metrics.weights import WEIGHTS

STEP = 16
"""Pixels of the picture to a place on the finest map, at scale 0.25."""


def dot_finder() -> dict[str, torch.Tensor]:
    """Brightness above a threshold goes through to the finest map, and is a face there."""
    net = S3FDNet().requires_grad_(False)
    for tensor in net.parameters():
        tensor.zero_()
    for layer in (0, 2, 5, 7, 10, 12, 14):
        net.vgg[layer].weight[0, 0, 1, 1] = 1
    net.vgg[0].bias[0] = -60
    net.L2Norm3_3.weight[:] = 1
    for head in net.conf:
        head.bias[:-1] = 5
    net.conf[0].weight[3, 0, 1, 1] = 20
    return net.state_dict()


def picture(*places: tuple[int, int]) -> np.ndarray:
    """320 x 160, a white dot at each (column, row) of the finest map."""
    image = np.full((160, 320, 3), 40, np.uint8)
    for column, row in places:
        image[row * STEP : (row + 1) * STEP, column * STEP : (column + 1) * STEP] = 255
    return image


def box(column: float, row: float) -> list[float]:
    """Where the network sees the face that such a dot is."""
    x, y = (column + 0.5) * STEP, (row + 0.5) * STEP
    return [x - 32, y - 32, x + 32, y + 32]


def write_weights(folder: Path, name: str, tensors: Mapping[str, torch.Tensor]) -> Path:
    """Tensors into a weights folder under a catalogue name, as content that says it is not the official one."""
    published, raw = Path(WEIGHTS[name].entry.file), folder / "raw"
    torch.save(dict(tensors), raw)
    digest = hashlib.sha256(raw.read_bytes()).hexdigest()
    raw.rename(folder / f"{published.stem}.unofficial-{digest}{published.suffix}")
    return folder
