"""The folder `generation/` in which the two sides meet: what is to be done, what is being done, and what came of it.

job.json          what the worker is to do (the supervisor writes it)
asks/NAME         a worker waits for the question NAME
questions/NAME/   the question, there only while it is being answered
running/PID.json  what a worker process is doing, and until when it may
feeds/NAME.up     a streaming adapter asks for more of its question; NAME.down: more of it comes
streams/NAME.json when each chunk of a streamed answer came
rows/NAME.json    what came of a sample: an answer's file, or why there is none
logs/NAME.txt     what a failed sample printed
responder.json    what the adapter says about itself
cold_start.json   how long the model took to load; its warm-ups
session.json      what pytest was told; interrupted.json: Ctrl-C
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from vidchatbench.latency import Clock, Timing
from vidchatbench.types import Protocol, SampleKey, Task

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """One sample that an answer is wanted for."""

    key: SampleKey
    task: Task
    made_from: str
    """Digest of all that the answer rests on: the adapter's file, its arguments, the question."""
    done: bool
    """Whether there is nothing to do: answered already, or tried in this run."""
    alone: bool = False
    """Not to be asked in a batch: one that it was in has killed the worker."""

    @property
    def id(self) -> str:
        """Its name among pytest's parameters: `dialogue-d01-s0`, `multi_turn-m01.t1-s0`."""
        return f"{self.task}-{SampleKey(item_id=self.key.item_id, turn=self.key.turn)}-s{self.key.seed}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a worker is to do. It names no test set."""

    run: str
    """Changes with every `generate`; restarts of one run share it."""
    adapter: str
    function: str | None
    """Which responder of the adapter's file, where it has several."""
    args: Mapping[str, str]
    protocol: Protocol
    gpus: tuple[str, ...]
    max_s: float
    load_timeout_s: float
    watch: bool
    """Whether the worker notes what the adapter opens and connects to, for `check-adapter`."""
    samples: tuple[Todo, ...]
    clock: Clock = "paced"
    """How a question is released to a streaming adapter."""
    warm_ups: int = 3
    """Questions that are put to a streaming adapter first, and whose answers are thrown away."""
    since: float = 0.0
    """When the worker was started, on the machine's monotonic clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What came of one sample."""

    key: SampleKey
    run: str
    made_from: str
    responder: str
    history: Literal["gt", "self"]
    file: str | None = None
    sha256: str | None = None
    failed: Mapping[str, str] | None = None
    """`code` and `detail`, where there is no answer."""
    start_s: float | None = None
    transcript: str | None = None
    gen_s: float | None = None
    """Wall time of the adapter's own work, in seconds, without decoding the question anew or encoding the answer."""
    media: Mapping[str, Any] | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    clock: Clock | None = None
    """Of a streaming adapter: how the question was released."""
    batch: int = 1
    """Samples that were answered in the same call; `gen_s` is then an equal part of its time."""
    timing: Timing | None = None
    """Added when the run ends: the worker is not told when the initiator stops speaking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What a worker process is doing."""

    pid: int
    key: SampleKey
    phase: Literal["load", "answer"]
    since: float
    """On the machine's monotonic clock, in seconds."""
    limit_s: float | None
    responder: str
    history: Literal["gt", "self"]
    together: tuple[SampleKey, ...] = ()
    """The other samples of its batch."""


class Folder:
    """`generation/` of an outputs folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __truediv__(self, name: str) -> Path:
        """A path in it."""
        return self.root / name

    @property
    def outputs(self) -> Path:
        """The outputs folder that it stands in."""
        return self.root.parent

    def write(self, name: str, value: Any) -> None:
        """Put a dataclass or plain value there as JSON; readers see the whole of it or the one before."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(value if isinstance(value, dict) else asdict(value), indent=1, sort_keys=True, default=_plain)
        part = path.with_name(f".{path.name}.{os.getpid()}")
        part.write_text(text + "\n", encoding="utf-8")
        part.replace(path)

    def read(self, name: str, kind: type[T]) -> T | None:
        """What is there as `kind`; None where it is absent, or not of this kind (another version wrote it)."""
        from pydantic import ValidationError

        try:
            found: T = _reader(kind).validate_json((self.root / name).read_bytes())  # type: ignore[arg-type]
            return found
        except (OSError, ValidationError):
            return None

    def row(self, key: SampleKey) -> Row | None:
        """What came of a sample so far."""
        return self.read(f"rows/{key}.json", Row)

    def put(self, row: Row) -> None:
        """Keep what came of a sample."""
        self.write(f"rows/{row.key}.json", row)

    def running(self) -> list[Running]:
        """What the worker processes are doing, or were when they died."""
        found = [self.read(f"running/{path.name}", Running) for path in sorted((self.root / "running").glob("*.json"))]
        return [one for one in found if one is not None]


@lru_cache
def _reader(kind: type[Any]) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def _plain(value: Any) -> Any:
    """NumPy's numbers as Python's."""
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be kept as JSON")
