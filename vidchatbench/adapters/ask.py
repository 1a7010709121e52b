"""The worker's way to a question: it asks for one by name, and reads what it is given."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from vidchatbench.adapters import wire
from vidchatbench.adapters.item import Audio, Item, Picture, Utterance, Video
from vidchatbench.adapters.job import Folder, Job, Todo
from vidchatbench.adapters.live_item import LiveItem
from vidchatbench.adapters.responder import Responder
from vidchatbench.adapters.response import InvalidResponse
from vidchatbench.adapters.session import Session

POLL_S = 0.01


def ask(folder: Folder, todo: Todo, spec: Responder, job: Job) -> Item | LiveItem:
    """Wait until the supervisor has put the question there, and open it.

    Raises:
        InvalidResponse: Where an earlier turn must have the model's own reply, and has none.
    """
    name = str(todo.key)
    asked = folder / f"asks/{name}"
    asked.parent.mkdir(exist_ok=True)
    root = folder / f"questions/{name}"
    shutil.rmtree(root, ignore_errors=True)  # of a batch that failed: it is asked for anew
    asked.touch()
    while not (root / "question.json").is_file():
        time.sleep(POLL_S)
    told = json.loads((root / "question.json").read_bytes())
    workdir = folder / f"work/{name}"
    shutil.rmtree(workdir, ignore_errors=True)
    workdir.mkdir(parents=True)
    by_stem = {file.rpartition(".")[0]: root / file for file in told["files"]}
    asked_for: dict[str, Any] = dict(
        id=told["item_id"], task=told["task"], protocol=told["protocol"], turn=told["turn"], seed=told["seed"],
        portrait=Picture(by_stem["portrait"]), voice=Audio(by_stem["voice"]) if "voice" in by_stem else None,
        text=told["text"], description=told["description"],
        history=_history(folder, todo, told, by_stem, spec.history), max_s=job.max_s, workdir=workdir,
    )  # fmt: skip
    if spec.mode == "streaming":
        return LiveItem(session=session(folder, todo, spec, job), **asked_for)
    initiator = by_stem.get("initiator")
    return Item(
        duration_s=told["duration_s"], video=initiator and Video(initiator), audio=initiator and Audio(initiator),
        **asked_for,
    )  # fmt: skip


def session(folder: Folder, todo: Todo, spec: Responder, job: Job, *, warm_up: bool = False) -> Session:
    """A clock for one streamed question, and the way to it, unless the task gives none."""
    pipes = wire.pipes(folder / "feeds", str(todo.key))
    return Session(pipes if pipes[0].exists() else None, job.clock, spec.chunk_s, warm_up=warm_up)


def _history(
    folder: Folder, todo: Todo, told: dict[str, Any], files: dict[str, Path], policy: Literal["gt", "self"]
) -> tuple[Utterance, ...]:
    found = [Utterance(speaker=one["speaker"], text=one["text"]) for one in told["history"]]
    for turn, (asked, answered) in enumerate(told["earlier"]):
        question = files[f"turn{turn}.initiator"]
        found.append(Utterance(speaker="initiator", text=asked or None, video=Video(question), audio=Audio(question)))
        reply, text = files[f"turn{turn}.responder"], answered
        if policy == "self":
            row = folder.row(replace(todo.key, turn=turn))
            if row is None or row.file is None:
                raise InvalidResponse(f"history='self': there is no reply of the model to turn {turn}")
            reply, text = folder.outputs / row.file, row.transcript
        found.append(Utterance(speaker="responder", text=text or None, video=Video(reply), audio=Audio(reply)))
    return tuple(found)


def changed(folder: Folder, todo: Todo) -> str | None:
    """The name of an input file that is not what it was, if there is one."""
    root = folder / f"questions/{todo.key}"
    told = json.loads((root / "question.json").read_bytes())
    for name, sha256 in told["files"].items():
        path = root / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            return str(name)
    return None
