"""SyncNet's two towers. Importing this module loads torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from vidchatbench.types import Array

_BATCH = 8
_FRAMES, _SIZE = 5, 224
_COLUMNS, _STEP = 20, 4


class SyncNet(nn.Module):
    """Lips and sound as 1024-d vectors that lie close together where the two fit; not normalised.

    Chung and Zisserman, Out of time: automated lip sync in the wild, ACCV-W 2016; the layers of
    joonson/syncnet_python, `SyncNetModel.S`, whose state dict it loads unchanged. 13.6 M parameters.
    """

    def __init__(self) -> None:
        super().__init__()
        self.netcnnaud = nn.Sequential(
            *_layer(nn.Conv2d(1, 64, 3, padding=1)), nn.Identity(),
            *_layer(nn.Conv2d(64, 192, 3, padding=1)), nn.MaxPool2d(3, (1, 2)),
            *_layer(nn.Conv2d(192, 384, 3, padding=1)),
            *_layer(nn.Conv2d(384, 256, 3, padding=1)),
            *_layer(nn.Conv2d(256, 256, 3, padding=1)), nn.MaxPool2d(3, 2),
            *_layer(nn.Conv2d(256, 512, (5, 4))),
        )  # fmt: skip
        self.netcnnlip = nn.Sequential(
            *_layer(_WindowConv(3 * _FRAMES, 96, 7, 2)), nn.MaxPool2d(3, 2),
            *_layer(_WindowConv(96, 256, 5, 2, 1)), nn.MaxPool2d(3, 2, 1),
            *_layer(_WindowConv(256, 256, 3, 1, 1)),
            *_layer(_WindowConv(256, 256, 3, 1, 1)),
            *_layer(_WindowConv(256, 256, 3, 1, 1)), nn.MaxPool2d(3, 2),
            *_layer(_WindowConv(256, 512, 6)),
        )  # fmt: skip
        self.netfcaud = _head()
        self.netfclip = _head()

    def lips(self, windows: Tensor) -> Tensor:
        """(n, 1024) of windows of five frames (n, 15, 224, 224): blue, green and red of each in turn, 0 to 255."""
        return self.netfclip(self.netcnnlip(windows).flatten(1))  # type: ignore[no-any-return]

    def sound(self, windows: Tensor) -> Tensor:
        """(n, 1024) of windows of 0.2 s (n, 1, 13, 20): MFCC at 100 a second."""
        return self.netfcaud(self.netcnnaud(windows).flatten(1))  # type: ignore[no-any-return]


class _WindowConv(nn.Conv2d):
    """A 3-D convolution that spans its whole window, or one frame of it, in time: the 2-D convolution that it is.

    Frames and colours are one axis of channels: the same products as in 3-D, 1.2 to 1.6 times as fast on a CPU.
    """

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        name = f"{prefix}weight"
        if name in state_dict and state_dict[name].dim() == 5:
            state_dict[name] = state_dict[name].transpose(1, 2).flatten(1, 2)
        super()._load_from_state_dict(state_dict, prefix, *rest)


def _layer(conv: nn.Conv2d) -> tuple[nn.Module, ...]:
    return conv, nn.BatchNorm2d(conv.out_channels), nn.ReLU(inplace=True)


def _head() -> nn.Sequential:
    return nn.Sequential(nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(inplace=True), nn.Linear(512, 1024))


def lip_embeddings(net: SyncNet, frames: Array, count: int) -> Array:
    """(count, 1024) float32 of the windows of five frames that begin at frames 0 to count - 1.

    `frames` (t, 224, 224, 3) uint8 are one face as `face_crop` shows it, at 25 a second, **blue first**: so the
    network was trained.
    """
    if frames.shape[1:] != (_SIZE, _SIZE, 3) or len(frames) < count + _FRAMES - 1:
        raise ValueError(f"{count} lip windows need {count + _FRAMES - 1} frames of 224 x 224 x 3, got {frames.shape}")
    found = []
    with torch.inference_mode():
        for start in range(0, count, _BATCH):
            stop = min(start + _BATCH, count)
            part = torch.tensor(frames[start : stop + _FRAMES - 1], device=_device(net))
            windows = torch.cat([part[i : i + stop - start] for i in range(_FRAMES)], dim=-1)
            found.append(net.lips(windows.permute(0, 3, 1, 2).float()).cpu().numpy())
    return np.concatenate(found) if found else np.zeros((0, 1024), np.float32)


def sound_embeddings(net: SyncNet, cepstra: Array, count: int) -> Array:
    """(count, 1024) float32 of the sound while each of these windows lasts; `cepstra` (t, 13) as `mfcc` gives them."""
    if cepstra.shape[1:] != (13,) or len(cepstra) < (count - 1) * _STEP + _COLUMNS:
        raise ValueError(f"{count} sound windows need {(count - 1) * _STEP + _COLUMNS} x 13, got {cepstra.shape}")
    if not count:
        return np.zeros((0, 1024), np.float32)
    with torch.inference_mode():
        part = torch.tensor(cepstra.T, dtype=torch.float32, device=_device(net))
        windows = part.unfold(1, _COLUMNS, _STEP)[:, :count].permute(1, 0, 2)[:, None]
        batches = torch.split(windows, 4 * _BATCH)
        return np.concatenate([net.sound(batch).cpu().numpy() for batch in batches])


def _device(net: nn.Module) -> torch.device:
    return next(net.parameters()).device
