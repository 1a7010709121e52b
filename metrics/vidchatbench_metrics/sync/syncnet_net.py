"""SyncNet's two towers. Importing this module loads torch."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vidchatbench_metrics.perception.window_conv import WindowConv


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
            *_layer(WindowConv(3 * 5, 96, 7, 2)), nn.MaxPool2d(3, 2),
            *_layer(WindowConv(96, 256, 5, 2, 1)), nn.MaxPool2d(3, 2, 1),
            *_layer(WindowConv(256, 256, 3, 1, 1)),
            *_layer(WindowConv(256, 256, 3, 1, 1)),
            *_layer(WindowConv(256, 256, 3, 1, 1)), nn.MaxPool2d(3, 2),
            *_layer(WindowConv(256, 512, 6)),
        )  # fmt: skip
        self.netfcaud = _head()
        self.netfclip = _head()

    def forward(self, lips: Tensor, sound: Tensor) -> Tensor:
        """(n, 2, 1024), lips before sound, of windows of five frames and of the 0.2 s of sound that go with them.

        `lips` (n, 224, 224, 15): blue, green and red of each frame in turn, 0 to 255; `sound` (n, 1, 13, 20): MFCC.
        """
        seen = self.netfclip(self.netcnnlip(lips.permute(0, 3, 1, 2)).flatten(1))
        heard = self.netfcaud(self.netcnnaud(sound).flatten(1))
        return torch.stack([seen, heard], dim=1)


def _layer(conv: nn.Conv2d) -> tuple[nn.Module, ...]:
    return conv, nn.BatchNorm2d(conv.out_channels), nn.ReLU(inplace=True)


def _head() -> nn.Sequential:
    return nn.Sequential(nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(inplace=True), nn.Linear(512, 1024))
