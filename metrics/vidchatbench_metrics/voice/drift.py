"""Metric: `voice.drift`, whether the voice stays one speaker's from turn to turn."""

from __future__ import annotations

from collections.abc import Mapping

from vidchatbench.feature import On
from vidchatbench.metric import Card
from vidchatbench.types import Floats, NamedArrays, Sample
from vidchatbench_metrics.perception.speech import Speech, need_speech
from vidchatbench_metrics.turn_drift import WORST, TurnDrift
from vidchatbench_metrics.voice.sim_o import SimO, cosine
from vidchatbench_metrics.voice.speaker import Speaker


class VoiceDrift(TurnDrift):
    """Mean cosine distance of later turns' voices from the first turn's, lower is more the same speaker."""

    card = Card(
        id="voice.drift",
        version=1,
        family="voice",
        title="Voice drift",
        unit="",
        range=(0.0, WORST),
        direction="lower",
        meaning=(
            "Whether one speaker speaks through a conversation: 1 less the cosine of every later turn's voice with "
            "that of the first, averaged over turns. 0 is the same voice, about 1 another person; the real responders' "
            "own value stands beside it. It hears noise and echo that change, too, and says nothing about whose voice "
            "it is: read it beside voice.sim_o. A turn without speech, missing or not, counts 1, and without the first "
            "turn all of its item do."
        ),
        source=SimO.card.source,
        unspecified_by_paper=(
            "Network, the whole sound and the least speech (0.3 s) as in voice.sim_o. The first turn is the first in "
            "which the real responder speaks. Beside it: the mean at each later turn (t1, t2, ...), how it grows from "
            "turn to turn (slope), and the comparisons lost to failed turns (lost, %)."
        ),
        responds_to=("another voice in a later turn", "a voice that changes from turn to turn", "missing responses"),
        ignores=("picture", "mono or stereo", "re-muxing", "gain", "the same wrong voice in every turn"),
        fail_value=WORST,
        tolerance=0.001,
        tasks=frozenset(("multi_turn",)),
        profiles=frozenset({"multi_turn"}),
        real="same_item",
        licence=SimO.card.licence,
    )

    def needs(self) -> Mapping[str, On]:
        """The response's voice, and whether somebody speaks in it and in the reference."""
        return {
            "response": Speaker().on("response"),
            "response_speech": Speech().on("response"),
            "reference_speech": Speech().on("reference"),
        }

    def measured(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`embedding` (256,): the voice."""
        need_speech(inputs["reference_speech"], role="reference")
        need_speech(inputs["response_speech"])
        return {"embedding": inputs["response"]["embedding"]}

    def distance(self, later: Floats, first: Floats) -> float:
        """1 less the cosine."""
        return 1 - cosine(later, first)
