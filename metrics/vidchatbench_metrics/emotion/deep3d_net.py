"""Deep3DFaceRecon's network. Importing this module loads torch."""

from __future__ import annotations

import torch
from torch import Tensor, nn

_HEADS = (80, 64, 80, 3, 27, 2, 1)
_BLOCKS = (3, 4, 6, 3)


class Deep3DNet(nn.Module):
    """ResNet-50 with seven heads: an aligned face as 257 coefficients of the Basel face model 2009.

    Deng et al., Accurate 3D face reconstruction with weakly-supervised learning, CVPR-W 2019; the layers of
    sicxu/Deep3DFaceRecon_pytorch, `ReconNetWrapper`. It loads unchanged what lies under `net_recon` in `epoch_20.pth`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.backbone = _ResNet50()
        self.final_layers = nn.ModuleList(nn.Conv2d(2048, size, 1) for size in _HEADS)

    def forward(self, faces: Tensor) -> Tensor:
        """(n, 257) of faces (n, 224, 224, 3), red, green and blue from 0 to 1."""
        pooled = self.backbone(faces.permute(0, 3, 1, 2)).mean(dim=(2, 3), keepdim=True)
        return torch.cat([head(pooled) for head in self.final_layers], dim=1).flatten(1)


class _ResNet50(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, 2, padding=1)
        self.layer1, self.layer2, self.layer3, self.layer4 = (
            _stage(64 if i == 0 else 128 * 2**i, 64 * 2**i, blocks, 1 if i == 0 else 2)
            for i, blocks in enumerate(_BLOCKS)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.bn1(self.conv1(x)).relu())
        return self.layer4(self.layer3(self.layer2(self.layer1(x))))  # type: ignore[no-any-return]


def _stage(before: int, width: int, blocks: int, stride: int) -> nn.Sequential:
    rest = (_Bottleneck(4 * width, width, 1) for _ in range(blocks - 1))
    return nn.Sequential(_Bottleneck(before, width, stride), *rest)


class _Bottleneck(nn.Module):
    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.downsample = (
            nn.Sequential(nn.Conv2d(before, 4 * width, 1, stride, bias=False), nn.BatchNorm2d(4 * width))
            if before != 4 * width
            else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        inner = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu())).relu()
        return (self.bn3(self.conv3(inner)) + self.downsample(x)).relu()  # type: ignore[no-any-return]
