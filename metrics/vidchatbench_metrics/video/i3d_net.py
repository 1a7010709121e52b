"""The network behind FVD and KVD: inflated 3D Inception (its RGB stream), Kinetics-400."""

from __future__ import annotations

from functools import reduce

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vidchatbench_metrics.perception.window_conv import WindowConv

Pads = tuple[int, int]

# Channels of each block's branches: 1x1x1; 1x1x1 then 3x3x3, twice; pooled then 1x1x1.
_MIXED = {
    "Mixed_3b": (192, 64, 96, 128, 16, 32, 32),
    "Mixed_3c": (256, 128, 128, 192, 32, 96, 64),
    "Mixed_4b": (480, 192, 96, 208, 16, 48, 64),
    "Mixed_4c": (512, 160, 112, 224, 24, 64, 64),
    "Mixed_4d": (512, 128, 128, 256, 24, 64, 64),
    "Mixed_4e": (512, 112, 144, 288, 32, 64, 64),
    "Mixed_4f": (528, 256, 160, 320, 32, 128, 128),
    "Mixed_5b": (832, 256, 160, 320, 32, 128, 128),
    "Mixed_5c": (832, 384, 192, 384, 48, 128, 128),
}


class I3DNet(nn.Module):
    """Clips (n, 16, 224, 224, 3), RGB in [-1, 1], to 400 logits each.

    Carreira and Zisserman, Quo vadis, action recognition?, CVPR 2017. Names are those of `i3d_pretrained_400.pt`, so
    that its tensors load as they are. Batch norm has epsilon 1e-5, as in every FVD code that uses that file (the
    first PyTorch port had 1e-3, which moves the logits by 0.7 %).

    A convolution over k pictures is computed as one of a single picture with k times the channels: the same sum, and
    pooling needs no third dimension. On one core the whole took 0.5 s where PyTorch's 3-D layers took 0.7 s (measured
    once). Inside, clips are (n, t, h, w, channels).
    """

    def __init__(self) -> None:
        super().__init__()
        self.Conv3d_1a_7x7 = Conv(3, 64, 7, stride=2)
        self.Conv3d_2b_1x1 = Conv(64, 64, 1)
        self.Conv3d_2c_3x3 = Conv(64, 192, 3)
        for name, channels in _MIXED.items():
            self.add_module(name, _Mixed(*channels))
        self.logits = _Logits()

    def forward(self, x: Tensor) -> Tensor:
        """(n, 16, 224, 224, 3) to (n, 400)."""
        x = _pool(self.Conv3d_1a_7x7(x), 3, 2)
        x = _pool(self.Conv3d_2c_3x3(self.Conv3d_2b_1x1(x)), 3, 2)
        x = self._blocks("Mixed_3", x)
        x = self._blocks("Mixed_4", _pool(_pool_time(x, 3, 2), 3, 2))
        x = self._blocks("Mixed_5", _pool(_pool_time(x, 2, 2), 2, 2))
        return self.logits(x)  # type: ignore[no-any-return]

    def _blocks(self, prefix: str, x: Tensor) -> Tensor:
        for name in _MIXED:
            if name.startswith(prefix):
                x = self.get_submodule(name)(x)
        return x


class Conv(nn.Module):
    """Convolution, batch norm, ReLU; padded as TensorFlow's SAME."""

    def __init__(self, of: int, to: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride
        self.conv3d = WindowConv(kernel * of, to, kernel, stride, padding=kernel // 2 if stride == 1 else 0, bias=False)
        self.bn = nn.BatchNorm2d(to, eps=1e-5)

    def forward(self, x: Tensor) -> Tensor:
        """(n, t, h, w, of) to (n, t', h', w', to)."""
        stacked = torch.cat(_neighbours(x, self.kernel, self.stride), -1) if self.kernel > 1 else x
        planes = stacked.flatten(0, 1).permute(0, 3, 1, 2)  # a view with channels last
        if self.stride > 1:
            rows, columns = (_same(size, self.kernel, self.stride) for size in planes.shape[2:])
            planes = F.pad(planes, (*columns, *rows))
        out = F.relu(self.bn(self.conv3d(planes)), inplace=True).permute(0, 2, 3, 1)
        return out.reshape(*stacked.shape[:2], *out.shape[1:])


class _Logits(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv3d = WindowConv(1024, 400, 1)

    def forward(self, x: Tensor) -> Tensor:
        # Kernel 1: the mean of the logits over places and times is the logits of the mean.
        return F.linear(x.mean(dim=(1, 2, 3)), self.conv3d.weight.flatten(1), self.conv3d.bias)


class _Mixed(nn.Module):
    def __init__(self, of: int, b0: int, b1a: int, b1b: int, b2a: int, b2b: int, b3b: int) -> None:
        super().__init__()
        self.b0 = Conv(of, b0, 1)
        self.b1a, self.b1b = Conv(of, b1a, 1), Conv(b1a, b1b, 3)
        self.b2a, self.b2b = Conv(of, b2a, 1), Conv(b2a, b2b, 3)
        self.b3b = Conv(of, b3b, 1)

    def forward(self, x: Tensor) -> Tensor:
        pooled = _pool(_pool_time(x, 3, 1), 3, 1)
        return torch.cat([self.b0(x), self.b1b(self.b1a(x)), self.b2b(self.b2a(x)), self.b3b(pooled)], -1)


def _neighbours(x: Tensor, kernel: int, stride: int) -> list[Tensor]:
    """For each picture that comes out, the `kernel` pictures that it sees; black beyond the ends."""
    front, back = _same(x.shape[1], kernel, stride)
    padded = F.pad(x, (0, 0, 0, 0, 0, 0, front, back))
    last = padded.shape[1] - kernel
    return [padded[:, k : k + last + 1 : stride] for k in range(kernel)]


def _pool_time(x: Tensor, kernel: int, stride: int) -> Tensor:
    """Maximum over neighbouring pictures. What is pooled is not negative, so no zero beyond an end is ever taken."""
    return reduce(torch.maximum, _neighbours(x, kernel, stride))


def _pool(x: Tensor, kernel: int, stride: int) -> Tensor:
    """Maximum over a square of each picture; of even sizes, as all here are, `ceil_mode` is SAME's odd last pixel."""
    planes = x.flatten(0, 1).permute(0, 3, 1, 2)
    planes = F.max_pool2d(planes, kernel, stride, padding=kernel // 2 if stride == 1 else 0, ceil_mode=True)
    planes = planes.permute(0, 2, 3, 1)
    return planes.reshape(*x.shape[:2], *planes.shape[1:])


def _same(size: int, kernel: int, stride: int) -> Pads:
    """TensorFlow's SAME: the odd pixel of padding is the last one."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2
