"""C6, C7 and C10: connections, what it opens, and processes that it leaves."""

from __future__ import annotations

from collections.abc import Sequence

from vidchatbench.adapters.checks.line import Check
from vidchatbench.adapters.checks.run import Run
from vidchatbench.adapters.responder import Responder
from vidchatbench.adapters.watch import Watch


def network(spec: Responder, run: Run) -> Check:
    """C6: it opens connections only if it says so."""
    title = "network"
    used = [note["what"] for note in run.seen if note["kind"] == "network"]
    if used and not spec.network:
        return Check("C6", title, "FAILED", f"it opens connections ({used[0]}) and does not say network=True")
    return Check("C6", title, "passed", "as it says: " + (", ".join(used[:3]) if used else "no connection was opened"))


def reach(runs: Sequence[Run]) -> Check:
    """C7: nobody opened a real answer, or looked into the processes that know where one is."""
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


def left_over(runs: Sequence[Run]) -> Check:
    """C10: no process of its own outlives the run."""
    left = [line for run in runs for line in run.left_over]
    if left:
        return Check("C10", "ends with the run", "FAILED", f"processes went on after the run: {'; '.join(left)[:300]}")
    return Check("C10", "ends with the run", "passed", "no process was left over")
