"""C11: whether its memory grows from answer to answer."""

from __future__ import annotations

import json

from vidchatbench.adapters.checks.line import Check
from vidchatbench.adapters.checks.run import Run

GROWTH = 1.5, 200.0
"""Memory may grow by this factor, or by so many MB, from the second answer to the last."""


def memory(run: Run) -> Check:
    """C11: resident memory, and torch's on the GPU, after the second answer and after the last."""
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
