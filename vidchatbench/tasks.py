"""Tasks and protocols: `testsets/tasks.toml` and `testsets/protocols.toml`, read once. No code names one of them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, get_args

from pydantic import TypeAdapter, ValidationError

from vidchatbench._data import data_dir
from vidchatbench.errors import DataError
from vidchatbench.types import Item

Given = Literal[
    "initiator_video", "initiator_audio", "portrait", "voice", "history", "earlier_clips", "text", "description"
]
"""What a model may be given. Nothing else of an item reaches it; above all not the reference."""

INPUTS: Mapping[Given, str] = {
    "initiator_video": "the picture of the initiator's clip",
    "initiator_audio": "the sound of the initiator's clip",
    "portrait": "a picture of the responder",
    "voice": "a sample of the responder's voice",
    "history": "what both said before, as text: before the item, and in its earlier turns",
    "earlier_clips": "of the item's earlier turns: the clips of the initiator and of the real responder",
    "text": "the words to say",
    "description": "a description of what the responder does and of the scene, as text",
}

T = TypeVar("T")
_STRICT = {"extra": "forbid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskInfo:
    """A task: what a model is given, and what it must answer."""

    __pydantic_config__ = _STRICT
    title: str
    gives: tuple[Given, ...]
    """Under every protocol; what an item lacks is not given."""
    answers: str
    speaks: bool
    """Whether the responder speaks: an answer without sound is then a failure."""
    several_turns: bool
    """Whether an item may have more than one turn."""
    beside_question: bool
    """Whether the answer runs from the start of the initiator's clip; else it begins when that clip ends."""
    without: Mapping[str, str] = field(default_factory=dict)
    """By metric family: why it says nothing about this task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolInfo:
    """A protocol: what a model is given beside the inputs of its task."""

    __pydantic_config__ = _STRICT
    title: str
    gives: tuple[Given, ...]
    description: str


def given(task: str, protocol: str) -> tuple[Given, ...]:
    """What a model is given of an item of this task under this protocol, in a fixed order."""
    both = {*TASKS[task].gives, *PROTOCOLS[protocol].gives}
    return tuple(name for name in get_args(Given) if name in both)


def has(item: Item, turn: int, name: Given) -> bool:
    """Whether an item has an input for this turn."""
    optional = {
        "voice": item.voice is not None,
        "history": bool(item.history) or turn > 0,
        "earlier_clips": turn > 0,
        "text": bool(item.turns[turn].text),
        "description": bool(item.turns[turn].description),
    }
    return optional.get(name, True)


def _read(name: str, kind: type[T]) -> Mapping[str, T]:
    path = data_dir("testsets") / name
    try:
        found: Any = tomllib.loads(path.read_text(encoding="utf-8"))
        return TypeAdapter(dict[str, kind]).validate_python(found)  # type: ignore[valid-type]
    except ValidationError as error:
        raise DataError(str(error), where=path, remedy="install vidchatbench again") from error
    except (OSError, ValueError) as error:
        raise DataError(f"cannot be read as TOML: {error}", where=path, remedy="install vidchatbench again") from error


TASKS: Mapping[str, TaskInfo] = _read("tasks.toml", TaskInfo)
PROTOCOLS: Mapping[str, ProtocolInfo] = _read("protocols.toml", ProtocolInfo)
