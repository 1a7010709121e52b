"""Faces that are white dots with a mouth: the real S3FD and SyncNet with weights of our own that understand them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from vidchatbench_metrics.perception.s3fd_net import S3FDNet
from vidchatbench_metrics.sync.syncnet_net import SyncNet
from vidchatbench_metrics.weights import WEIGHTS

STEP = 16
"""Pixels of the picture to a place on the finest map, at scale 0.25."""
BACKGROUND = 40
SOFTEST, LOUDER = 0.01, 4.0
"""Share of full scale of the softest sound; how much more energy the loudest has, as a logarithm."""
MOUTH_CELLS = 9
"""As much as the whole of a dark mouth adds up to on SyncNet's last map."""


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


def lip_reader() -> dict[str, torch.Tensor]:
    """How dark the mouth is in the third and fourth of five frames, against how loud the sound is there.

    Embeddings have one number, about 0 for the level between: all but equal where lips and sound have one speaker.
    """
    net = SyncNet().requires_grad_(False)
    for tensor in net.parameters():
        tensor.zero_()
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
            module.weight[0] = 1
    seen, heard = ([m for m in tower if isinstance(m, torch.nn.Conv2d)] for tower in (net.netcnnlip, net.netcnnaud))
    for tower in (seen, heard):
        for conv in tower[:-1]:
            conv.weight[0, 0, conv.kernel_size[0] // 2, conv.kernel_size[1] // 2] = 1
    seen[0].weight[0] = 0
    seen[0].weight[0, 6:12, 3, 3] = -1 / 6
    seen[0].bias[0] = BACKGROUND
    seen[-1].weight[0, 0] = 1
    heard[-1].weight[0, 0, 0, 2] = 1  # the strongest cepstrum, which is the energy, about the third and fourth frame
    # Half of the energy of 400 samples that went through the emphasis is what the cepstra call theirs.
    softest = float(np.log(0.5 * 400 * (1 + 0.97**2) * (32768 * SOFTEST) ** 2))
    # Of two levels the mouth has the mean, 1/2 on the mean, and the sound the greater, 2/3 on the mean.
    for head, zero, whole, mean in (
        (net.netfclip, 0.0, MOUTH_CELLS * BACKGROUND, 1 / 2),
        (net.netfcaud, softest, LOUDER, 2 / 3),
    ):
        head[0].weight[0, 0], head[0].bias[0] = 1 / whole, -zero / whole
        head[3].weight[0, 0], head[3].bias[0] = 1, -mean
    return net.state_dict()


def speaker(levels: np.ndarray, at: tuple[int, int] = (5, 4)) -> list[np.ndarray]:
    """Frames of a face whose mouth is as dark as the levels (n,) of 0 to 1 say."""
    y, x = at[1] * STEP + 20, at[0] * STEP
    frames = [picture(at) for _ in levels]
    for frame, level in zip(frames, levels, strict=True):
        frame[y : y + 8, x : x + 16] = round(BACKGROUND * (1 - level))
    return frames


def voice(levels: np.ndarray) -> np.ndarray:
    """Noise as loud as the levels (n,) of 0 to 1 say, 640 samples each, in the measure of the cepstra."""
    noise = np.random.default_rng(3).normal(size=640 * len(levels))
    return SOFTEST * np.exp(LOUDER / 2 * np.repeat(levels, 640)) * noise


def picture(*places: tuple[int, int]) -> np.ndarray:
    """320 x 160, a white dot at each (column, row) of the finest map."""
    image = np.full((160, 320, 3), BACKGROUND, np.uint8)
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
