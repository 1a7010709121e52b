"""ArcFace's backbones. Importing this module loads torch."""

from __future__ import annotations

from torch import Tensor, nn

_BLOCKS = {50: (3, 4, 14, 3), 100: (3, 13, 30, 3)}


class IResNet(nn.Module):
    """IResNet with 50 or 100 layers: an aligned face as a vector of 512 numbers, not normalised.

    Deng et al., ArcFace, CVPR 2019; the layers of deepinsight/insightface, `arcface_torch/backbones/iresnet.py`, whose
    `backbone.pth` it loads unchanged.
    """

    def __init__(self, layers: int) -> None:
        super().__init__()
        if layers not in _BLOCKS:
            raise ValueError(f"IResNet has {' or '.join(map(str, _BLOCKS))} layers, not {layers}")
        self.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.prelu = nn.PReLU(64)
        widths = (64, 64, 128, 256, 512)
        self.layer1, self.layer2, self.layer3, self.layer4 = (
            nn.Sequential(*(_Block(before if i == 0 else after, after, 2 if i == 0 else 1) for i in range(blocks)))
            for blocks, before, after in zip(_BLOCKS[layers], widths, widths[1:], strict=False)
        )
        self.bn2 = nn.BatchNorm2d(512)
        self.fc = nn.Linear(512 * 7 * 7, 512)
        self.features = nn.BatchNorm1d(512)

    def forward(self, faces: Tensor) -> Tensor:
        """(n, 512) of faces (n, 112, 112, 3), red, green and blue from -1 to 1."""
        x = self.prelu(self.bn1(self.conv1(faces.permute(0, 3, 1, 2))))
        x = self.bn2(self.layer4(self.layer3(self.layer2(self.layer1(x)))))
        return self.features(self.fc(x.flatten(1)))  # type: ignore[no-any-return]


class _Block(nn.Module):
    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(before)
        self.conv1 = nn.Conv2d(before, after, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(after)
        self.prelu = nn.PReLU(after)
        self.conv2 = nn.Conv2d(after, after, 3, stride, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(after)
        self.downsample = (
            nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))
            if stride > 1
            else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        inner = self.prelu(self.bn2(self.conv1(self.bn1(x))))
        return self.bn3(self.conv2(inner)) + self.downsample(x)  # type: ignore[no-any-return]
