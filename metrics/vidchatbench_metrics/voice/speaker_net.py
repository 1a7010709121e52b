"""The network behind SIM-o: WavLM-large, and an ECAPA-TDNN that makes one voice of its layers."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vidchatbench_metrics.voice.wavlm_net import LAYERS, WIDTH, WavLMNet

_HEAD = "loss_calculator."
"""Of the training's speakers: in the checkpoint, and not part of the network."""
_CHANNELS, _SCALE = 512, 8


class SpeakerNet(nn.Module):
    """Mono 16 kHz sound (n, samples) to what is the speaker's own in it, (n, 256).

    `ECAPA_TDNN_SMALL` on WavLM-large, of microsoft/UniSpeech, downstreams/speaker_verification (ECAPA-TDNN: Desplanques
    et al. 2020, arXiv:2005.07143), under the names of `wavlm_large_finetune.pth`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.feature_weight = nn.Parameter(torch.zeros(LAYERS + 1))
        self.feature_extract = nn.ModuleDict({"model": WavLMNet()})
        self.layer1 = _Conv(WIDTH, _CHANNELS, 5)
        self.layer2, self.layer3, self.layer4 = (_Block(dilation) for dilation in (2, 3, 4))
        self.conv = nn.Conv1d(3 * _CHANNELS, 3 * _CHANNELS, 1)
        self.pooling = _Pooling(3 * _CHANNELS)
        self.bn = nn.BatchNorm1d(6 * _CHANNELS)
        self.linear = nn.Linear(6 * _CHANNELS, 256)

    def load(self, tensors: Mapping[str, Tensor]) -> SpeakerNet:
        """Take the weights as they are, without a copy, and make ready.

        Raises:
            RuntimeError: Where a tensor is absent, superfluous (but for the training's own `loss_calculator.*`), or of
                another shape.
        """
        own = {name: tensor for name, tensor in tensors.items() if not name.startswith(_HEAD)}
        self.load_state_dict(own, strict=True, assign=True)
        return self.eval().requires_grad_(False)

    def forward(self, sound: Tensor) -> Tensor:
        """(n, samples) to (n, 256)."""
        shares = F.softmax(self.feature_weight, dim=0)
        mixed = torch.zeros((), device=sound.device)
        for share, frames in zip(shares, self.feature_extract["model"](sound), strict=True):
            mixed = mixed + share * frames
        return self.voice(mixed)

    def voice(self, frames: Tensor) -> Tensor:
        """Mixed frames (n, t, 1024) to (n, 256)."""
        first = self.layer1(F.instance_norm(frames.transpose(1, 2) + 1e-6))
        second = self.layer2(first)
        third = self.layer3(second)
        fourth = self.layer4(third)
        joined = F.relu(self.conv(torch.cat([second, third, fourth], dim=1)))
        found: Tensor = self.linear(self.bn(self.pooling(joined)))
        return found


class _Conv(nn.Module):
    def __init__(self, before: int, after: int, kernel: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv1d(before, after, kernel, padding=kernel // 2)
        self.bn = nn.BatchNorm1d(after)

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(self.bn(F.relu(self.conv(x))))


class _Block(nn.Module):
    """Two plain convolutions around one at several scales, weighed by channel, beside the identity."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.Conv1dReluBn1 = _Conv(_CHANNELS, _CHANNELS)
        self.Res2Conv1dReluBn = _Res2(dilation)
        self.Conv1dReluBn2 = _Conv(_CHANNELS, _CHANNELS)
        self.SE_Connect = _Squeeze()

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(x + self.SE_Connect(self.Conv1dReluBn2(self.Res2Conv1dReluBn(self.Conv1dReluBn1(x)))))


class _Res2(nn.Module):
    """Eighths of the channels; each but the last is convolved together with what came out of the one before."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        part = _CHANNELS // _SCALE
        self.convs = nn.ModuleList(
            nn.Conv1d(part, part, 3, padding=dilation, dilation=dilation) for _ in range(_SCALE - 1)
        )
        self.bns = nn.ModuleList(nn.BatchNorm1d(part) for _ in range(_SCALE - 1))

    def forward(self, x: Tensor) -> Tensor:
        *parts, last = x.chunk(_SCALE, dim=1)
        done: list[Tensor] = []
        for part, conv, bn in zip(parts, self.convs, self.bns, strict=True):
            done.append(bn(F.relu(conv(part + done[-1] if done else part))))
        return torch.cat([*done, last], dim=1)


class _Squeeze(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear1 = nn.Linear(_CHANNELS, 128)
        self.linear2 = nn.Linear(128, _CHANNELS)

    def forward(self, x: Tensor) -> Tensor:
        gate = torch.sigmoid(self.linear2(F.relu(self.linear1(x.mean(dim=2)))))
        return x * gate[:, :, None]


class _Pooling(nn.Module):
    """Mean and standard deviation over time, each channel by its own attention."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.linear1 = nn.Conv1d(channels, 128, 1)
        self.linear2 = nn.Conv1d(128, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        share = F.softmax(self.linear2(torch.tanh(self.linear1(x))), dim=2)
        mean = (share * x).sum(dim=2)
        variance = (share * x**2).sum(dim=2) - mean**2
        return torch.cat([mean, variance.clamp(min=1e-9).sqrt()], dim=1)
