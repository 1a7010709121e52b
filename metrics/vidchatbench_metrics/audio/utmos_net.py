"""The network behind UTMOS: wav2vec 2.0, a recurrent layer, and an opinion for each frame."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from vidchatbench_metrics.perception.wav2vec import Attention, ConvFrames, Layer, PositionalConv

_WIDTH, _LAYERS, _HEADS = 768, 12, 12
_GIVEN = 128


class UtmosNet(nn.Module):
    """Mono 16 kHz sound (n, samples) to the mean opinion that listeners would have of its naturalness, (n,).

    The strong learner of UTMOS (Saeki et al. 2022, arXiv:2204.02152) without the phoneme encoder, as tarepan/SpeechMOS
    publishes it, under the names of `utmos22_strong_step7459_v1.pt`. What it is told of the listening test and the
    listener are constants of that file.
    """

    def __init__(self) -> None:
        super().__init__()
        self.wav2vec2 = _Wav2Vec2()
        self.domain_emb = nn.Parameter(torch.zeros(1, _GIVEN))
        self.judge_emb = nn.Parameter(torch.zeros(1, _GIVEN))
        self.blstm = nn.LSTM(_WIDTH + 2 * _GIVEN, 512, batch_first=True, bidirectional=True)
        self.projection = nn.Sequential(nn.Linear(1024, 2048), nn.ReLU(), nn.Linear(2048, 1))

    def load(self, tensors: Mapping[str, Tensor]) -> UtmosNet:
        """Take the weights, and make ready.

        Raises:
            RuntimeError: Where a tensor is absent, superfluous, or of another shape.
        """
        self.load_state_dict(tensors, strict=True)
        return self.eval().requires_grad_(False)

    def forward(self, sound: Tensor) -> Tensor:
        """(n, samples) to (n,), about 1 to 5."""
        frames = self.wav2vec2(sound)
        given = torch.cat([self.domain_emb, self.judge_emb], dim=1)[:, None].expand(*frames.shape[:2], -1)
        opinions = self.projection(self.blstm(torch.cat([frames, given], dim=2))[0])
        return torch.as_tensor(opinions.mean(dim=(1, 2)) * 2 + 3)


class _Wav2Vec2(nn.Module):
    """wav2vec 2.0 base (Baevski et al. 2020); `mask_emb` belongs to its training."""

    def __init__(self) -> None:
        super().__init__()
        self.mask_emb = nn.Parameter(torch.zeros(_WIDTH))
        self.feature_extractor = ConvFrames("group")
        self.layer_norm = nn.LayerNorm(512)
        self.post_extract_proj = nn.Linear(512, _WIDTH)
        self.encoder = _Encoder()

    def forward(self, sound: Tensor) -> Tensor:
        return torch.as_tensor(self.encoder(self.post_extract_proj(self.layer_norm(self.feature_extractor(sound)))))


class _Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.pos_conv = nn.Sequential(PositionalConv(_WIDTH))
        self.layer_norm = nn.LayerNorm(_WIDTH)
        self.layers = nn.ModuleList(Layer(_WIDTH, Attention(_WIDTH, _HEADS), first=False) for _ in range(_LAYERS))

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer_norm(x + self.pos_conv(x))
        for layer in self.layers:
            x = layer(x)
        return x
