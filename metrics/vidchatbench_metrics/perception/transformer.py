"""What the text networks share: linear maps, layer norms and attention of one text, in NumPy.

A text is a few dozen tokens: PyTorch would be loaded for longer than NumPy computes, and nothing is padded.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vidchatbench.types import Array


class Tensors:
    """A network's tensors, float32 by name, and the layers that they make. Arrays of tokens are (n, d)."""

    def __init__(self, tensors: Mapping[str, Array]) -> None:
        self._tensors = {name: np.asarray(tensor, np.float32) for name, tensor in tensors.items()}

    def __getitem__(self, name: str) -> Array:
        """One tensor.

        Raises:
            KeyError: Where there is none of this name.
        """
        return self._tensors[name]

    def linear(self, name: str, x: Array) -> Array:
        """`x W^T + b`."""
        return np.asarray(x @ self[f"{name}.weight"].T + self[f"{name}.bias"])

    def norm(self, name: str, x: Array, eps: float) -> Array:
        """Layer norm over the last axis."""
        centred = x - x.mean(axis=-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(eps))
        return np.asarray(centred / scale * self[f"{name}.weight"] + self[f"{name}.bias"])


def attention(query: Array, key: Array, value: Array, *, heads: int, causal: bool = False) -> Array:
    """Scaled dot-product attention among n tokens: (n, d) each, in `heads` equal parts; `causal` looks back alone."""
    q, k, v = (x.reshape(len(x), heads, -1).swapaxes(0, 1) for x in (query, key, value))
    logits = q @ k.swapaxes(1, 2) / np.float32(np.sqrt(q.shape[2]))
    if causal:
        logits = np.where(np.tri(len(query), dtype=bool), logits, np.float32(-np.inf))
    share = np.exp(logits - logits.max(axis=-1, keepdims=True))
    share /= share.sum(axis=-1, keepdims=True)
    return np.asarray((share @ v).swapaxes(0, 1).reshape(query.shape))
