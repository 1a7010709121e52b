"""`check-adapter`: twelve questions to an adapter before it is put to a test set."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np

from vidchatbench.adapters.check_set import ODD, references, write_check_set
from vidchatbench.adapters.job import Folder, Row
from vidchatbench.adapters.parent import alive, kill_tree
from vidchatbench.adapters.responder import Responder
from vidchatbench.adapters.watch import Watch
from vidchatbench.errors import UsageError
from vidchatbench.media import Clip, Presentation
from vidchatbench.tasks import TASKS
from vidchatbench.testset import load_testset

Verdict = Literal["passed", "FAILED", "note", "skipped"]
MAX_SKEW_S = 0.04
"""Greatest difference in length of an answer's picture and sound."""
SAME_LEVELS, SAME_SOUND = 1.0, 0.005
"""Answers count as the same up to these mean differences: grey levels of 255, and samples of full scale 1."""
GROWTH = 1.5, 200.0
"""Memory may grow by this factor, or by so many MB, from the second answer to the last."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report."""

    id: str
    title: str
    verdict: Verdict
    text: str
    clips: tuple[Path, ...] = ()
    """Two answers that should differ and do not, or the other way round."""


@dataclass(frozen=True, slots=True)
class _Run:
    """What one `generate` on the check set left."""

    out: Path
    code: int
    told: str
    rows: Mapping[str, Row]
    seen: Sequence[Mapping[str, str]]
    opened: Sequence[Path]
    left_over: Sequence[str]

    def clip(self, name: str) -> Path:
        return self.out / f"{name}.mp4"


def check_adapter(adapter: str, *, out: Path, words: Sequence[str] = ()) -> list[Check]:
    """Run an adapter twice on a set of its own, in both orders, and look at what it did.

    Args:
        adapter: As for `generate`.
        out: A new or empty folder for the questions and both runs' answers.
        words: More of `vidchatbench generate`'s options, such as `-M ckpt=a.safetensors`.

    Returns:
        All checks, in order.

    Raises:
        UsageError: Where `out` is not empty.
    """
    if out.exists() and any(out.iterdir()):
        raise UsageError("is not empty", where=out, remedy="name another place with --out")
    out = out.resolve()
    task = next(iter(TASKS))
    first = _run(adapter, out, "forwards", task, ["--seeds", "2", *words])
    spec = Folder(out / "forwards/generation").read("responder.json", Responder)
    if spec is not None and task not in spec.tasks:
        task = spec.tasks[0]
        first = _run(adapter, out, f"forwards-{task}", task, ["--seeds", "2", *words])
    if spec is None:
        return [Check("C1", "import and metadata", "FAILED", f"it cannot be collected:\n{first.told.strip()}")]
    second = _run(adapter, out, "backwards", task, ["--reverse", *words])
    checks = [_metadata(spec), _form(first)]
    if first.rows.get("base") is None or first.rows["base"].file is None:
        return [*checks, Check("C3-12", "all others", "skipped", "there is no answer to the plain question")]
    return [
        *checks, _alive_and_loud(out, first, task), _seeds(spec, first, second), _isolation(first, second),
        _network(spec, first), _reach([first, second]), *_sensitivity(first), _causality(), _left_over([first, second]),
        _memory(first), _odd(first),
    ]  # fmt: skip


def _run(adapter: str, out: Path, name: str, task: str, words: Sequence[str]) -> _Run:
    root = out / f"hidden-{task}"
    if not root.exists():
        write_check_set(root, task)
    own = load_testset(root)
    guarded = [root / path for path in references(own.items)]
    mark = uuid.uuid4().hex
    to = out / name
    command = [sys.executable, "-m", "vidchatbench", "generate", adapter, "--testset", str(root), "--out", str(to)]
    # The path stands in the command line and the environment of the worker's parent, as in any run: bait.
    env = os.environ | {"VIDCHATBENCH_CHECKED": str(root), "VIDCHATBENCH_MARK": mark}
    with Watch(guarded) as watch:
        done = subprocess.run([*command, "--watch", *words], env=env, capture_output=True, text=True, errors="replace")
    left_over = _still_there(mark)
    folder = Folder(to / "generation")
    names = [path.name for path in (folder / "rows").glob("*.json")]
    rows = {str(row.key): row for name in names if (row := folder.read(f"rows/{name}", Row))}
    try:
        lines = (folder / "seen.jsonl").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    return _Run(to, done.returncode, done.stdout + done.stderr, rows, [json.loads(line) for line in lines],
                watch.opened, left_over)  # fmt: skip


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


def _metadata(spec: Responder) -> Check:
    unsaid = [name for name in ("revision", "license", "training_data") if getattr(spec, name) is None]
    if unsaid:
        return Check("C1", "import and metadata", "note", f"a leaderboard will ask for {', '.join(unsaid)}")
    return Check("C1", "import and metadata", "passed", f"{spec.id} at {spec.revision}")


def _form(run: _Run) -> Check:
    title = "form of the answers"
    if run.code not in (0, 4):
        return Check("C2", title, "FAILED", f"the run ended with exit code {run.code}:\n{run.told.strip()}")
    plain = {name: row for name, row in run.rows.items() if not name.startswith(ODD)}
    wrong = [f"{name}: {row.failed['code']}: {row.failed['detail']}" for name, row in plain.items() if row.failed]
    for name, row in plain.items():
        media = row.media or {}
        if media.get("audio_s") and abs(skew := media["audio_s"] - media["video_s"]) > MAX_SKEW_S:
            wrong.append(f"{name}: its sound is {skew:+.3f} s longer than its picture")
    if wrong:
        return Check("C2", title, "FAILED", "; ".join(wrong))
    media = plain["base"].media or {}
    text = f"{media['width']} x {media['height']} at {media['fps']:g} fps, {media['video_s']:.2f} s"
    return Check("C2", title, "passed", text)


def _alive_and_loud(out: Path, run: _Run, task: str) -> Check:
    from vidchatbench.api import evaluate

    title = "face, movement, sound"
    wanted = ["check.face", "check.frozen", "check.silent"]
    scored = evaluate(run.out, testset=out / f"hidden-{task}", metrics=wanted, workers=0)
    found, absent = [], []
    for record in scored.items:
        if record.item_id == "base" and record.seed == 0:
            for id, cell in record.metrics.items():
                if cell.status == "not_ready":
                    absent.append(f"{id} cannot run here, `vidchatbench doctor` says why; the others pass")
                elif cell.status == "failed" or (cell.value is not None and cell.value < 1):
                    found.append(f"{id}: {cell.reason or f'{cell.value:.2f}'}")
    if found:
        return Check("C3", title, "FAILED", "; ".join(found), (run.clip("base"),))
    return Check("C3", title, "skipped" if absent else "passed", "; ".join(absent) or "all are there")


def _seeds(spec: Responder, first: _Run, second: _Run) -> Check:
    title = "seeds"
    if "base" not in second.rows or second.rows["base"].file is None:
        return Check("C4", title, "FAILED", "the second run has no answer to the plain question")
    again = (first.clip("base"), second.clip("base"))
    if (why := difference(*again)) is not None:
        return Check("C4", title, "FAILED", f"the same seed gave another answer: {why}", again)
    other = (first.clip("base"), first.clip("base.s1"))
    if first.rows["base.s1"].file is None:
        return Check("C4", title, "FAILED", "there is no answer for seed 1")
    same = difference(*other) is None
    if same and not spec.deterministic:
        text = "seed 1 gave the answer of seed 0: use item.seed, or say deterministic=True"
        return Check("C4", title, "FAILED", text, other)
    if not same and spec.deterministic:
        return Check("C4", title, "FAILED", "it says deterministic=True, and seed 1 gave another answer", other)
    told = "every seed gives one answer, as it says" if same else "same seed, same answer; other seed, another"
    return Check("C4", title, "passed", told)


def _isolation(first: _Run, second: _Run) -> Check:
    title = "no memory between items"
    for name, row in sorted(second.rows.items()):
        before = first.rows.get(name)
        if before is not None and before.file and row.file:
            pair = (first.clip(name), second.clip(name))
            if (why := difference(*pair)) is not None:
                return Check("C5", title, "FAILED", f"asked in another order, {name} has another answer: {why}", pair)
    return Check("C5", title, "passed", "asked in the reverse order, the answers are the same")


def _network(spec: Responder, run: _Run) -> Check:
    title = "network"
    used = [note["what"] for note in run.seen if note["kind"] == "network"]
    if used and not spec.network:
        return Check("C6", title, "FAILED", f"it opens connections ({used[0]}) and does not say network=True")
    return Check("C6", title, "passed", "as it says: " + (", ".join(used[:3]) if used else "no connection was opened"))


def _reach(runs: Sequence[_Run]) -> Check:
    title = "ground truth out of reach"
    opened = [str(path) for run in runs for path in run.opened]
    opened += [note["what"] for run in runs for note in run.seen if note["kind"] == "testset"]
    asked = [note["what"] for run in runs for note in run.seen if note["kind"] == "process"]
    if opened:
        return Check("C7", title, "FAILED", f"it opened what holds real answers: {', '.join(dict.fromkeys(opened))}")
    if asked:
        return Check("C7", title, "FAILED", f"it looked into another process: {', '.join(dict.fromkeys(asked))}")
    if not Watch.possible:
        return Check("C7", title, "skipped", "needs Linux, to see which files are opened")
    return Check("C7", title, "passed", "no real answer was opened, and no other process looked into")


def _sensitivity(run: _Run) -> list[Check]:
    found = []
    base = run.clip("base")
    for name, title, verdict in (("other", "another question", "FAILED"), ("mute", "without its sound", "note"),
                                 ("blank", "without its picture", "note")):  # fmt: skip
        row = run.rows.get(name)
        if row is None or row.file is None:
            found.append(Check("C8", title, "FAILED", "there is no answer"))
            continue
        why = difference(base, run.clip(name))
        if why is None:
            text = f"the answer to {name} is that to base: it does not listen" if name != "blank" else (
                "the answer is the same when the question's picture is black: it does not look")  # fmt: skip
            found.append(Check("C8", title, verdict, text, (base, run.clip(name))))  # type: ignore[arg-type]
        else:
            found.append(Check("C8", title, "passed", f"another answer: {why}"))
    return found


def _causality() -> Check:
    return Check("C9", "causality", "skipped", "for streaming adapters, which there are not yet")


def _left_over(runs: Sequence[_Run]) -> Check:
    left = [line for run in runs for line in run.left_over]
    if left:
        return Check("C10", "ends with the run", "FAILED", f"processes went on after the run: {'; '.join(left)[:300]}")
    return Check("C10", "ends with the run", "passed", "no process was left over")


def _memory(run: _Run) -> Check:
    title = "memory"
    taken = [json.loads(note["what"]) for note in run.seen if note["kind"] == "memory"]
    if len(taken) < 3:
        return Check("C11", title, "skipped", "fewer than three answers")
    for name, place in (("memory", 0), ("GPU memory", 1)):
        early, late = taken[1][place], taken[-1][place]
        if late > early * GROWTH[0] and late - early > GROWTH[1]:
            text = f"{name} grew from {early:.0f} to {late:.0f} MB from the second answer to the last of {len(taken)}"
            return Check("C11", title, "FAILED", text)
    return Check("C11", title, "passed", f"{taken[-1][0]:.0f} MB, {taken[-1][1]:.0f} MB on the GPU at the end")


def _odd(run: _Run) -> Check:
    row = run.rows.get(ODD)
    if row is None or row.failed:
        why = f"{row.failed['code']}: {row.failed['detail']}" if row and row.failed else "no answer"
        odd = f"0.4 s, 8 fps, 90 x 70, stereo 44.1 kHz, no voice, id {ODD!r}"
        return Check("C12", "odd input", "FAILED", f"{odd}: {why}")
    return Check("C12", "odd input", "passed", "a short clip at 8 fps, stereo, without a voice sample, is answered")


def difference(one: Path, two: Path) -> str | None:
    """In which way two answers differ; None where they are the same but for rounding."""
    if one.read_bytes() == two.read_bytes():
        return None
    looks = [Clip(one), Clip(two)]
    wanted = Presentation(width=64, height=64, fps=Fraction(10))
    pictures = [np.stack([frame.image for _, frame in clip.frames([wanted])]).astype(float) for clip in looks]
    if len(pictures[0]) != len(pictures[1]):
        return f"{len(pictures[0]) / 10:.1f} s and {len(pictures[1]) / 10:.1f} s long"
    if (levels := float(np.abs(pictures[0] - pictures[1]).mean())) > SAME_LEVELS:
        return f"pictures differ by {levels:.1f} of 255 levels"
    tracks = [clip.info.audio for clip in looks]
    if (tracks[0] is None) != (tracks[1] is None):
        return "one has no sound"
    if tracks[0] is not None:
        sounds = [clip.audio(16000) for clip in looks]
        n = min(map(len, sounds))
        if abs(len(sounds[0]) - len(sounds[1])) > 1600:
            return f"sounds of {len(sounds[0]) / 16000:.2f} s and {len(sounds[1]) / 16000:.2f} s"
        if (gap := float(np.abs(sounds[0][:n] - sounds[1][:n]).mean())) > SAME_SOUND:
            return f"sounds differ by {gap:.3f} of full scale"
    return None
