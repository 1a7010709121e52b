"""WavLM-large: speech to 25 layers of frames."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vidchatbench_metrics.perception.wav2vec import Attention, ConvFrames, Layer, PositionalConv

WIDTH, LAYERS, _HEADS = 1024, 24, 16
_BUCKETS, _FARTHEST = 320, 800
"""Kinds of distance between two frames, half for each direction, and the distance from which all are one kind."""


class WavLMNet(nn.Module):
    """WavLM-large (Chen et al. 2022, arXiv:2110.13900), under the names of the checkpoints of microsoft/unilm.

    `mask_emb` belongs to its training and is held for the checkpoint's sake.
    """

    def __init__(self) -> None:
        super().__init__()
        self.mask_emb = nn.Parameter(torch.zeros(WIDTH))
        self.feature_extractor = ConvFrames("layer")
        self.layer_norm = nn.LayerNorm(512)
        self.post_extract_proj = nn.Linear(512, WIDTH)
        self.encoder = _Encoder()

    def forward(self, sound: Tensor) -> Iterator[Tensor]:
        """Mono 16 kHz sound (n, samples) to 25 times (n, t, 1024), 50 frames a second, one after the other.

        The first 24 are what each layer of the transformer is given, the last is what comes out, normalised. Sound is
        brought to mean 0 and variance 1.
        """
        sound = F.layer_norm(sound, sound.shape[-1:])
        yield from self.encoder(self.post_extract_proj(self.layer_norm(self.feature_extractor(sound))))


class _Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.pos_conv = nn.Sequential(PositionalConv(WIDTH))
        self.layers = nn.ModuleList(
            Layer(WIDTH, _GatedAttention(with_positions=k == 0), first=True) for k in range(LAYERS)
        )
        self.layer_norm = nn.LayerNorm(WIDTH)

    def forward(self, x: Tensor) -> Iterator[Tensor]:
        x = x + self.pos_conv(x)
        frames = x.shape[1]
        apart = torch.arange(1 - frames, frames, device=x.device)
        first: nn.Embedding = self.layers[0].self_attn.relative_attention_bias  # type: ignore[assignment, union-attr]
        positions = first(_kind(apart)).T
        for layer in self.layers:
            yield x
            x = layer(x, positions)
        yield self.layer_norm(x)


class _GatedAttention(Attention):
    """Attention with a bias by distance, which each frame and head opens or closes by itself."""

    def __init__(self, *, with_positions: bool) -> None:
        super().__init__(WIDTH, _HEADS)
        self.grep_linear = nn.Linear(WIDTH // _HEADS, 8)
        self.grep_a = nn.Parameter(torch.ones(1, _HEADS, 1, 1))
        if with_positions:  # the first layer's, which all layers share
            self.relative_attention_bias = nn.Embedding(_BUCKETS, _HEADS)

    def bias(self, x: Tensor, rows: slice, positions: Tensor) -> Tensor:
        """The bias by distance of the frames `rows` to all, times each frame's gate."""
        frames = x.shape[1]
        first, last = rows.start, min(rows.stop, frames)
        apart = positions.unfold(1, frames, 1)[:, frames - last : frames - first].flip(1)  # one line a frame
        gates = self.grep_linear(self.split(x[:, rows])).unflatten(-1, (2, 4)).sum(-1)
        update, reset = gates.sigmoid().chunk(2, dim=-1)
        return torch.as_tensor((update * (reset * self.grep_a - 1) + 2) * apart)


def _kind(apart: Tensor) -> Tensor:
    """The kind of a signed distance in frames: exact up to 80, then on a logarithmic scale up to 800."""
    half, exact = _BUCKETS // 2, _BUCKETS // 4
    size = apart.abs()
    scale = (half - exact) / math.log(_FARTHEST / exact)
    far = (exact + (size.clamp(min=1).float() / exact).log() * scale).long().clamp(max=half - 1)
    return torch.where(size < exact, size, far) + half * (apart > 0)
