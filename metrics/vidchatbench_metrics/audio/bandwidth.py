"""`audio.bandwidth`: how high the reply's sound reaches."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vidchatbench.feature import On
from vidchatbench.metric import SPOKEN, Card, MeanMetric
from vidchatbench.types import NamedArrays, Sample
from vidchatbench_metrics.audio.spectrum import BAND_HZ, Spectrum
from vidchatbench_metrics.perception.speech import Speech, need_speech

HIGHEST_KHZ = 20.0


class Bandwidth(MeanMetric):
    """Highest frequency that is there."""

    card = Card(
        id="audio.bandwidth",
        version=1,
        family="audio",
        title="Bandwidth",
        unit="kHz",
        range=(0.0, HIGHEST_KHZ),
        direction="higher",
        meaning=(
            "Up to which frequency the reply has sound: a telephone has 3.4 kHz, 16 kHz files at most 8, 48 kHz ones "
            "up to 20. The sample rate of the file does not count: a voice generated at 16 kHz and resampled to 44.1 "
            "has 8. More than the real replies have is no merit, so read it beside theirs; white noise has all of it."
        ),
        source="VidChatBench; the highest band within 60 dB of the loudest, as in audits of upsampled audio",
        unspecified_by_paper=(
            "Bands of 250 Hz, each at the 95th percentile over windows of 32 ms; capped at 20 kHz, the limit of "
            "hearing. A reply with less than 0.3 s of speech counts as 0."
        ),
        responds_to=("low-pass filter", "low sample rate", "silence"),
        ignores=("gain", "mono or stereo", "a higher sample rate of the same sound", "picture"),
        fail_value=0.0,
        tolerance=BAND_HZ / 1000,
        tasks=SPOKEN,
        profiles=frozenset({"bundled"}),
        real="same_item",
    )

    def needs(self) -> Mapping[str, On]:
        """The response's band, and whether somebody speaks."""
        return {"spectrum": Spectrum().on("response"), "speech": Speech().on("response")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`value`: the upper end in kHz."""
        need_speech(inputs["speech"])
        return {"value": np.minimum(inputs["spectrum"]["khz"], HIGHEST_KHZ)}
