"""A finished run as a comparison reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vidchatbench.errors import DataError, UsageError
from vidchatbench.results import Results, StoredRows, read_items, read_results
from vidchatbench.types import SampleKey


@dataclass(frozen=True)
class RunFolder:
    """The files of a results directory."""

    name: str
    """The model's name; with the folder where several runs have one name."""
    path: Path
    results: Results
    sources: Mapping[str, str]
    """The source video of each sample (`str(SampleKey)`), in the order of keys."""
    rows: StoredRows
    environment: Mapping[str, str]
    """From `run.json`: Python, machine, packages; empty where there is none."""


def read_runs(paths: list[Path]) -> list[RunFolder]:
    """All runs, each under a name of its own.

    Raises:
        UsageError: Where a path is no folder.
        DataError: Where a file is absent or damaged.
    """
    found = [_read(path) for path in paths]
    names = [run.results.model.name for run in found]
    for k, run in enumerate(found):
        if names.count(names[k]) > 1:
            same = [other.path for other, name in zip(found, names, strict=True) if name == names[k]]
            clear = len({path.name for path in same}) == len(same)
            found[k] = RunFolder(
                f"{names[k]} ({run.path.name if clear else k + 1})",
                run.path, run.results, run.sources, run.rows, run.environment,
            )  # fmt: skip
    return found


def _read(path: Path) -> RunFolder:
    folder = path.parent if path.name == "results.json" else path
    if not folder.is_dir():
        raise UsageError(
            "there is no such folder", where=folder, remedy="give results directories of vidchatbench eval"
        )
    results = read_results(folder)
    sources: dict[str, str] = {}
    for item in sorted(read_items(folder), key=lambda item: (item.item_id, item.turn, item.seed)):
        key = str(SampleKey(item_id=item.item_id, turn=item.turn, seed=item.seed))
        if key in sources:
            raise DataError(f"the sample {key} stands twice", where=folder / "items.jsonl.gz")
        sources[key] = item.source_video
    if len(sources) != results.benchmark.n_samples:
        raise DataError(
            f"it has {len(sources)} samples, results.json says {results.benchmark.n_samples}",
            where=folder / "items.jsonl.gz",
            remedy="make the folder anew: vidchatbench eval --pred DIR --out DIR",
        )
    return RunFolder(results.model.name, folder, results, sources, StoredRows.of(folder), _environment(folder))


def _environment(folder: Path) -> dict[str, str]:
    """What computed it; a run without `run.json`, or with one that says nothing, has the same numbers."""
    try:
        run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        machine, packages = run.get("machine", {}), run.get("packages", {})
        return {str(name): str(version) for name, version in packages.items()} | {
            str(name): str(value) for name, value in machine.items() if name in ("platform", "python")
        }
    except (OSError, ValueError, AttributeError):
        return {}
