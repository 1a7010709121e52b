"""Features: texts as unit vectors, so that a product of two is their similarity."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from threadpoolctl import ThreadpoolController

from vidchatbench.feature import ClipFeature, Inputs, On
from vidchatbench.types import Array, NamedArrays
from vidchatbench_metrics.perception.asr import ASR
from vidchatbench_metrics.perception.transcript import Transcript

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass(frozen=True)
class TextVectors(ClipFeature):
    """Unit vectors, d float32 numbers each, of what `asr` hears in a clip, or, where it is None, of the turn's texts.

    An empty text has the zero vector. A text that is longer than the network reads is cut at `limit` tokens.

    Result of what is heard: `heard` (d,), and `cut` (): whether it was cut. Result of the turn: `question` and `reply`
    (d,), `candidates` (k, d), `grades` (k,) and `candidates_cut` (k,).
    """

    turn_fields = ("initiator_text", "text", "candidates")
    requires: ClassVar[tuple[str, ...]] = ("tokenizers",)
    extra = "paper"
    limit: ClassVar[int]
    """Most tokens that the network reads, marks of begin and end included."""
    _tokenizer: ClassVar[Tokenizer | None] = None

    asr: ASR | None = None

    def params(self) -> Mapping[str, str | int | float | bool]:
        """The limit."""
        return {"limit": self.limit}

    def computation(self) -> Mapping[str, str]:
        """The versions of NumPy and of tokenizers; the CPU."""
        return {"numpy": version("numpy"), "tokenizers": version("tokenizers"), "device": "cpu", "precision": "fp32"}

    def needs(self) -> Mapping[str, On]:
        """What is heard, where that is embedded."""
        return {"heard": self.asr.on("clip")} if self.asr else {}

    def setup(self) -> None:
        """Load tokenizer and network.

        Raises:
            NotReady: Where the weights are absent or not the known ones.
        """
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.tokenizer_file()))
        tokenizer.no_truncation()  # published files bring limits of their own; what is cut must be known
        tokenizer.no_padding()
        object.__setattr__(self, "_tokenizer", tokenizer)  # features are frozen: what defines the number never changes
        self.load()

    @abstractmethod
    def tokenizer_file(self) -> Path:
        """The verified tokenizer, as the library tokenizers writes it."""

    @abstractmethod
    def load(self) -> None:
        """Load the network."""

    @abstractmethod
    def encode(self, tokens: Array) -> Array:
        """The vector (d,), of any length, of one text's tokens (n,)."""

    def vectors(self, texts: Sequence[str]) -> tuple[Array, Array]:
        """Unit vectors (k, d) float32 of texts, and which of them were cut (k,)."""
        assert self._tokenizer is not None, "setup() comes first"
        tokens = [np.array(self._tokenizer.encode(text).ids) for text in texts]
        cut = np.array([len(ids) > self.limit for ids in tokens], bool)
        short = [np.r_[ids[: self.limit - 1], ids[-1]] if long else ids for ids, long in zip(tokens, cut, strict=True)]
        with _blas().limit(limits=1):  # the same bits on every machine, and so small a product waits for threads
            raw = np.stack([self.encode(ids) for ids in short])
        spoken = np.array([bool(text.strip()) for text in texts])[:, None]
        return np.asarray(raw / np.linalg.norm(raw, axis=1, keepdims=True) * spoken, np.float32), cut

    def compute(self, inputs: Inputs) -> NamedArrays:
        """Embed what was heard, or the turn's texts."""
        if self.asr:
            vectors, cut = self.vectors([Transcript.of(inputs.needs["heard"]).text])
            return {"heard": vectors[0], "cut": cut[0]}
        fields = inputs.fields
        candidates = fields["candidates"]
        vectors, cut = self.vectors([fields["initiator_text"], fields["text"], *(one["text"] for one in candidates)])
        return {
            "question": vectors[0],
            "reply": vectors[1],
            "candidates": vectors[2:],
            "candidates_cut": cut[2:],
            "grades": np.array([one["grade"] for one in candidates], np.float64),
        }


@cache
def _blas() -> Any:
    return ThreadpoolController().select(user_api="blas")
