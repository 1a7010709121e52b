"""Reads script.toml: who says what to whom, and when."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from people import PEOPLE, Person
from pydantic import BaseModel, ConfigDict

GRADES = (1.0, 0.8, 0.6, 0.4, 0.2)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Line(_Strict):
    """One turn: a question, and the reply in two takes. Listening turns have no reply."""

    ask: str
    reply: str = ""
    offset_s: float = 0.0
    faithful: str = ""
    faithful_offset_s: float = 0.0
    candidates: tuple[str, ...] = ()
    backchannel: str = ""
    backchannel_s: float = 0.0


class Scene(_Strict):
    """One item of the test set."""

    id: str
    initiator: str
    responder: str
    video: str
    framing: Literal["head", "half"]
    nods_s: tuple[float, ...] = ()
    history: tuple[tuple[Literal["initiator", "responder"], str], ...] = ()
    turn: tuple[Line, ...]

    @property
    def listening(self) -> bool:
        """Whether the responder only listens."""
        return not self.turn[0].reply

    @property
    def asker(self) -> Person:
        """The initiator's looks and voice."""
        return PEOPLE[self.initiator]

    @property
    def answerer(self) -> Person:
        """The responder's looks and voice."""
        return PEOPLE[self.responder]

    def stem(self, turn: int) -> str:
        """How files of a turn are named: `m01`, `m01.t1`."""
        return self.id + (f".t{turn}" if turn else "")


def scenes() -> list[Scene]:
    """All items, in order."""
    with (Path(__file__).parent / "script.toml").open("rb") as file:
        return [Scene.model_validate(entry) for entry in tomllib.load(file)["item"]]
