"""`vidchatbench generate`: from an adapter and a test set to an outputs folder."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from vidchatbench import __version__
from vidchatbench.adapters.hardware import hardware
from vidchatbench.adapters.job import Folder, Job, Row, Todo
from vidchatbench.adapters.naming import PATTERN, is_adapter
from vidchatbench.adapters.question import Question
from vidchatbench.adapters.responder import Responder
from vidchatbench.adapters.supervise import Supervisor, child_env
from vidchatbench.adapters.timings import add_timings, write_latency
from vidchatbench.errors import NotReady, UsageError
from vidchatbench.latency import Clock, Latency
from vidchatbench.testset import TestSet, load_testset
from vidchatbench.testset.jsonl import canonical
from vidchatbench.testset.outputs import GENERATION, MANIFEST
from vidchatbench.testset.verify import check_media
from vidchatbench.types import SampleKey

MAX_S = 120.0
"""Longest answer, in seconds."""
LOAD_TIMEOUT_S = 1800.0
WARM_UPS = 3


@dataclass(frozen=True, kw_only=True)
class Generated:
    """What is in the outputs folder after a run."""

    out: Path
    expected: int
    made: int
    """Answers that this run made."""
    answered: int
    failed: Mapping[SampleKey, str]
    """By sample: why there is no answer, as `code: detail`."""
    untried: int
    """Left out: by -k, by -x, by an interruption, or because the adapter does not take the task."""
    code: int
    """pytest's exit code; 0 where it had nothing to do."""
    interrupted: bool
    """Whether somebody typed Ctrl-C."""
    latency: Latency | None = None
    """None where no sample was tried."""


def generate(
    adapter: str,
    *,
    testset: str | Path,
    out: str | Path | None = None,
    args: Mapping[str, str] | None = None,
    seeds: int = 1,
    limit: int | None = None,
    gpus: Sequence[str] = (),
    fresh: bool = False,
    load_timeout_s: float = LOAD_TIMEOUT_S,
    clock: Clock = "paced",
    warm_ups: int = WARM_UPS,
    options: Sequence[str] = (),
    reverse: bool = False,
    watch: bool = False,
) -> Generated:
    """Put the questions of a test set to an adapter and keep its answers. Answers that are there already are kept.

    The adapter runs in a process of its own, which is told neither the test set's folder nor anything in it but
    the question of the moment.

    Args:
        adapter: `vcb_name.py`, `vcb_name.py::function`, or the name of an entry point in `vidchatbench.adapters`.
        testset: Name or folder.
        out: The outputs folder, by default `outputs/NAME`; it must be new, empty, or made by this function.
        args: Handed to the adapter's fixtures as `vcb_args`.
        seeds: Answers to each question, with seeds from 0.
        limit: Only the first so many items.
        gpus: One GPU for each worker, as `CUDA_VISIBLE_DEVICES` names it; without, `vcb_device` is `cpu`.
        fresh: Make all answers anew.
        load_timeout_s: Longest time to load the model.
        clock: How the question is released to a streaming adapter; offline adapters have no clock.
        warm_ups: Questions that are put to a streaming adapter first, in each worker; their answers are thrown away.
        options: More words for pytest: `-x`, `-k WORDS`, `-n 4`.
        reverse: Ask in the reverse order: `check-adapter` compares.
        watch: Note in `generation/seen.jsonl` what the adapter opens and connects to.

    Raises:
        NotReady: Where pytest is not installed.
        UsageError: Where adapter, test set or folder are not right.
        VidChatBenchError: Where the worker dies and no sample is to blame.
    """
    _pytest_there(options)
    path, function = find_adapter(adapter)
    chosen = load_testset(testset)
    check_media(chosen)
    if limit is not None:
        chosen = replace(chosen, items=chosen.items[: max(1, limit)])
    out = Path(out) if out is not None else Path("outputs") / path.stem.removeprefix("vcb_")
    folder = Folder(out.resolve() / GENERATION)
    _own(folder)
    (folder.root / "rows").mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / "lock", timeout=0):
            done = _generate(path, function, chosen, folder, dict(args or {}), range(seeds), tuple(gpus), fresh,
                             load_timeout_s, clock, warm_ups, options, reverse, watch)  # fmt: skip
            return replace(done, out=out)
    except Timeout:
        raise UsageError("another `vidchatbench generate` is at work on it", where=folder.outputs) from None


def _generate(
    path: Path, function: str | None, testset: TestSet, folder: Folder, args: dict[str, str], seeds: range,
    gpus: tuple[str, ...], fresh: bool, load_timeout_s: float, clock: Clock, warm_ups: int, options: Sequence[str],
    reverse: bool, watch: bool,
) -> Generated:  # fmt: skip
    items = {item.item_id: item for item in testset.items}
    keys = sorted(testset.keys(tuple(seeds)), key=lambda key: key.order)
    questions = {key: Question(testset, items[key.item_id], key) for key in keys}
    if fresh:
        shutil.rmtree(folder / "rows", ignore_errors=True)
    for name in ("asks", "questions", "work", "running", "feeds"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir()
    for name in ("interrupted.json", "seen.jsonl"):
        (folder / name).unlink(missing_ok=True)
    given = {"adapter": hashlib.sha256(path.read_bytes()).hexdigest(), "function": function, "args": args}
    made_from = {
        key: hashlib.sha256(canonical({**given, "question": questions[key].sha256})).hexdigest() for key in keys
    }
    done: dict[SampleKey, bool] = {}
    for key in keys:
        row = folder.row(key)
        mine = (
            row is not None and row.made_from == made_from[key] and row.clock in (None, clock) and _whole(row, folder)
        )
        earlier = (replace(key, turn=turn) for turn in range(key.turn))
        done[key] = mine and not (row is not None and row.history == "self" and not all(done[one] for one in earlier))
    job = Job(
        run=uuid.uuid4().hex, adapter=str(path), function=function, args=args, protocol=testset.info.protocol,
        gpus=gpus, max_s=MAX_S, load_timeout_s=load_timeout_s,
        watch=watch, clock=clock, warm_ups=warm_ups,
        samples=tuple(
            Todo(key=key, task=items[key.item_id].task, made_from=made_from[key], done=done[key])
            for key in (keys[::-1] if reverse else keys)
        ),
    )  # fmt: skip
    started = datetime.now(UTC)
    supervisor = Supervisor(folder, job, questions, child_env(testset.root))
    try:
        code = supervisor.run(options) if not all(done.values()) else 0
        interrupted = (folder / "interrupted.json").is_file()
    finally:
        for name in ("asks", "questions", "work", "running", "feeds", "session.json", "interrupted.json", "job.json"):
            shutil.rmtree(folder / name, ignore_errors=True)
            if (folder / name).is_file():
                (folder / name).unlink()
        rows = {key: row for key in keys if (row := folder.row(key)) is not None and row.made_from == made_from[key]}
        here = hardware(gpus)
        rows = add_timings(folder, rows, questions, here)
        latency = write_latency(folder, rows, job, here, len(keys))
        _manifest(folder, testset, rows)
        _record(folder, testset, given, job, started, gpus)
    failed = {key: f"{row.failed['code']}: {row.failed['detail']}" for key, row in rows.items() if row.failed}
    answered = sum(row.file is not None for row in rows.values())
    return Generated(
        out=folder.outputs, expected=len(keys), answered=answered, failed=failed,
        made=sum(row.file is not None and row.run == job.run for row in rows.values()),
        untried=len(keys) - answered - len(failed), code=code, interrupted=interrupted, latency=latency,
    )  # fmt: skip


def find_adapter(name: str) -> tuple[Path, str | None]:
    """The file of an adapter, and the function in it that was named.

    Raises:
        UsageError: Where there is none of that name.
    """
    known = {entry.name: entry for entry in entry_points(group="vidchatbench.adapters")}
    if name in known:
        spec = find_spec(known[name].module)
        if spec is None or spec.origin is None:
            raise UsageError(f"the module {known[name].module} of the entry point {name!r} is not there")
        return Path(spec.origin).resolve(), known[name].attr or None
    file, _, function = name.partition("::")
    path = Path(file)
    if not path.is_file():
        also = f"; installed adapters: {', '.join(sorted(known))}" if known else ""
        raise UsageError(f"there is no adapter {file!r}", remedy=f"give a file named {PATTERN}{also}")
    if not is_adapter(path.name):
        raise UsageError(f"an adapter's file is named {PATTERN}", where=path, remedy=f"mv {path} vcb_{path.name}")
    return path.resolve(), function or None


def _pytest_there(options: Sequence[str]) -> None:
    wants = {"pytest": "pytest"}
    if any(word == "-n" or word.startswith(("-n", "--numprocesses")) for word in options):
        wants["xdist"] = "pytest-xdist"
    for module, package in wants.items():
        if find_spec(module) is None:
            raise NotReady(f"{package} is not installed", remedy="pip install 'vidchatbench[adapters]'")


def _own(folder: Folder) -> None:
    """Refuse a folder that holds what this command did not write."""
    out = folder.outputs
    if out.exists() and not out.is_dir():
        raise UsageError("is not a folder", where=out, remedy="name another place with --out")
    if out.is_dir() and any(out.iterdir()) and not folder.root.is_dir():
        raise UsageError(
            "is not empty, and was not made by `vidchatbench generate`", where=out,
            remedy="name another place with --out",
        )  # fmt: skip


def _whole(row: Row, folder: Folder) -> bool:
    """Whether a row's answer is there, byte for byte."""
    if row.file is None:
        return False
    try:
        with (folder.outputs / row.file).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == row.sha256
    except OSError:
        return False


def _manifest(folder: Folder, testset: TestSet, rows: Mapping[SampleKey, Row]) -> None:
    """What `eval` reads: every answer, and every failure with its reason."""
    lines = []
    for row in rows.values():
        line: dict[str, Any] = {**asdict(row.key), "testset": testset.info.id}
        if row.file is not None:
            line["file"] = row.file
            line |= {"start_s": row.start_s} if row.start_s is not None else {}
            line |= {"transcript": row.transcript} if row.transcript is not None else {}
        else:
            line["failed"] = dict(row.failed or {})
        if row.timing is not None:
            line["timing"] = asdict(row.timing)
        lines.append(json.dumps(line, sort_keys=True, ensure_ascii=False) + "\n")
    part = folder.outputs / f".{MANIFEST}"
    part.write_text("".join(lines), encoding="utf-8")
    part.replace(folder.outputs / MANIFEST)


def _record(
    folder: Folder, testset: TestSet, given: Mapping[str, Any], job: Job, started: datetime, gpus: Sequence[str]
) -> None:
    """`run.json`: which model, from what, on which machine. A leaderboard's metadata come from here."""
    spec = folder.read("responder.json", Responder)
    folder.write("run.json", {
        "schema": "vidchatbench.generation/1",
        "responder": asdict(spec) if spec else None,
        "adapter": {"file": Path(job.adapter).name, "sha256": given["adapter"], "function": job.function},
        "args": dict(job.args),
        "testset": {"id": testset.info.id, "version": testset.info.version, "sha256": testset.sha256},
        "started_utc": started.isoformat(timespec="seconds"),
        "ended_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"platform": platform.platform(), "cpu_count": os.cpu_count(),
                    "python": platform.python_version(), "gpus": list(gpus)},
        "vidchatbench": __version__,
    })  # fmt: skip
