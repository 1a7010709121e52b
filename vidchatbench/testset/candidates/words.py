"""Texts as words: to compare them, to cut them, and to count what CLIP would read."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

import numpy as np

from vidchatbench.types import Floats

CLIP_TOKENS = 77
"""What CLIP's text tower reads, of which two mark begin and end (arXiv:2103.00020)."""
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+(?:['’][^\W_]+)*")
_PIECE = re.compile(r"'(?:s|t|re|ve|m|ll|d)|\d|[^\W\d_]+|(?:[^\s\w]|_)+", re.IGNORECASE)
_ONE_PIECE_BYTES = 6
_SCALE = 1 << 15


def words(text: str) -> list[str]:
    """Its words, without case and marks; a Chinese or Japanese character is a word."""
    return [unicodedata.normalize("NFKC", word).casefold().replace("’", "'") for word in _WORD.findall(text)]


def alike(a: str, b: str) -> float:
    """Share of words that two texts have in common in the same order, 0 to 1; 1 for equal words."""
    return SequenceMatcher(None, words(a), words(b), autojunk=False).ratio()


def contains(text: str, part: str) -> bool:
    """Whether all words of `part` stand in `text`, one after the other; never of a `part` without words."""
    found, sought = words(text), words(part)
    return bool(sought) and any(found[k : k + len(sought)] == sought for k in range(len(found) - len(sought) + 1))


def beginning(text: str, n: int) -> str:
    """A text up to its n-th word, with a full stop where it is cut."""
    spans = list(_WORD.finditer(text))
    return text if n >= len(spans) else text[: spans[n - 1].end()] + "."


def tokens(text: str) -> tuple[int, int]:
    """The fewest tokens that CLIP can make of a text, and about how many it makes, marks of begin and end included.

    CLIP's tokenizer is not needed: it first splits at spaces, marks and digits, and a piece is one token or more.
    """
    pieces = [len(piece.encode()) for piece in _PIECE.findall(text)]
    return len(pieces) + 2, sum(math.ceil(size / _ONE_PIECE_BYTES) for size in pieces) + 2


def fitting(text: str) -> str:
    """The text, or so much of its beginning that CLIP reads all of it."""
    n = len(words(text))
    while n > 1 and tokens(beginning(text, n))[1] > CLIP_TOKENS:
        n -= 1
    return beginning(text, n)


def likeness(texts: Sequence[str]) -> Floats:
    """How much texts are about the same thing, (n, n), 0 to about 2**30: cosines of their words' tf-idf.

    The same on every machine: the vectors are rounded to whole numbers, whose sums are exact in any order.
    """
    every = [words(text) for text in texts]
    index = {word: k for k, word in enumerate(sorted({word for one in every for word in one}))}
    counts = np.zeros((len(texts), max(1, len(index))))
    for row, one in enumerate(every):
        for word in one:
            counts[row, index[word]] += 1
    idf = np.log((1 + len(texts)) / (1 + (counts > 0).sum(axis=0)))
    weighted = np.log1p(counts) * idf
    length = np.linalg.norm(weighted, axis=1, keepdims=True)
    whole = np.round(weighted / np.where(length > 0, length, 1) * _SCALE)
    return np.asarray(whole @ whole.T)
