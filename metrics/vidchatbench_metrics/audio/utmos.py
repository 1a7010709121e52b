"""`audio.utmos`: how natural the reply sounds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vidchatbench.feature import On
from vidchatbench.metric import SPOKEN, Card, MeanMetric
from vidchatbench.types import NamedArrays, Sample
from vidchatbench_metrics.audio.naturalness import Naturalness
from vidchatbench_metrics.perception.speech import Speech, need_speech

WORST, BEST = 1.0, 5.0


class Utmos(MeanMetric):
    """Predicted mean opinion of the speech's naturalness."""

    card = Card(
        id="audio.utmos",
        version=1,
        family="audio",
        title="UTMOS",
        unit="",
        range=(WORST, BEST),
        direction="higher",
        meaning=(
            "How natural the speech sounds, as a network predicts the mean opinion of listeners: 1 is bad, 5 is "
            "excellent; good studio speech has about 4. It was trained on clean, read, mostly English synthesis: real "
            "conversation in a room scores lower than good synthesis, so read it beside the real replies."
        ),
        source="UTMOS (Saeki et al., Interspeech 2022, arXiv:2204.02152), strong learner; tarepan/SpeechMOS",
        unspecified_by_paper=(
            "The whole sound, pauses included, mixed to mono and brought to 16 kHz. A reply with less than 0.3 s of "
            "speech counts as 1. Scores are limited to 1 to 5."
        ),
        responds_to=("noise", "distortion", "silence"),
        ignores=("picture", "mono or stereo", "re-muxing"),
        fail_value=WORST,
        tolerance=0.01,
        tasks=SPOKEN,
        real="same_item",
        licence="weights: MIT (tarepan/SpeechMOS, from sarulab-speech/UTMOS22)",
    )

    def needs(self) -> Mapping[str, On]:
        """The score, and whether somebody speaks."""
        return {"utmos": Naturalness().on("response"), "speech": Speech().on("response")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`value`: the score of the reply, limited to 1 to 5."""
        need_speech(inputs["speech"])
        return {"value": np.clip(inputs["utmos"]["mos"], WORST, BEST)}
