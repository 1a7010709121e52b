"""Reads the tensors of a weights file, and executes nothing of it."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from vidchatbench.errors import NotReady

if TYPE_CHECKING:
    from torch import Tensor


def state_dict(path: Path, key: str | None = None) -> dict[str, Tensor]:
    """The tensors of a `.safetensors` file or of a PyTorch checkpoint, by name, without the prefix `module.`.

    A checkpoint is read with `weights_only`, which makes tensors and containers and calls nothing else. `key` names the
    entry that holds the tensors, where they are not the whole of it.

    Raises:
        NotReady: For a TorchScript program, a file that holds something else than named tensors, or is neither.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if path.suffix == ".safetensors":
        try:
            return dict(load_file(path))
        except SafetensorError as error:
            raise NotReady(f"is no safetensors file: {error}", where=path) from error
    if _is_torchscript(path):
        raise NotReady(
            "is a TorchScript program, which would have to be executed",
            where=path,
            remedy="take the same network as plain tensors: vidchatbench weights ls names the files that are known",
        )
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises whatever its unpickler met
        raise NotReady(
            f"cannot be read as tensors alone: {str(error).splitlines()[0] if str(error) else type(error).__name__}",
            where=path,
            remedy="save its state dict with safetensors.torch.save_file",
        ) from error
    tensors = loaded.get(key) if key is not None and isinstance(loaded, dict) else loaded
    if not isinstance(tensors, dict) or not all(isinstance(value, torch.Tensor) for value in tensors.values()):
        raise NotReady("holds something else than named tensors", where=path)
    return {str(name).removeprefix("module."): value for name, value in tensors.items()}


def _is_torchscript(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any("/code/" in name or name.endswith("constants.pkl") for name in archive.namelist())
