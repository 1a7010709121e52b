"""`leaderboard.json` from a leaderboard's folder: the same files, the same bytes."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from vidchatbench import __version__
from vidchatbench.engine.cache import Cache
from vidchatbench.errors import DataError, UsageError
from vidchatbench.leaderboard.anchors import anchors_file, read_anchors
from vidchatbench.leaderboard.board import build_board
from vidchatbench.leaderboard.column import BoardKey
from vidchatbench.leaderboard.config import BoardConfig, read_boards
from vidchatbench.leaderboard.entry import Entry, read_entries
from vidchatbench.leaderboard.plain import plain
from vidchatbench.leaderboard.schema import Board, Leaderboard, Past
from vidchatbench.testset import TestSet, load_testset

FILE = "leaderboard.json"


def build(root: Path, *, cache: Cache | None = None) -> Leaderboard:
    """Form all boards of a leaderboard's folder.

    Args:
        root: The folder that holds `submissions/`, and `boards/` and `anchors/` unless they are those that ship.
        cache: Where what one run alone decides is kept.

    Raises:
        DataError: Where the folder's own files are not right. A submission that is not right is listed as refused.
    """
    return form(root, *read_entries(root), cache=cache)


def form(
    root: Path, entries: Iterable[Entry], refused: Mapping[str, str], *, cache: Cache | None = None
) -> Leaderboard:
    """`build` from entries that were read and checked already."""
    configs = read_boards(root)
    refused = dict(refused)
    sets = {(config.testset, config.version): _testset(config) for config in configs}
    placed: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        bench = entry.results.benchmark
        why = _misplaced(entry, configs, sets)
        if why:
            refused[entry.path] = why
        else:
            placed[bench.testset, bench.version, bench.protocol].append(entry)
    boards: list[Board] = []
    with threadpool_limits(limits=1):
        for config in configs:
            anchors, testset = read_anchors(root, config.testset, config.version), sets[config.testset, config.version]
            if anchors and testset and anchors.testset_sha256 not in (None, testset.sha256):
                raise DataError(
                    f"they are of another test set than {config.testset} {config.version} is here",
                    where=anchors_file(root, config.testset, config.version),
                    remedy="a changed test set needs a version of its own, with runs, anchors and a board of its own",
                )
            for protocol in config.protocols:
                current, past = latest(placed.get((config.testset, config.version, protocol), ()))
                for task in config.tasks:
                    key = BoardKey(config, task, protocol)
                    boards.append(build_board(key, current, past, anchors, testset, cache))
    return Leaderboard(
        harness=f"vidchatbench {__version__}", boards=tuple(boards), refused=dict(sorted(refused.items()))
    )


def latest(entries: Iterable[Entry]) -> tuple[list[Entry], list[Past]]:
    """The run of each model that stands on the boards, and all others of it with what became of them.

    The last run counts, never the best. One that is withdrawn stands no more, nor does one that a later run of the same
    model supersedes; where the last one is withdrawn, the model is on no board until it submits again: an older run
    that was replaced does not come back.
    """
    models: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        models[entry.model].append(entry)
    current: list[Entry] = []
    past: list[Past] = []
    for model in sorted(models):
        *older, last = sorted(models[model], key=lambda entry: entry.age)
        for entry in (*older, last):
            if entry.withdrawal is not None:
                past.append(_past(entry, "withdrawn", entry.withdrawal.reason))
            elif entry is last:
                current.append(entry)
            else:
                past.append(_past(entry, "superseded", last.run_id))
    return current, past


def _past(entry: Entry, status: Any, reason: str) -> Past:
    return Past(
        id=entry.model, run_id=entry.run_id, created_utc=entry.submission.created_utc, path=entry.path,
        status=status, reason=reason,
    )  # fmt: skip


def _testset(config: BoardConfig) -> TestSet | None:
    """The test set, where it is at hand in this version."""
    try:
        found = load_testset(config.testset)
    except UsageError:
        return None
    return found if found.info.version == config.version else None


def _misplaced(
    entry: Entry, configs: Iterable[BoardConfig], sets: Mapping[tuple[str, str], TestSet | None]
) -> str | None:
    """Why a run is on no board."""
    bench = entry.results.benchmark
    name = f"{bench.testset} {bench.version}"
    config = next((one for one in configs if (one.testset, one.version) == (bench.testset, bench.version)), None)
    if config is None:
        return f"there is no board for {name}"
    if bench.protocol not in config.protocols:
        return f"the boards of {name} have no protocol {bench.protocol!r}"
    testset = sets[bench.testset, bench.version]
    if testset is not None and bench.testset_sha256 != testset.sha256:
        return f"it was scored on another test set ({bench.testset_sha256[:12]}) than {name} ({testset.sha256[:12]})"
    return None


def text(board: Leaderboard) -> str:
    """`leaderboard.json`."""
    return json.dumps(plain(asdict(board)), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def differences(found: Any, committed: Any, where: str = "") -> list[str]:
    """Where two readings of `leaderboard.json` differ by more than rounding between machines."""
    if isinstance(found, float | int) and isinstance(committed, float | int) and not isinstance(found, bool):
        return (
            [] if math.isclose(found, committed, rel_tol=1e-6, abs_tol=1e-9) else [f"{where}: {committed} -> {found}"]
        )
    if isinstance(found, dict) and isinstance(committed, dict):
        lost = [f"{where}.{key}: is {'new' if key in found else 'gone'}" for key in found.keys() ^ committed.keys()]
        both = [key for key in found if key in committed]
        return sorted(lost) + [
            line for key in both for line in differences(found[key], committed[key], f"{where}.{key}")
        ]
    if isinstance(found, list) and isinstance(committed, list) and len(found) == len(committed):
        return [
            line
            for k, (one, two) in enumerate(zip(found, committed, strict=True))
            for line in differences(one, two, f"{where}[{_name(one, k)}]")
        ]
    return [] if found == committed else [f"{where}: {_short(committed)} -> {_short(found)}"]


def _name(one: Any, k: int) -> str:
    return str(one.get("id", k)) if isinstance(one, dict) else str(k)


def _short(value: Any) -> str:
    said = json.dumps(value, ensure_ascii=False)
    return said if len(said) <= 60 else f"{said[:57]}..."
