"""`turn.event_l1`: how far the rates of stretches, pauses, gaps and overlaps are from human ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.errors import Role
from vidchatbench.metric import Card
from vidchatbench.types import Floats, NamedArrays, Reason, Sample
from vidchatbench_metrics.turn.events import Events
from vidchatbench_metrics.turn.human_rates import HumanRates, rates
from vidchatbench_metrics.turn.two_tracks import SPEAKERS, start_s

LEAST_PER_MIN = 1.0


class EventL1(HumanRates):
    """Rates of conversational events, model against human."""

    card = Card(
        id="turn.event_l1",
        version=1,
        family="turn",
        title="Event rates",
        unit="",
        range=(0.0, None),
        direction="lower",
        meaning=(
            "How far the conversations with the model are from those between people in how often somebody starts to "
            "speak, pauses, leaves a gap before the other speaks, or speaks at once with the other: the mean, over "
            "these four, of how many times more or less often, as a natural logarithm (0.7 is twice or half as "
            "often). It counts events and does not see how long they last."
        ),
        source="event statistics of dGSLM (Nguyen et al. 2023); gap and overlap as in Heldner & Edlund (2010)",
        unspecified_by_paper=(
            "1 per minute is added to each rate, so that rare events do not decide. Counted from the start of the "
            "question to the end of whichever clip ends last; events of both people, whose IPUs are closed over own "
            "silences below 0.2 s. A failed response counts as a silent one."
        ),
        responds_to=("inserted pauses", "talking over the question", "missing responses"),
        ignores=("gain", "sample rate", "mono or stereo", "picture"),
        fail_value=None,
        min_n=2,
        tolerance=0.02,
        tasks=frozenset(("dialogue", "listening", "multi_turn")),
        profiles=frozenset({"turn", "duplex"}),
        real="halves",
    )
    names = ("ipu", "pause", "gap", "overlap")

    def distances(self, model: Floats, human: Floats) -> Floats:
        """Mean absolute difference of the logarithms."""
        return np.asarray(np.abs(np.log((model + LEAST_PER_MIN) / (human + LEAST_PER_MIN))).mean(axis=1))

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """The counts of both conversations, their length, how long the events last in s (`*_s`), and the timelines."""
        self.refuse(sample, inputs)
        return {
            **self._side("response", "response", sample, inputs),
            **self._side("human", "reference", sample, inputs),
            **{f"timeline.{role}": self.speech(role, sample, inputs) for role in SPEAKERS},
            "timeline.initiator": self.initiator(sample, inputs),
        }

    def failed(self, sample: Sample, reason: Reason, inputs: Mapping[str, NamedArrays]) -> NamedArrays | None:
        """A silent response, for as long as the human conversation lasts."""
        if not {"initiator", "reference"} <= inputs.keys():
            return None
        human = self._side("human", "reference", sample, inputs)
        alone = _measure("response", Events.of(self.initiator(sample, inputs), np.zeros((0, 2))))
        return {**human, **alone, "response_min": human["human_min"]}

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """Events per minute; with `_s`, seconds per minute that they last."""
        lasting = [
            {
                f"{side}{end}": row[f"{side}{of}"]
                for side in ("response", "human")
                for end, of in (("", "_s"), ("_min",) * 2)
            }
            for row in rows
        ]
        found = dict(super().beside(rows, weights))
        for side, prefix in (("response", ""), ("human", "human_")):
            values = rates(lasting, side, weights[None])[0]
            found |= {f"{prefix}{name}_s": float(value) for name, value in zip(self.names, values, strict=True)}
        return found

    def _side(self, name: str, role: Role, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        start = start_s(role, sample)
        ends = float(inputs["initiator"]["duration_s"]), start + float(inputs[role]["duration_s"])
        minutes = (max(ends) - min(0.0, start)) / 60
        events = Events.of(self.initiator(sample, inputs), self.speech(role, sample, inputs))
        return {**_measure(name, events), f"{name}_min": np.array(minutes)}


def _measure(name: str, events: Events) -> NamedArrays:
    """How many IPUs, pauses, gaps and overlaps there are, and how long they last."""
    both = (0, 1)
    kinds = (
        [events.ipus[who] for who in both],
        [events.pauses[who] for who in both],
        [events.gaps(who) for who in both],
        [found for who in both for found in (events.within[who], events.between(who))],
    )
    lists = [np.concatenate(kind) for kind in kinds]
    return {
        name: np.array([len(found) for found in lists], np.float64),
        f"{name}_s": np.array([np.diff(found).sum() for found in lists]),
    }
