"""`turn.response_rate`: the share of questions that are answered in time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vidchatbench.errors import Unscored
from vidchatbench.feature import On
from vidchatbench.metric import Card, MeanMetric
from vidchatbench.types import NamedArrays, Sample
from vidchatbench_metrics.perception.speech import Speech
from vidchatbench_metrics.turn.timeline import responds


class ResponseRate(MeanMetric):
    """Share of items with a reply that takes the floor in time."""

    card = Card(
        id="turn.response_rate",
        version=1,
        family="turn",
        title="Response rate",
        unit="%",
        range=(0.0, 100.0),
        direction="higher",
        meaning=(
            "Share of items in which the model starts a reply that takes the floor (speech spanning 1.0 s or more) "
            "no earlier than 1 s before the end of the question and no later than 5 s after it. It does not say "
            "whether the moment was a good one: see turn.fto_w1."
        ),
        source="take-over rate of Full-Duplex-Bench (Lin et al. 2025), with a window on both sides",
        unspecified_by_paper=(
            "Speech is joined over own silences below 1.0 s before it is measured; the alternative of more than "
            "three words is left out, since it needs a transcript. So a whole reply shorter than 1 s counts as none."
        ),
        responds_to=("missing responses", "silence", "delay beyond 5 s", "talking over the question"),
        ignores=("gain", "sample rate", "mono or stereo", "picture", "delay within the window"),
        fail_value=0.0,
        tolerance=0.5,
        tasks=frozenset(("dialogue", "multi_turn")),
        profiles=frozenset({"bundled", "turn"}),
        real="same_item",
    )

    def needs(self) -> Mapping[str, On]:
        """Speech of all three; the initiator's is for the timeline only, since E comes from the test set."""
        return {role: Speech().on(role) for role in ("response", "reference", "initiator")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`value`: 100 or 0; the timelines of the three."""
        turn = sample.turn
        starts = {"response": sample.start_s, "reference": turn.reference_start_s, "initiator": 0.0}
        speech = {role: inputs[role]["segments"] + start for role, start in starts.items()}
        if not len(speech["reference"]):
            raise Unscored("no_speech", "nobody speaks in the reference", role="reference")
        answered = responds(speech["response"], turn.initiator_speech_end_s)
        return {
            "value": np.array(100.0 if answered else 0.0),
            **{f"timeline.{role}": segments for role, segments in speech.items()},
        }
