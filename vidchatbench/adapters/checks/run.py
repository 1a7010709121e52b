"""One run of an adapter on the check set, and everything that it left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vidchatbench.adapters.check_set import references
from vidchatbench.adapters.job import Folder, Row
from vidchatbench.adapters.parent import alive, kill_tree
from vidchatbench.adapters.watch import Watch
from vidchatbench.latency import StreamLog
from vidchatbench.testset import load_testset


@dataclass(frozen=True, slots=True)
class Run:
    """What one `generate` on the check set left."""

    out: Path
    code: int
    told: str
    rows: Mapping[str, Row]
    streams: Mapping[str, StreamLog]
    """Of a streaming adapter: when each chunk came."""
    seen: Sequence[Mapping[str, str]]
    opened: Sequence[Path]
    left_over: Sequence[str]

    def clip(self, name: str) -> Path:
        """The answer of a sample."""
        return self.out / f"{name}.mp4"


def run_on(adapter: str, root: Path, to: Path, words: Sequence[str]) -> Run:
    """Put a check set to an adapter, in a process of its own.

    Args:
        adapter: As for `generate`.
        root: The test set.
        to: A new outputs folder.
        words: More options of `vidchatbench generate`.
    """
    own = load_testset(root)
    guarded = [root / path for path in references(own.items)]
    mark = uuid.uuid4().hex
    command = [sys.executable, "-m", "vidchatbench", "generate", adapter, "--testset", str(root), "--out", str(to)]
    # The path stands in the command line and the environment of the worker's parent, as in any run: bait.
    env = os.environ | {"VIDCHATBENCH_CHECKED": str(root), "VIDCHATBENCH_MARK": mark}
    with Watch(guarded) as watch:
        done = subprocess.run([*command, "--watch", *words], env=env, capture_output=True, text=True, errors="replace")
    left_over = _still_there(mark)
    folder = Folder(to / "generation")
    stems = [path.name for path in (folder / "rows").glob("*.json")]
    rows = {str(row.key): row for name in stems if (row := folder.read(f"rows/{name}", Row))}
    try:
        lines = (folder / "seen.jsonl").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    streams = {name: log for name in rows if (log := folder.read(f"streams/{name}.json", StreamLog))}
    seen = [json.loads(line) for line in lines]
    return Run(to, done.returncode, done.stdout + done.stderr, rows, streams, seen, watch.opened, left_over)


def _still_there(mark: str) -> list[str]:
    """Processes that carry the mark in their environment after the run; they are ended."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (place / "environ").read_bytes() and alive(int(place.name)):
                found.append((place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip())
                kill_tree(int(place.name))
        except OSError:
            continue
    return found
