"""`@vcb.responder`: what makes a function an adapter, and what it must say about the model."""

from __future__ import annotations

import functools
import inspect
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args

from vidchatbench.errors import UsageError
from vidchatbench.tasks import TASKS
from vidchatbench.types import Task

F = TypeVar("F", bound=Callable[..., Any])
Need = Literal["video", "audio", "portrait", "voice"]
"""What of an item a model looks at."""
History = Literal["gt", "self"]
"""What stands in `item.history` for earlier turns of the same item: the real replies, or the model's own."""
Mode = Literal["offline", "streaming"]
"""Whether the model is given the whole question at once, or as time goes on."""
MARK = "__vidchatbench_responder__"
"""The attribute by which a decorated function is known."""
_ID = re.compile(r"[\w.+-]+(/[\w.+-]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Responder:
    """What an adapter says about its model; a leaderboard shows it."""

    id: str
    revision: str | None
    tasks: tuple[Task, ...]
    needs: tuple[Need, ...]
    license: str | None
    training_data: tuple[str, ...] | None
    """None where it is not said, which is not the same as none."""
    network: bool
    history: History
    timeout_s: float
    deterministic: bool
    mode: Mode = "offline"
    chunk_s: float = 0.04
    batch_size: int = 1

    @property
    def argument(self) -> str:
        """What the function calls its question: `item`, or `items` where it takes several."""
        return "item" if self.batch_size == 1 else "items"


def responder(
    *,
    id: str,
    revision: str | None = None,
    tasks: Iterable[Task] = tuple(TASKS),
    needs: Iterable[Need] = get_args(Need),
    license: str | None = None,
    training_data: Iterable[str] | None = None,
    network: bool = False,
    history: History = "gt",
    timeout_s: float = 600.0,
    deterministic: bool = False,
    mode: Mode = "offline",
    chunk_s: float = 0.04,
    batch_size: int = 1,
) -> Callable[[F], F]:
    """Make a function an adapter: `respond(item)`, or `respond(model, item)` where `model` is a pytest fixture.

    With `mode="streaming"` it is given a `vcb.LiveItem` and yields `vcb.AudioChunk`, `vcb.VideoChunk` and `vcb.Mark`.
    With `batch_size` above 1 it is `respond(items)`: a list of items, for which it returns a list of responses.

    Args:
        id: The system's name, such as `org/model`: letters, digits, `_ . + -`, and `/` between parts.
        revision: Which weights or code: a commit, a tag.
        tasks: What it answers; items of other tasks are not put to it, and count as missing.
        needs: What of an item it looks at, for the leaderboard.
        license: SPDX id, or a name.
        training_data: The data sets it was trained on, as `name:split`, for the leaderboard's contamination column.
        network: Whether it opens connections (a model behind an API).
        history: What stands in `item.history` for earlier turns: the real replies (`gt`, comparable between models),
            or the model's own (`self`).
        timeout_s: Longest time for one answer. A worker that takes longer is killed, and the item has failed.
        deterministic: Whether every seed gives the same answer; `check-adapter` then wants just that.
        mode: `offline`: the whole question at once. `streaming`: as time goes on; its latency is measured.
        chunk_s: Length of the pieces in which a streaming adapter is given the question, 0.005 to 1.
        batch_size: Greatest number of items in one call. Where a batch fails, its items are asked one by one.

    Raises:
        UsageError: Where an argument is not right, or the function cannot take an item. The message names which.
    """
    if not isinstance(id, str) or not _ID.fullmatch(id):
        raise _wrong("id", id, "letters, digits, _ . + - and / between parts, such as org/model")
    for name, value in (("revision", revision), ("license", license)):
        if value is not None and (not isinstance(value, str) or not value.strip()):
            raise _wrong(name, value, "some text, or leave it out")
    sets = None if training_data is None else _names(training_data)
    if isinstance(timeout_s, bool) or not isinstance(timeout_s, int | float) or not 0 < timeout_s < math.inf:
        raise _wrong("timeout_s", timeout_s, "a number of seconds above 0")
    for name, flag in (("network", network), ("deterministic", deterministic)):
        if not isinstance(flag, bool):
            raise _wrong(name, flag, "True or False")
    if mode not in get_args(Mode):
        raise _wrong("mode", mode, f"one of {', '.join(get_args(Mode))}")
    if isinstance(chunk_s, bool) or not isinstance(chunk_s, int | float) or not 0.005 <= chunk_s <= 1:
        raise _wrong("chunk_s", chunk_s, "a number of seconds from 0.005 to 1")
    if isinstance(batch_size, bool) or not isinstance(batch_size, int) or not 1 <= batch_size <= 1024:
        raise _wrong("batch_size", batch_size, "a whole number from 1 to 1024")
    if batch_size > 1 and (mode == "streaming" or history == "self"):
        raise _wrong(
            "batch_size", batch_size, "1 with mode='streaming' or history='self': one question after the other"
        )
    if history not in get_args(History):
        raise _wrong("history", history, f"one of {', '.join(get_args(History))}")
    spec = Responder(
        id=id, revision=revision, tasks=_some("tasks", tasks, tuple(TASKS)),
        needs=_some("needs", needs, get_args(Need)), license=license, training_data=sets, network=network,
        history=history, timeout_s=float(timeout_s),
        deterministic=deterministic, mode=mode, chunk_s=float(chunk_s), batch_size=batch_size,
    )  # fmt: skip

    def decorate(function: F) -> F:
        where = getattr(function, "__qualname__", repr(function))
        if not inspect.isfunction(function) or inspect.iscoroutinefunction(function):
            raise UsageError("@vcb.responder goes on a plain function: def respond(item): ...", where=where)
        name = spec.argument
        if name not in inspect.signature(function).parameters:
            raise UsageError(
                f"the function takes no argument `{name}`", where=where, remedy=f"def {where}({name}): ..."
            )
        if spec.mode == "offline" and inspect.isgeneratorfunction(function):
            raise UsageError(
                "it yields; an adapter returns one Response", where=where,
                remedy="say mode='streaming', or let frames come one by one: vcb.Response(frames=generator, fps=25)",
            )  # fmt: skip
        made = _plain(function, name) if spec.mode == "streaming" or spec.batch_size > 1 else function
        setattr(made, MARK, spec)
        return made  # type: ignore[return-value]

    return decorate


def _plain(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The same, for pytest: no generator, which it refuses to collect, and with an argument `item`."""

    @functools.wraps(function)
    def call(**given: Any) -> Any:
        given[name] = given.pop("item")
        return function(**given)

    signature = inspect.signature(function)
    named = [
        one.replace(name="item" if one.name == name else one.name, kind=inspect.Parameter.POSITIONAL_OR_KEYWORD)
        for one in signature.parameters.values()
    ]
    call.__signature__ = signature.replace(parameters=named)  # type: ignore[attr-defined]
    return call


def responder_of(thing: object) -> Responder | None:
    """What a decorated function says about its model; None for anything else."""
    found = getattr(thing, MARK, None) if inspect.isfunction(thing) else None
    return found if isinstance(found, Responder) else None


def _names(given: Iterable[str]) -> tuple[str, ...]:
    names = () if isinstance(given, str) else tuple(given)
    if isinstance(given, str) or not all(isinstance(one, str) and one for one in names):
        raise _wrong("training_data", given, 'a list of names, such as ["SpeakerVid-5M:train"]')
    return names


def _some(name: str, given: Iterable[Any], known: tuple[Any, ...]) -> tuple[Any, ...]:
    words = () if isinstance(given, str) else tuple(given)
    if not words or any(word not in known for word in words):
        raise _wrong(name, given, f"some of {', '.join(known)}")
    return tuple(word for word in known if word in words)


def _wrong(name: str, value: object, wants: str) -> UsageError:
    return UsageError(f"{name}={value!r} is not right", where="@vcb.responder", remedy=f"{name} takes {wants}")
