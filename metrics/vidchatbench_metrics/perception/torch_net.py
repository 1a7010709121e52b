"""PyTorch networks in full precision: one batch shape, one thread, the same bits on every worker."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from vidchatbench.errors import NotReady
from vidchatbench.feature import Feature
from vidchatbench.types import Array

if TYPE_CHECKING:
    import torch


class TorchNet:
    """A network on a device: arrays in, an array out, in batches that always have the same size.

    A short last batch is filled up by repeating its last row: another batch size sums in another order.

    Raises:
        NotReady: Where the device is not there.
    """

    def __init__(self, net: torch.nn.Module, *, device: str, batch: int) -> None:
        import torch

        if device != "cpu" and not torch.cuda.is_available():
            raise NotReady(f"--device {device}: PyTorch {torch.__version__} sees no GPU here", remedy="--device cpu")
        # TF32 keeps 10 bits of a number: too few for the headline.
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False
        self._call: Callable[..., torch.Tensor] = net.to(device)
        self._device, self._batch = device, batch

    def __call__(self, *inputs: Array) -> Array:
        """The network on rows (n, ...) of one or several float32 arrays."""
        import torch

        parts = []
        with torch.inference_mode(), _one_thread():
            for start in range(0, len(inputs[0]), self._batch):
                rows = [torch.from_numpy(_full(x[start : start + self._batch], self._batch)) for x in inputs]
                out = self._call(*(row.to(self._device) for row in rows))
                parts.append(out[: min(self._batch, len(inputs[0]) - start)].cpu().numpy())
        return np.concatenate(parts)


class OnTorch(Feature):
    """A feature with a PyTorch network, which runs where the run's `--device` says."""

    requires = ("torch",)
    extra = "paper"
    batch: ClassVar[int]
    """Rows in a batch."""
    _device = "cpu"
    _net: TorchNet | None = None

    @abstractmethod
    def network(self) -> torch.nn.Module:
        """The network with its weights."""

    def place(self, device: str) -> None:
        """Note the device."""
        object.__setattr__(self, "_device", device)  # features are frozen: what defines the number never changes

    def computation(self) -> Mapping[str, str]:
        """PyTorch's version, the device, fp32, the batch."""
        try:
            torch = version("torch")
        except PackageNotFoundError:
            torch = "not installed"
        return {"torch": torch, "device": self._device, "precision": "fp32", "batch": str(self.batch)}

    def setup(self) -> None:
        """Load the network.

        Raises:
            NotReady: Where the weights are absent or not the known ones, or the device is not there.
        """
        object.__setattr__(self, "_net", TorchNet(self.network(), device=self._device, batch=self.batch))

    @property
    def net(self) -> TorchNet:
        """The network, after `setup`."""
        assert self._net is not None, "setup() comes first"
        return self._net


def _full(rows: Array, size: int) -> Array:
    missing = size - len(rows)
    return np.ascontiguousarray(np.concatenate([rows, np.repeat(rows[-1:], missing, axis=0)]) if missing else rows)


@contextmanager
def _one_thread() -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
