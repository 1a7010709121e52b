"""`audio.bleed`: how much of the initiator's voice is in the reply's sound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.feature import On
from vidchatbench.metric import Card, MeanMetric
from vidchatbench.types import Floats, NamedArrays, Sample
from vidchatbench_metrics.audio.echo import Echo
from vidchatbench_metrics.perception.speech import Speech, need_speech

NONE_DB = -25.0
_CHANCE = 0.09
"""Times 1 / sqrt(s): just above what unrelated speech reaches, which has been 0.077."""


class Bleed(MeanMetric):
    """Level of the initiator's sound in the response."""

    card = Card(
        id="audio.bleed",
        version=1,
        family="audio",
        title="Bleed of the initiator",
        unit="dB",
        range=(NONE_DB, 0.0),
        direction="lower",
        meaning=(
            "Whether the question is heard again in the answer: how far the initiator's own recording, at any delay, "
            "is below the whole of the response's sound. 0 dB is nothing else, -25 dB is the limit of what is found "
            "and stands for none. It follows the waveform: an answer in the same words or the same voice is no bleed."
        ),
        source="VidChatBench; generalised cross-correlation (Knapp and Carter 1976) on flattened spectra",
        unspecified_by_paper=(
            "20 log10 of the highest normalised cross-correlation at 16 kHz mono, 100 Hz to 7 kHz, over the whole of "
            "both clips: a second of bleed in ten of reply counts 10 dB less. Below -25 dB, or 0.09 / sqrt(seconds of "
            "the shorter clip) where that is more, it is chance and counts as -25 dB. A reply with less than 0.3 s of "
            "speech counts as 0 dB."
        ),
        responds_to=("the initiator's sound mixed in", "the question played back", "silence"),
        ignores=("gain", "delay", "the reply itself", "mono or stereo", "picture"),
        fail_value=0.0,
        tolerance=0.1,
        tasks=frozenset(("dialogue", "multi_turn")),
        profiles=frozenset({"bundled"}),
        real="same_item",
    )

    def needs(self) -> Mapping[str, On]:
        """The response against the initiator, and whether anybody speaks in either."""
        return {
            "echo": Echo().on("response", "initiator"),
            "response": Speech().on("response"),
            "initiator": Speech().on("initiator"),
        }

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`value`: the level in dB; `heard`: 1 where there is any; then also `delay_s`, from when it was said."""
        need_speech(inputs["initiator"], role="initiator")
        need_speech(inputs["response"])
        echo = inputs["echo"]
        correlation = float(echo["correlation"])
        least = max(10 ** (NONE_DB / 20), _CHANCE / np.sqrt(float(echo["shorter_s"])))
        if correlation < least:
            return {"value": np.array(NONE_DB), "heard": np.array(0.0)}
        delay = sample.start_s + float(echo["delay_s"])
        return {"value": np.array(20 * np.log10(correlation)), "heard": np.array(1.0), "delay_s": np.array(delay)}

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """Share in % of the responses with any bleed, among those that could be measured."""
        heard = [(float(row["heard"]), w) for row, w in zip(rows, weights, strict=True) if "heard" in row and w > 0]
        if not heard:
            return {}
        shares, counts = np.array(heard).T
        return {"heard": 100 * float(np.average(shares, weights=counts))}
