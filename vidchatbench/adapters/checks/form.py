"""C1, C2, C3 and C12: what it says of itself, and the form of its answers, also to odd questions."""

from __future__ import annotations

from pathlib import Path

from vidchatbench.adapters.check_set import ODD
from vidchatbench.adapters.checks.line import Check
from vidchatbench.adapters.checks.run import Run
from vidchatbench.adapters.responder import Responder

MAX_SKEW_S = 0.04
"""Greatest difference in length of an answer's picture and sound."""


def metadata(spec: Responder) -> Check:
    """C1: what a leaderboard will ask for."""
    unsaid = [name for name in ("revision", "license", "training_data") if getattr(spec, name) is None]
    if unsaid:
        return Check("C1", "import and metadata", "note", f"a leaderboard will ask for {', '.join(unsaid)}")
    return Check("C1", "import and metadata", "passed", f"{spec.id} at {spec.revision}")


def form(run: Run) -> Check:
    """C2: every plain question has an answer, as long in sound as in picture."""
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


def alive_and_loud(out: Path, run: Run, task: str) -> Check:
    """C3: a face that moves, and sound, by the metrics of the family `check`."""
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


def odd(run: Run) -> Check:
    """C12: a short clip that is odd in every way is answered."""
    row = run.rows.get(ODD)
    if row is None or row.failed:
        why = f"{row.failed['code']}: {row.failed['detail']}" if row and row.failed else "no answer"
        odd = f"0.4 s, 8 fps, 90 x 70, stereo 44.1 kHz, no voice, id {ODD!r}"
        return Check("C12", "odd input", "FAILED", f"{odd}: {why}")
    return Check("C12", "odd input", "passed", "a short clip at 8 fps, stereo, without a voice sample, is answered")
