"""The values that travel through the house. Plain frozen dataclasses; pydantic validates them at the file edge."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vidchatbench.errors import ReasonCode, Role

Task = Literal["dialogue", "single", "listening", "multi_turn"]
Protocol = Literal["dyadic", "conditioned"]
"""Whether the model hears and sees the initiator and answers freely, or is given the words to say."""
Array = NDArray[Any]
Floats = NDArray[np.float64]
NamedArrays = Mapping[str, Array]
"""What a feature or an item statistic is: arrays by name. Scalars are arrays of shape ()."""

_STRICT = {"extra": "forbid", "allow_inf_nan": False}


def _unknown() -> float:
    return math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """What is measured in the model's replies and in people's where a number is a distance between distributions."""

    __pydantic_config__ = _STRICT
    name: str
    """In a few words: `start of the reply after the end of the question`."""
    unit: str
    """Of its values; the distance may have another."""
    scale: Literal["linear", "log"] = "linear"
    """The scale on which the distance is taken, and both distributions are drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One of the five graded candidate replies of a turn."""

    __pydantic_config__ = _STRICT
    grade: float
    """0.2, 0.4, 0.6, 0.8 or 1.0; higher is a better reply."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """Something said before the item begins, as text."""

    __pydantic_config__ = _STRICT
    speaker: Literal["initiator", "responder"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One question and the real answer. Times are seconds on the turn's timeline: 0 is the initiator clip's start."""

    __pydantic_config__ = _STRICT
    initiator: str
    """The initiator's clip, a path inside the test set's folder."""
    reference: str
    """The real responder's clip, a path inside the test set's folder."""
    initiator_speech_end_s: float = field(default_factory=_unknown)
    """End of the initiator's last speech; never recomputed. `items.jsonl` may leave it and the next to the lock; where
    neither knows them they are NaN, and nothing is scored (`testset.timeline.need_timeline`)."""
    reference_start_s: float = field(default_factory=_unknown)
    """When the real responder's clip begins on the timeline (negative where both were filmed together earlier)."""
    initiator_text: str = ""
    text: str = ""
    """What the real responder says; the target text of the conditioned protocol."""
    candidates: tuple[Candidate, ...] = ()
    subject_box: tuple[float, float, float, float] | None = None
    """Left, top, right, bottom of the responder's face in the reference, as shares of width and height; given where
    more than one face is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question put to a model; a multi-turn item has several turns. One line of `items.jsonl`."""

    __pydantic_config__ = _STRICT
    item_id: str
    task: Task
    turns: tuple[Turn, ...]
    portrait: str
    """Picture of the responder that the model is given; a path inside the test set's folder."""
    voice: str | None = None
    """Voice sample of the responder that the model is given."""
    history: tuple[Utterance, ...] = ()
    source_video: str
    """The cluster for statistics: items cut from one video are not independent."""
    slices: Mapping[str, str] = field(default_factory=dict)
    """Named groups for reporting, such as framing or length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleKey:
    """Names one answer: which item, which turn of it, which seed. Sorts in the order of every table and file."""

    item_id: str
    turn: int = 0
    seed: int = 0

    def __str__(self) -> str:
        """The file stem that names this answer: `d01`, `m01.t1`, `d01.s2`."""
        return self.item_id + (f".t{self.turn}" if self.turn else "") + (f".s{self.seed}" if self.seed else "")

    @property
    def place(self) -> tuple[str, int]:
        """The item and turn, whatever the seed."""
        return (self.item_id, self.turn)

    @property
    def order(self) -> tuple[str, int, int]:
        """The sort key."""
        return (self.item_id, self.turn, self.seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a metric is told about one answer: the item, the turn, and when the answer's media begins."""

    key: SampleKey
    item: Item
    start_s: float
    """When the response media begins on the turn's timeline, in seconds."""

    @property
    def turn(self) -> Turn:
        """The turn that this sample answers."""
        return self.item.turns[self.key.turn]


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One answer in an outputs folder: the video, its sound if that is a file of its own, and its declared start."""

    key: SampleKey
    video: Path
    audio: Path | None = None
    start_s: float | None = None
    transcript: str | None = None
    """What the model says that it said: kept with the results, never scored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why something has no value, for people and for counting."""

    code: ReasonCode
    detail: str
    role: Role = "response"
    remedy: str | None = None
    """What to do about it, where that is known."""
