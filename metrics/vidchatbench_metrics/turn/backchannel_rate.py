"""`turn.bc_rate`: how far the number of backchannels is from people's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.metric import Card
from vidchatbench.types import Floats, NamedArrays, Reason, Sample
from vidchatbench_metrics.turn.events import Events
from vidchatbench_metrics.turn.human_rates import HumanRates
from vidchatbench_metrics.turn.two_tracks import (
    SPEAKERS,
    beside_question,
    require_duplex,
    require_reference_beside_question,
)


class BackchannelRate(HumanRates):
    """Backchannels per minute of the partner's speech, model against human."""

    card = Card(
        id="turn.bc_rate",
        version=1,
        family="turn",
        title="Backchannel rate",
        unit="/min",
        range=(0.0, None),
        direction="lower",
        meaning=(
            "How far the model is from people in how often it says something brief ('mm', 'yeah') while its partner "
            "holds the floor, per minute of the partner's speech. Too many count like too few; 0 is people's rate. "
            "Only for responses that run beside the question; nods are not heard."
        ),
        source="event rules of VAP (Ekstedt & Skantze 2022)",
        unspecified_by_paper=(
            "A backchannel lasts 1.0 s at most, with 1.0 s of own silence on both sides, while the partner speaks "
            "within 1.0 s before and after it; the limit of two words is left out, since it needs a transcript. The "
            "edges of a clip count as silence. A failed response counts as a silent one."
        ),
        responds_to=("removed backchannels", "added backchannels", "missing responses"),
        ignores=("gain", "sample rate", "mono or stereo", "picture"),
        fail_value=None,
        min_n=2,
        tolerance=0.1,
        tasks=frozenset(("dialogue", "listening", "multi_turn")),
        profiles=frozenset({"duplex"}),
        real="halves",
    )
    names = ("per_min",)

    def distances(self, model: Floats, human: Floats) -> Floats:
        """How far the rates are apart."""
        return np.abs(model - human)[:, 0]

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """The numbers of backchannels, the minutes of the initiator's speech, and the timelines."""
        require_reference_beside_question(sample)
        self.refuse(sample, inputs)
        initiator = self.initiator(sample, inputs)
        speech = {role: self.speech(role, sample, inputs) for role in SPEAKERS}
        heard = {role: Events.of(initiator, speech[role]).backchannels(1) for role in SPEAKERS}
        return {
            **_row(initiator, len(heard["response"]), len(heard["reference"])),
            **beside_question(sample),
            **{f"timeline.{role}": track for role, track in speech.items()},
            "timeline.initiator": initiator,
            **({"timeline.backchannels": heard["response"]} if len(heard["response"]) else {}),
        }

    def failed(self, sample: Sample, reason: Reason, inputs: Mapping[str, NamedArrays]) -> NamedArrays | None:
        """A silent response."""
        if not {"initiator", "reference"} <= inputs.keys():
            return None
        initiator = self.initiator(sample, inputs)
        human = Events.of(initiator, self.speech("reference", sample, inputs)).backchannels(1)
        return {**_row(initiator, 0, len(human)), "duplex": np.array(0.0)}

    def total(self, rows: Sequence[NamedArrays], weights: Floats) -> float:
        """The distance over all rows."""
        require_duplex(rows)
        return super().total(rows, weights)


def _row(initiator: Floats, model: int, human: int) -> NamedArrays:
    minutes = np.diff(initiator).sum() / 60
    counts = {"response": np.array([model], np.float64), "human": np.array([human], np.float64)}
    return {**counts, "response_min": np.array(minutes), "human_min": np.array(minutes)}
