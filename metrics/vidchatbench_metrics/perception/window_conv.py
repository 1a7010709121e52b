"""A convolution over a window of pictures, computed as one of a single picture. Importing this module loads torch."""

from __future__ import annotations

from typing import Any

from torch import nn


class WindowConv(nn.Conv2d):
    """A 3-D convolution over a window of pictures, or over one: the 2-D convolution of all their channels that it is.

    Pictures and colours are one axis of channels, picture by picture: the same products as in 3-D. A layer alone takes
    as long (`benchmarks/networks.py`); what is won is around it, since pictures with channels last need no 3-D pooling
    or copying. It loads the weights of the 3-D convolution as they are.
    """

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        name = f"{prefix}weight"
        if name in state_dict and state_dict[name].dim() == 5:
            state_dict[name] = state_dict[name].transpose(1, 2).flatten(1, 2)
        super()._load_from_state_dict(state_dict, prefix, *rest)
