"""The reference implementations, where they are installed (dependency group `oracle`): as judges in tests."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType
from typing import Any

_LIBRARIES: list[Any] = []


def judge(name: str) -> ModuleType:
    """Import a reference implementation.

    A torchvision whose compiled part was built for another torch than the one installed stops at its own import, for
    want of two operators that no judge uses. They are declared here, without a body, so that the rest of it can be had.

    Raises:
        ImportError: Where it is not installed.
    """
    import torch

    if not _LIBRARIES and importlib.util.find_spec("torchvision"):
        try:
            importlib.import_module("torchvision")
        except RuntimeError:
            library = torch.library.Library("torchvision", "FRAGMENT")
            for operator in ("nms", "qnms"):
                if not hasattr(torch.ops.torchvision, operator):
                    library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
            _LIBRARIES.append(library)
    return importlib.import_module(name)
