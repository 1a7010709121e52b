"""The network behind FID and KID: Inception as published in 2015, up to its last pooling."""

from __future__ import annotations

from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Pair = tuple[int, int]


class InceptionNet(nn.Module):
    """Pictures (n, 299, 299, 3), RGB, (level - 128) / 128, to 2048 features each.

    The classifier of December 2015 that FID was defined with (Heusel et al. 2017), which is not torchvision's
    Inception v3: the average pools leave the padding out of their mean, the last block takes a maximum instead, and
    there are 1008 classes. Names are those of `pt_inception-2015-12-05-6726825d.pth`, so that its tensors load as they
    are; the classes' layer is held for that and not used.
    """

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = Conv(3, 32, 3, stride=2, pad=0)
        self.Conv2d_2a_3x3 = Conv(32, 32, 3, pad=0)
        self.Conv2d_2b_3x3 = Conv(32, 64, 3)
        self.Conv2d_3b_1x1 = Conv(64, 80, 1)
        self.Conv2d_4a_3x3 = Conv(80, 192, 3, pad=0)
        self.Mixed_5b = _Square(192, pooled=32)
        self.Mixed_5c = _Square(256, pooled=64)
        self.Mixed_5d = _Square(288, pooled=64)
        self.Mixed_6a = _Halved(288)
        self.Mixed_6b = _Factored(768, inner=128)
        self.Mixed_6c = _Factored(768, inner=160)
        self.Mixed_6d = _Factored(768, inner=160)
        self.Mixed_6e = _Factored(768, inner=192)
        self.Mixed_7a = _HalvedFactored(768)
        self.Mixed_7b = _Split(1280, average=True)
        self.Mixed_7c = _Split(2048, average=False)
        self.fc = nn.Linear(2048, 1008)

    def forward(self, x: Tensor) -> Tensor:
        """(n, 299, 299, 3) to (n, 2048)."""
        x = x.permute(0, 3, 1, 2)  # a view: channels last is what a picture has
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(F.max_pool2d(x, 3, 2)))
        x = self.Mixed_5d(self.Mixed_5c(self.Mixed_5b(F.max_pool2d(x, 3, 2))))
        x = self.Mixed_6e(self.Mixed_6d(self.Mixed_6c(self.Mixed_6b(self.Mixed_6a(x)))))
        x = self.Mixed_7c(self.Mixed_7b(self.Mixed_7a(x)))
        return x.mean(dim=(2, 3))


class Conv(nn.Module):
    """Convolution, batch norm, ReLU; `pad=None` keeps the size."""

    EPS: ClassVar[float] = 1e-3

    def __init__(self, of: int, to: int, kernel: int | Pair, *, stride: int = 1, pad: int | None = None) -> None:
        super().__init__()
        rows, columns = (kernel, kernel) if isinstance(kernel, int) else kernel
        padding = (rows // 2, columns // 2) if pad is None else (pad, pad)
        self.conv = nn.Conv2d(of, to, (rows, columns), stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(to, eps=self.EPS)

    def forward(self, x: Tensor) -> Tensor:
        """(n, of, h, w) to (n, to, h', w')."""
        return F.relu(self.bn(self.conv(x)), inplace=True)


class _Square(nn.Module):
    def __init__(self, of: int, pooled: int) -> None:
        super().__init__()
        self.branch1x1 = Conv(of, 64, 1)
        self.branch5x5_1 = Conv(of, 48, 1)
        self.branch5x5_2 = Conv(48, 64, 5)
        self.branch3x3dbl_1 = Conv(of, 64, 1)
        self.branch3x3dbl_2 = Conv(64, 96, 3)
        self.branch3x3dbl_3 = Conv(96, 96, 3)
        self.branch_pool = Conv(of, pooled, 1)

    def forward(self, x: Tensor) -> Tensor:
        five = self.branch5x5_2(self.branch5x5_1(x))
        three = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch1x1(x), five, three, self.branch_pool(_average(x))], 1)


class _Halved(nn.Module):
    def __init__(self, of: int) -> None:
        super().__init__()
        self.branch3x3 = Conv(of, 384, 3, stride=2, pad=0)
        self.branch3x3dbl_1 = Conv(of, 64, 1)
        self.branch3x3dbl_2 = Conv(64, 96, 3)
        self.branch3x3dbl_3 = Conv(96, 96, 3, stride=2, pad=0)

    def forward(self, x: Tensor) -> Tensor:
        double = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch3x3(x), double, F.max_pool2d(x, 3, 2)], 1)


class _Factored(nn.Module):
    def __init__(self, of: int, inner: int) -> None:
        super().__init__()
        row, column = (1, 7), (7, 1)
        self.branch1x1 = Conv(of, 192, 1)
        self.branch7x7_1 = Conv(of, inner, 1)
        self.branch7x7_2 = Conv(inner, inner, row)
        self.branch7x7_3 = Conv(inner, 192, column)
        self.branch7x7dbl_1 = Conv(of, inner, 1)
        self.branch7x7dbl_2 = Conv(inner, inner, column)
        self.branch7x7dbl_3 = Conv(inner, inner, row)
        self.branch7x7dbl_4 = Conv(inner, inner, column)
        self.branch7x7dbl_5 = Conv(inner, 192, row)
        self.branch_pool = Conv(of, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        seven = self.branch7x7_3(self.branch7x7_2(self.branch7x7_1(x)))
        double = self.branch7x7dbl_3(self.branch7x7dbl_2(self.branch7x7dbl_1(x)))
        double = self.branch7x7dbl_5(self.branch7x7dbl_4(double))
        return torch.cat([self.branch1x1(x), seven, double, self.branch_pool(_average(x))], 1)


class _HalvedFactored(nn.Module):
    def __init__(self, of: int) -> None:
        super().__init__()
        self.branch3x3_1 = Conv(of, 192, 1)
        self.branch3x3_2 = Conv(192, 320, 3, stride=2, pad=0)
        self.branch7x7x3_1 = Conv(of, 192, 1)
        self.branch7x7x3_2 = Conv(192, 192, (1, 7))
        self.branch7x7x3_3 = Conv(192, 192, (7, 1))
        self.branch7x7x3_4 = Conv(192, 192, 3, stride=2, pad=0)

    def forward(self, x: Tensor) -> Tensor:
        three = self.branch3x3_2(self.branch3x3_1(x))
        seven = self.branch7x7x3_3(self.branch7x7x3_2(self.branch7x7x3_1(x)))
        return torch.cat([three, self.branch7x7x3_4(seven), F.max_pool2d(x, 3, 2)], 1)


class _Split(nn.Module):
    def __init__(self, of: int, average: bool) -> None:
        super().__init__()
        self.average = average
        self.branch1x1 = Conv(of, 320, 1)
        self.branch3x3_1 = Conv(of, 384, 1)
        self.branch3x3_2a = Conv(384, 384, (1, 3))
        self.branch3x3_2b = Conv(384, 384, (3, 1))
        self.branch3x3dbl_1 = Conv(of, 448, 1)
        self.branch3x3dbl_2 = Conv(448, 384, 3)
        self.branch3x3dbl_3a = Conv(384, 384, (1, 3))
        self.branch3x3dbl_3b = Conv(384, 384, (3, 1))
        self.branch_pool = Conv(of, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        one = self.branch3x3_1(x)
        two = self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        pooled = _average(x) if self.average else F.max_pool2d(x, 3, 1, 1)
        return torch.cat(
            [
                self.branch1x1(x),
                self.branch3x3_2a(one), self.branch3x3_2b(one),
                self.branch3x3dbl_3a(two), self.branch3x3dbl_3b(two),
                self.branch_pool(pooled),
            ],
            1,
        )  # fmt: skip


def _average(x: Tensor) -> Tensor:
    """TensorFlow's average pool: what lies beyond the border does not count."""
    return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
