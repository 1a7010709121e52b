"""The network behind LPIPS: AlexNet's features, weighed by the published heads."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn, tensor

_CHANNELS = (64, 192, 384, 256, 256)


class LPIPSNet(nn.Module):
    """Two batches of pictures (n, h, w, 3), RGB in [-1, 1], to a distance each (n,): 0 for equal pictures, unbounded.

    Zhang et al., The unreasonable effectiveness of deep features as a perceptual metric, CVPR 2018, version 0.1 with
    AlexNet: features after each of the five ReLUs, normalised over channels, squared differences weighed by the heads,
    mean over the picture, sum over the layers.
    """

    shift: Tensor
    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(192, 384, 3, padding=1), nn.ReLU(),
            nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(),
        )  # fmt: skip
        self.heads = nn.ModuleList(nn.Conv2d(n, 1, 1, bias=False) for n in _CHANNELS)
        # ImageNet's statistics, for pictures in [-1, 1].
        self.register_buffer("shift", tensor([-0.030, -0.088, -0.188])[:, None, None], persistent=False)
        self.register_buffer("scale", tensor([0.458, 0.448, 0.450])[:, None, None], persistent=False)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Distances (n,)."""
        total = x.new_zeros(len(x))
        a, b = ((z.permute(0, 3, 1, 2) - self.shift) / self.scale for z in (x, y))
        heads = iter(self.heads)
        for layer in self.features:
            a, b = layer(a), layer(b)
            if isinstance(layer, nn.ReLU):
                total = total + next(heads)((_unit(a) - _unit(b)) ** 2).mean(dim=(1, 2, 3))
        return total


def lpips_tensors(alexnet: Mapping[str, Tensor], heads: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The network's tensors out of two files: AlexNet as torchvision has it, less its classifier; lpips' own heads."""
    trunk = {name: value for name, value in alexnet.items() if not name.startswith("classifier.")}
    own = {name.replace("lin", "heads.").replace(".model.1", ""): value for name, value in heads.items()}
    return {**trunk, **own}


def _unit(x: Tensor) -> Tensor:
    return x / (x.square().sum(1, keepdim=True).sqrt() + 1e-10)
