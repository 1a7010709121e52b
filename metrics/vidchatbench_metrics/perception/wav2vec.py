"""The blocks that networks of the wav2vec 2.0 kind are built of, under the names that their checkpoints use."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_KERNELS = ((10, 5), *((3, 2),) * 4, *((2, 2),) * 2)
_CHANNELS = 512
_QUERIES = 512
"""Frames that look at all others in one go: a minute's attention at once would not fit in memory beside a worker."""


class ConvFrames(nn.Module):
    """Sound (n, samples) to frames (n, t, 512): seven convolutions, 50 frames a second at 16 kHz.

    `norm`: `layer` normalises each frame after each convolution (WavLM-large), `group` each channel over the whole
    sound after the first one (wav2vec 2.0 base). Sound needs 400 samples or more.
    """

    def __init__(self, norm: Literal["layer", "group"]) -> None:
        super().__init__()
        self.conv_layers = nn.ModuleList()
        for k, (kernel, stride) in enumerate(_KERNELS):
            layer: list[nn.Module] = [nn.Conv1d(_CHANNELS if k else 1, _CHANNELS, kernel, stride, bias=False)]
            layer.append(nn.Identity())  # where training drops out: names count
            if norm == "layer":
                layer.append(nn.Sequential(_Turned(), nn.LayerNorm(_CHANNELS), _Turned()))
            elif k == 0:
                layer.append(nn.GroupNorm(_CHANNELS, _CHANNELS))
            self.conv_layers.append(nn.Sequential(*layer, nn.GELU()))

    def forward(self, sound: Tensor) -> Tensor:
        """(n, samples) to (n, t, 512)."""
        x = sound[:, None]
        for layer in self.conv_layers:
            x = layer(x)
        return x.transpose(1, 2)


class _Turned(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.transpose(1, 2)


class PositionalConv(nn.Module):
    """What each frame (n, t, width) is told of its place: a grouped convolution over 128 frames, its weight normalised.

    The direction `weight_v` has norm 1 at each of the 128 places, where it is scaled by `weight_g`.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight_g = nn.Parameter(torch.ones(1, 1, 128))
        self.weight_v = nn.Parameter(torch.randn(width, width // 16, 128))
        self.bias = nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        """(n, t, width) to the same shape."""
        weight = self.weight_v * (self.weight_g / self.weight_v.norm(dim=(0, 1), keepdim=True))
        found = F.conv1d(x.transpose(1, 2), weight, self.bias, padding=64, groups=16)[..., :-1]
        return F.gelu(found).transpose(1, 2)


class Attention(nn.Module):
    """Self-attention over frames (n, t, width)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x: Tensor, positions: Tensor | None = None) -> Tensor:
        """(n, t, width) to the same shape; `positions` (heads, 2 t - 1) is what `bias` makes a bias of."""
        q, k, v = (self.split(project(x)) for project in (self.q_proj, self.k_proj, self.v_proj))
        parts = []
        for start in range(0, x.shape[1], _QUERIES):
            rows = slice(start, start + _QUERIES)
            bias = None if positions is None else self.bias(x, rows, positions)
            parts.append(F.scaled_dot_product_attention(q[:, :, rows], k, v, attn_mask=bias))
        joined: Tensor = self.out_proj(torch.cat(parts, dim=2).transpose(1, 2).flatten(2))
        return joined

    def split(self, x: Tensor) -> Tensor:
        """(n, t, width) to (n, heads, t, width / heads)."""
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)

    def bias(self, x: Tensor, rows: slice, positions: Tensor) -> Tensor:
        """What is added to the scores of the frames `rows`: (n, heads, rows, t)."""
        raise NotImplementedError("this attention knows no positions")


class Layer(nn.Module):
    """One layer of the transformer, normalised before its two steps (`first`) or after them."""

    def __init__(self, width: int, attention: Attention, *, first: bool) -> None:
        super().__init__()
        self.first = first
        self.self_attn = attention
        self.self_attn_layer_norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)
        self.final_layer_norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, positions: Tensor | None = None) -> Tensor:
        """(n, t, width) to the same shape."""
        if self.first:
            x = x + self.self_attn(self.self_attn_layer_norm(x), positions)
            found: Tensor = x + self._feed(self.final_layer_norm(x))
        else:
            x = self.self_attn_layer_norm(x + self.self_attn(x, positions))
            found = self.final_layer_norm(x + self._feed(x))
        return found

    def _feed(self, x: Tensor) -> Tensor:
        found: Tensor = self.fc2(F.gelu(self.fc1(x)))
        return found
