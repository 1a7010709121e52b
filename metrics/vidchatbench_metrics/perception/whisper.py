"""Feature: Whisper's transcript of a clip."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from vidchatbench.errors import NotReady
from vidchatbench.types import Array
from vidchatbench.weights import WeightsFile, WeightsFolder
from vidchatbench_metrics.perception.asr import ASR
from vidchatbench_metrics.perception.transcript import Transcript
from vidchatbench_metrics.weights import WEIGHTS

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

REVISIONS = {"large-v3": "edaa852e"}
"""The published conversions that the catalogue knows, and the commit each was taken from."""
_FILES = {
    "config": "config.json",
    "model": "model.bin",
    "preprocessor": "preprocessor_config.json",
    "tokenizer": "tokenizer.json",
    "vocabulary": "vocabulary.json",
}
_BEAM = 5


RECOGNISED = "recognised"


def _model() -> str:
    return os.environ.get("VIDCHATBENCH_WHISPER", "large-v3")


def _language() -> str:
    return os.environ.get("VIDCHATBENCH_LANGUAGE", "en")


@dataclass(frozen=True)
class Whisper(ASR):
    """Whisper by faster-whisper: beam 5, temperature 0 alone, no conditioning on previous text, float32, word times.

    `model` is a published one by name, or the path of a folder in faster-whisper's format; by default what
    `VIDCHATBENCH_WHISPER` says, else large-v3. Signatures carry the content's digest, never the path. `language` is
    forced (ISO 639-1), or `recognised` and recorded with the transcript; by default what `VIDCHATBENCH_LANGUAGE` says,
    else English.
    """

    id = "speech.whisper"
    version = 1
    requires = ("faster_whisper",)
    extra = "bundled"

    model: str = field(default_factory=_model)
    language: str = field(default_factory=_language)
    _device: ClassVar[str] = "cpu"
    _loaded: ClassVar[WhisperModel | None] = None

    @property
    def _folder(self) -> WeightsFolder | None:
        """The local folder, where `model` is none of the known names."""
        if self.model in REVISIONS:
            return None
        hint = f"VIDCHATBENCH_WHISPER is {' or '.join(REVISIONS)}, or the folder of a model in faster-whisper's format"
        return WeightsFolder(Path(self.model).expanduser(), (*list(_FILES.values())[:2], "tokenizer.json"), hint)

    def params(self) -> Mapping[str, str | int | float | bool]:
        """The model and its revision, the language, and how it is searched."""
        return {
            **super().params(),
            "model": "local" if self._folder else self.model,
            "revision": "none" if self._folder else REVISIONS[self.model],
            "language": self.language,
            "beam": _BEAM,
            "temperature": 0,
            "previous_text": False,
        }

    def weights(self) -> Mapping[str, WeightsFile]:
        """The five files of a published model, or the folder."""
        if self._folder:
            return {"folder": self._folder}
        return {name: WEIGHTS[f"whisper-{self.model}-{name}"] for name in _FILES}

    def place(self, device: str) -> None:
        """Note the device."""
        object.__setattr__(self, "_device", device)  # features are frozen: what defines the number never changes

    def computation(self) -> Mapping[str, str]:
        """The versions of faster-whisper and of its engine, the device, fp32."""
        versions = {name: version(name) for name in ("faster-whisper", "ctranslate2")}
        return {**versions, "device": self._device, "precision": "fp32", "threads": "1"}

    def setup(self) -> None:
        """Load the model.

        Raises:
            NotReady: Where its files are absent, not the known ones, no Whisper model, or one without the language.
        """
        from faster_whisper import WhisperModel

        if self._loaded is not None:
            return
        files = self._paths()
        kind, _, index = self._device.partition(":")
        try:
            with TemporaryDirectory() as folder:  # faster-whisper wants one, with these names; 3 GB are not copied
                for name, path in files.items():
                    (Path(folder) / name).symlink_to(path.resolve())
                model = WhisperModel(
                    folder, device=kind, device_index=int(index or 0), compute_type="float32", cpu_threads=1
                )
        except (RuntimeError, ValueError) as error:
            raise NotReady(f"cannot be loaded as a Whisper model: {error}", where=files["model.bin"]) from error
        if self.language not in (RECOGNISED, *model.supported_languages):
            knows = ", ".join(model.supported_languages)
            raise NotReady(
                f"this model has no language {self.language!r}",
                where=files["model.bin"],
                remedy=f"VIDCHATBENCH_LANGUAGE is {RECOGNISED} or one of {knows}",
            )
        object.__setattr__(self, "_loaded", model)

    def _paths(self) -> dict[str, Path]:
        """The model's verified files, by the names that faster-whisper knows."""
        if self._folder:
            self._folder.verified()
            return {path.name: path for path in self._folder.contents()}
        return {_FILES[name]: file.verified() for name, file in self.weights().items()}

    def recognise(self, samples: Array) -> Transcript:
        """What is said in sound: float32, mono, 16 kHz, full scale 1."""
        assert self._loaded is not None, "setup() comes first"
        segments, info = self._loaded.transcribe(
            np.ascontiguousarray(samples, np.float32),
            language=None if self.language == RECOGNISED else self.language,
            beam_size=_BEAM,
            temperature=0.0,
            condition_on_previous_text=False,
            word_timestamps=True,
        )
        said = list(segments)
        words = [word for segment in said for word in segment.words or ()]
        return Transcript(
            text=" ".join(segment.text.strip() for segment in said).strip(),
            words=tuple(word.word.strip() for word in words),
            times=np.array([(word.start, word.end) for word in words], np.float64).reshape(-1, 2),
            language=info.language,
        )
