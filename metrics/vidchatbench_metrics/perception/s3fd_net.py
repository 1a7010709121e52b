"""The face detector S3FD. Importing this module loads torch."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

_WIDTHS = ((3, 64, 64), (64, 128, 128), (128, 256, 256, 256), (256, 512, 512, 512), (512, 512, 512, 512))
"""Channels of the five VGG blocks, each followed by a pool."""
_SOURCES = (256, 512, 512, 1024, 512, 256)
_EPS = 1e-10


class S3FDNet(nn.Module):
    """VGG-16 with six detection heads at strides 4 to 128.

    Zhang et al., S3FD: single shot scale-invariant face detector, ICCV 2017; the layers of joonson/syncnet_python,
    `detectors/s3fd/nets.py`, whose state dict it loads unchanged. 22.5 M parameters.

    To be run in contiguous memory: channels last saves 9 % of the time and rounds ten times worse (2.9e-5 of a score).
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for block, widths in enumerate(_WIDTHS):
            for before, after in pairwise(widths):
                layers += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU(inplace=True)]
            layers.append(nn.MaxPool2d(2, ceil_mode=block == 2))
        layers += [nn.Conv2d(512, 1024, 3, padding=6, dilation=6), nn.ReLU(inplace=True)]
        layers += [nn.Conv2d(1024, 1024, 1), nn.ReLU(inplace=True)]
        self.vgg = nn.ModuleList(layers)
        self.L2Norm3_3, self.L2Norm4_3, self.L2Norm5_3 = (_L2Norm(n) for n in _SOURCES[:3])
        self.extras = nn.ModuleList(
            [
                nn.Conv2d(1024, 256, 1),
                nn.Conv2d(256, 512, 3, stride=2, padding=1),
                nn.Conv2d(512, 128, 1),
                nn.Conv2d(128, 256, 3, stride=2, padding=1),
            ]
        )
        self.loc = nn.ModuleList(nn.Conv2d(n, 4, 3, padding=1) for n in _SOURCES)
        self.conf = nn.ModuleList(nn.Conv2d(n, 4 if i == 0 else 2, 3, padding=1) for i, n in enumerate(_SOURCES))

    def forward(self, pictures: Tensor) -> Tensor:
        """(n, boxes, 6) of pictures (n, 3, h, w), red, green and blue in levels of 255 less their mean.

        Four offsets, then the probabilities of background and of a face, for each place on each of the six maps, finest
        map first, row by row.
        """
        offsets, scores = [], []
        for i, source in enumerate(self._sources(pictures)):
            score = self.conf[i](source)
            if i == 0:  # three guesses at background on the finest map: the strongest counts
                score = torch.cat([score[:, :3].amax(dim=1, keepdim=True), score[:, 3:]], dim=1)
            offsets.append(_rows(self.loc[i](source), 4))
            scores.append(_rows(score, 2))
        return torch.cat([torch.cat(offsets, dim=1), torch.cat(scores, dim=1).softmax(dim=-1)], dim=2)

    def _sources(self, x: Tensor) -> list[Tensor]:
        norms = {15: self.L2Norm3_3, 22: self.L2Norm4_3, 29: self.L2Norm5_3}
        sources = []
        for i, layer in enumerate(self.vgg):
            x = layer(x)
            if i in norms:
                sources.append(norms[i](x))
        sources.append(x)
        for reduce, shrink in ((0, 1), (2, 3)):
            x = self.extras[shrink](self.extras[reduce](x).relu()).relu()
            sources.append(x)
        return sources


class _L2Norm(nn.Module):
    """Unit length over the channels, times a weight for each."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        return x / (x.square().sum(dim=1, keepdim=True).sqrt() + _EPS) * self.weight[:, None, None]


def _rows(maps: Tensor, numbers: int) -> Tensor:
    return maps.permute(0, 2, 3, 1).reshape(len(maps), -1, numbers)
