"""Metric: `voice.sim_o`, whether the model answers in the responder's own voice."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vidchatbench.feature import On
from vidchatbench.metric import SPOKEN, Card, MeanMetric
from vidchatbench.types import Array, NamedArrays, Sample
from vidchatbench_metrics.perception.speech import Speech, need_speech
from vidchatbench_metrics.voice.speaker import Speaker


class SimO(MeanMetric):
    """Cosine between the voices of response and reference, higher is more the same speaker."""

    card = Card(
        id="voice.sim_o",
        version=1,
        family="voice",
        title="Voice similarity (SIM-o)",
        unit="",
        range=(-1.0, 1.0),
        direction="higher",
        meaning=(
            "Whether the model answers in the real responder's voice: 1 is the same, about 0 another person; copies by "
            "good cloning have about 0.6 to 0.8. It hears the channel too: noise, echo or another microphone lower it, "
            "and replies of less than 2 s scatter. It says nothing about what is said, or how naturally."
        ),
        source=(
            "SIM-o of VALL-E (arXiv:2301.02111) and Voicebox (arXiv:2306.15687), as in seed-tts-eval: cosine of "
            "WavLM-large with ECAPA-TDNN (microsoft/UniSpeech, wavlm_large_finetune.pth)."
        ),
        unspecified_by_paper=(
            "The reference is the real responder's own clip (o: original sound, not re-coded), never the initiator's. "
            "The whole sound of both clips, without VAD, mixed to mono and brought to 16 kHz. A reply with less than "
            "0.3 s of speech has no voice and counts as -1, as do missing ones."
        ),
        responds_to=("another voice", "noise", "silence"),
        ignores=("picture", "mono or stereo", "re-muxing"),
        fail_value=-1.0,
        tolerance=0.001,
        tasks=SPOKEN,
        profiles=frozenset({"paper"}),
        real="none",
        licence="weights: CC BY-SA 3.0 (microsoft/UniSpeech)",
    )

    def needs(self) -> Mapping[str, On]:
        """Both voices, and whether somebody speaks."""
        return {
            "response": Speaker().on("response"),
            "reference": Speaker().on("reference"),
            "response_speech": Speech().on("response"),
            "reference_speech": Speech().on("reference"),
        }

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`value`: the cosine; the timelines of both."""
        need_speech(inputs["reference_speech"], role="reference")
        need_speech(inputs["response_speech"])
        return {
            "value": np.array(cosine(inputs["response"]["embedding"], inputs["reference"]["embedding"])),
            "timeline.response": inputs["response_speech"]["segments"] + sample.start_s,
            "timeline.reference": inputs["reference_speech"]["segments"] + sample.turn.reference_start_s,
        }


def cosine(a: Array, b: Array) -> float:
    """Cosine of the angle between two vectors, -1 to 1."""
    x, y = a.astype(np.float64), b.astype(np.float64)
    return float(np.clip(x @ y / (np.linalg.norm(x) * np.linalg.norm(y)), -1, 1))
