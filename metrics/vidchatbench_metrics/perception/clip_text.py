"""Feature: texts as CLIP places them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from vidchatbench.types import Array
from vidchatbench.weights import WeightsFile
from vidchatbench_metrics.perception.checkpoint import state_dict
from vidchatbench_metrics.perception.text_vectors import TextVectors
from vidchatbench_metrics.perception.transformer import Tensors, attention
from vidchatbench_metrics.weights import WEIGHTS

LAYERS, HEADS, EPS = 12, 8, 1e-5


@dataclass(frozen=True)
class ClipText(TextVectors):
    """The text tower of OpenAI's CLIP ViT-B/32: 512 numbers, the projected state at the text's end (arXiv:2103.00020).

    It reads 77 tokens, of which two mark begin and end; a longer text is cut, and its end mark kept.
    """

    id = "text.clip"
    version = 1
    requires = ("tokenizers", "torch")
    limit = 77
    _net: ClassVar[Tensors | None] = None

    def weights(self) -> Mapping[str, WeightsFile]:
        """The network and its tokenizer."""
        return {"clip": WEIGHTS["clip-vit-b32"], "tokenizer": WEIGHTS["clip-vit-b32-tokenizer"]}

    def tokenizer_file(self) -> Path:
        """The verified tokenizer."""
        return self.weights()["tokenizer"].verified()

    def load(self) -> None:
        """Load the text tower; the one for pictures is left alone."""
        tensors = state_dict(self.weights()["clip"].verified())
        text = {name: tensor.numpy() for name, tensor in tensors.items() if name.startswith("text_")}
        object.__setattr__(self, "_net", Tensors(text))  # features are frozen: what defines the number never changes

    def encode(self, tokens: Array) -> Array:
        """The projected state of the last token, (512,)."""
        assert self._net is not None, "setup() comes first"
        return np.asarray(clip_text(self._net, tokens)[-1] @ self._net["text_projection.weight"].T)


def clip_text(net: Tensors, tokens: Array) -> Array:
    """The tower's normed last layer (n, d) for tokens (n,) of one text; no token sees those behind it."""
    words, places = (net[f"text_model.embeddings.{name}_embedding.weight"] for name in ("token", "position"))
    x = words[tokens] + places[: len(tokens)]
    for k in range(LAYERS):
        layer = f"text_model.encoder.layers.{k}"
        even = net.norm(f"{layer}.layer_norm1", x, EPS)
        query, key, value = (net.linear(f"{layer}.self_attn.{name}_proj", even) for name in "qkv")
        x = x + net.linear(f"{layer}.self_attn.out_proj", attention(query, key, value, heads=HEADS, causal=True))
        wide = net.linear(f"{layer}.mlp.fc1", net.norm(f"{layer}.layer_norm2", x, EPS))
        x = x + net.linear(f"{layer}.mlp.fc2", wide / (1 + np.exp(np.float32(-1.702) * wide)))  # CLIP's quick GELU
    return net.norm("text_model.final_layer_norm", x, EPS)
