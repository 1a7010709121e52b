"""Feature: what is said in a clip, as a recogniser hears it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

from vidchatbench.feature import ClipFeature, Inputs, On
from vidchatbench.types import Array, NamedArrays
from vidchatbench_metrics.perception.speech import Speech
from vidchatbench_metrics.perception.transcript import Transcript
from vidchatbench_metrics.perception.vad import RATE

LEAST_SPEECH_S = 0.3
"""Below it nothing is transcribed: recognisers invent sentences for silence, noise and music."""


class ASR(ClipFeature):
    """A speech recogniser behind a gate: with less than 0.3 s of speech (`speech.silero`) the transcript is empty.

    Only sound is heard: a transcript that comes with the outputs is never read here.

    Result: that of `Transcript.arrays`. Raises MediaError (no_audio) where there is no sound track.
    """

    def params(self) -> Mapping[str, str | int | float | bool]:
        """The gate."""
        return {"least_speech_s": LEAST_SPEECH_S}

    def needs(self) -> Mapping[str, On]:
        """When somebody speaks."""
        return {"speech": Speech().on("clip")}

    def compute(self, inputs: Inputs) -> NamedArrays:
        """Transcribe the clip."""
        if inputs.needs["speech"]["speech_s"] < LEAST_SPEECH_S:
            return Transcript().arrays()
        return self.recognise(inputs.clips["clip"].audio(RATE)).arrays()

    @abstractmethod
    def recognise(self, samples: Array) -> Transcript:
        """What is said in sound: float32, mono, 16 kHz, full scale 1."""
