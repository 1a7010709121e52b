"""Feature: the errors of what is heard against the words that were to be said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from vidchatbench.feature import ClipFeature, Inputs, On
from vidchatbench.types import NamedArrays
from vidchatbench_metrics.perception.asr import ASR
from vidchatbench_metrics.perception.transcript import Transcript
from vidchatbench_metrics.perception.whisper import Whisper

if TYPE_CHECKING:
    from collections.abc import Callable

Unit = Literal["words", "characters"]


class Edits(NamedTuple):
    """The fewest substitutions, deletions and insertions from what was to be said to what was heard."""

    errors: int
    length: int
    """Of what was to be said, in words or characters."""

    @property
    def rate(self) -> float:
        """Errors by length; above 1 where much is added.

        Raises:
            ZeroDivisionError: Where nothing was to be said.
        """
        return self.errors / self.length


def edits(script: str, heard: str, unit: Unit) -> Edits:
    """The edits between two texts as they are, by jiwer; a script without a word makes every unit heard an error."""
    import jiwer

    if not script.strip():
        return Edits(len(heard.split()) if unit == "words" else len(heard.strip()), 0)
    count = jiwer.process_words if unit == "words" else jiwer.process_characters
    found = count(script, heard)
    errors = found.substitutions + found.deletions + found.insertions
    return Edits(errors, found.hits + found.substitutions + found.deletions)


def pooled(of: Sequence[Edits]) -> float:
    """All errors by the length of all: long utterances weigh more."""
    return sum(one.errors for one in of) / sum(one.length for one in of)


def normalised(text: str, language: str) -> str:
    """The text as Whisper's authors compare it: the English normaliser for `en`, the basic one for the others."""
    return _normaliser("english" if language == "en" else "basic")(text)


@cache
def _normaliser(kind: Literal["english", "basic"]) -> Callable[[str], str]:
    from whisper_normalizer.basic import BasicTextNormalizer
    from whisper_normalizer.english import EnglishTextNormalizer

    found: Callable[[str], str] = EnglishTextNormalizer() if kind == "english" else BasicTextNormalizer()
    return found


@dataclass(frozen=True)
class ScriptEdits(ClipFeature):
    """What `asr` hears in a clip against the turn's `text`, both normalised by Whisper's rules for its language.

    Result: `words`, `characters` (2,) each: errors, and the script's length.
    """

    id = "text.edits"
    version = 1
    turn_fields = ("text",)
    requires = ("jiwer", "whisper_normalizer")
    extra = "paper"

    asr: ASR = field(default_factory=Whisper)

    def params(self) -> Mapping[str, str | int | float | bool]:
        """The normaliser."""
        return {"normaliser": "whisper"}

    def needs(self) -> Mapping[str, On]:
        """What is heard."""
        return {"heard": self.asr.on("clip")}

    def computation(self) -> Mapping[str, str]:
        """The packages' versions."""
        return {name: version(name) for name in ("jiwer", "whisper-normalizer")}

    def compute(self, inputs: Inputs) -> NamedArrays:
        """Count."""
        heard = Transcript.of(inputs.needs["heard"])
        language = heard.language or "en"  # of an empty transcript, which has no word in any language
        script, said = (normalised(text, language) for text in (inputs.fields["text"], heard.text))
        script = script if any(map(str.isalnum, script)) else ""  # dots alone are no script
        return {unit: np.array(edits(script, said, unit)) for unit in ("words", "characters")}
