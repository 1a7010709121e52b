"""What metrics of two people's tracks have in common: the tracks, and when they say nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.errors import Role, Unscored
from vidchatbench.feature import On
from vidchatbench.metric import Metric
from vidchatbench.types import Floats, NamedArrays, Sample
from vidchatbench_metrics.perception.cross_talk import MIXED, CrossTalk
from vidchatbench_metrics.perception.speech import Speech
from vidchatbench_metrics.turn.timeline import until

SPEAKERS: tuple[Role, Role] = ("reference", "response")


class TwoTracks(Metric):
    """A metric of the initiator's track and a responder's track on one clock.

    A clip in which the initiator is heard as well (a mono mix of both, bleed, an echo) has no track of its own: a
    reference like that excludes the sample, a response like that fails (`mono_mix`).
    """

    def needs(self) -> Mapping[str, On]:
        """Speech of all three, and how much of the initiator is heard in the two replies."""
        speech = {role: Speech().on(role) for role in ("response", "reference", "initiator")}
        return speech | {f"{role}_mix": CrossTalk().on(role, "initiator") for role in SPEAKERS}

    def refuse(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> None:
        """Raise Unscored where a track is missing: nobody asks, or a reply's sound is a mix; the reference first."""
        if not len(self.initiator(sample, inputs)):
            raise Unscored("no_speech", "nobody speaks in the initiator's clip", role="initiator")
        for role in SPEAKERS:
            heard = float(inputs[f"{role}_mix"]["correlation"])
            if heard >= MIXED:
                detail = f"the initiator is heard in the {role}'s sound (correlation {heard:.2f}): not one track each"
                raise Unscored("mono_mix", detail, role=role)

    def initiator(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> Floats:
        """The initiator's speech (k, 2) in s, up to the end that the test set names."""
        return until(inputs["initiator"]["segments"], sample.turn.initiator_speech_end_s)

    def speech(self, role: Role, sample: Sample, inputs: Mapping[str, NamedArrays]) -> Floats:
        """A responder's speech (k, 2) in s on the turn's timeline."""
        return np.asarray(inputs[role]["segments"] + start_s(role, sample))


def start_s(role: Role, sample: Sample) -> float:
    """When a responder's media begins on the turn's timeline."""
    return sample.start_s if role == "response" else sample.turn.reference_start_s


def beside_question(sample: Sample) -> NamedArrays:
    """`duplex`: 1 where the response's media runs from the question's start on, 0 where it answers afterwards."""
    return {"duplex": np.array(float(sample.start_s <= 0))}


def require_reference_beside_question(sample: Sample) -> None:
    """Raise Unscored where it is not known what the real responder does during the question."""
    begins = sample.turn.reference_start_s
    if begins > 0:
        detail = (
            f"the real reply's clip begins {begins:g} s into the question: what its speaker did before is not known"
        )
        raise Unscored("too_short", detail, role="reference")


def require_duplex(rows: Sequence[NamedArrays]) -> None:
    """Raise Unscored where no response ran beside its question: there is no value then, and not a good or bad one."""
    if not any(float(row["duplex"]) for row in rows):
        raise Unscored("missing", "no response runs beside its question (its manifest says start_s 0 where it does)")
