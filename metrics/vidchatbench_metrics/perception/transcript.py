"""What was said, as text with the times of its words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vidchatbench.types import Array, Floats, NamedArrays


@dataclass(frozen=True, eq=False)
class Transcript:
    """A text, its words in order, and when each was said."""

    text: str = ""
    words: tuple[str, ...] = ()
    times: Floats | None = None
    """Start and end of each word in seconds from the clip's start, (n, 2); None where there is no word."""
    language: str = ""
    """ISO 639-1, as it was forced or recognised; empty where nobody speaks."""

    def arrays(self) -> NamedArrays:
        """As a feature's result: `text`, `words` (one a line) and `language` as UTF-8 bytes; `word_times` (n, 2)."""
        return {
            "text": _bytes(self.text),
            "words": _bytes("\n".join(self.words)),
            "word_times": np.zeros((0, 2)) if self.times is None else self.times,
            "language": _bytes(self.language),
        }

    def drawn(self, track: str, start_s: float) -> NamedArrays:
        """As what a row gives the report: the words, but no empty ones, of a track whose clip begins at `start_s`."""
        times = np.zeros((0, 2)) if self.times is None else self.times
        said = [(" ".join(word.split()), at) for word, at in zip(self.words, times, strict=False) if word.strip()]
        at = np.array([at for _, at in said]).reshape(-1, 2) + start_s
        return {f"words.{track}": _bytes("\n".join(word for word, _ in said)), f"words_at.{track}": at}

    @classmethod
    def of(cls, arrays: NamedArrays) -> Transcript:
        """Back from `arrays`."""
        text, words, language = (arrays[name].tobytes().decode() for name in ("text", "words", "language"))
        return cls(text, tuple(words.split("\n")) if words else (), np.asarray(arrays["word_times"]), language)


def _bytes(text: str) -> Array:
    return np.frombuffer(text.encode(), np.uint8)
