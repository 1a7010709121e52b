"""`check-adapter`: twelve questions to an adapter before it is put to a test set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vidchatbench.adapters.check_set import write_check_set, write_fork
from vidchatbench.adapters.checks.causality import causality
from vidchatbench.adapters.checks.form import alive_and_loud, form, metadata, odd
from vidchatbench.adapters.checks.line import Check
from vidchatbench.adapters.checks.memory import memory
from vidchatbench.adapters.checks.reach import left_over, network, reach
from vidchatbench.adapters.checks.repeat import isolation, seeds
from vidchatbench.adapters.checks.run import Run, run_on
from vidchatbench.adapters.checks.sensitivity import sensitivity
from vidchatbench.adapters.job import Folder
from vidchatbench.adapters.responder import Responder
from vidchatbench.errors import UsageError
from vidchatbench.tasks import TASKS


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

    def run(name: str, *words: str) -> Run:
        return run_on(adapter, hidden, out / name, [*words, *quick])

    task = next(iter(TASKS))
    hidden = write_check_set(out / f"hidden-{task}", task)
    # The simulated clock, on which the same adapter has the same times; an adapter that is not streaming has none.
    quick = ["--clock", "virtual", "--warm-ups", "0", *words]
    first = run("forwards", "--seeds", "2")
    spec = Folder(out / "forwards/generation").read("responder.json", Responder)
    if spec is not None and task not in spec.tasks:
        task = spec.tasks[0]
        hidden = write_check_set(out / f"hidden-{task}", task)
        first = run(f"forwards-{task}", "--seeds", "2")
    if spec is None:
        return [Check("C1", "import and metadata", "FAILED", f"it cannot be collected:\n{first.told.strip()}")]
    second = run("backwards", "--reverse")
    checks = [metadata(spec), form(first)]
    if first.rows.get("base") is None or first.rows["base"].file is None:
        return [*checks, Check("C3-12", "all others", "skipped", "there is no answer to the plain question")]
    runs, split_s = [first, second], 0.0
    if spec.mode == "streaming":
        split_s = write_fork(out / f"hidden-{task}-fork", hidden, task)
        runs.append(run_on(adapter, out / f"hidden-{task}-fork", out / "fork", quick))
    return [
        *checks, alive_and_loud(out, first, task), seeds(spec, first, second), isolation(first, second),
        network(spec, first), reach(runs), *sensitivity(first), causality(runs, split_s), left_over(runs),
        memory(first), odd(first),
    ]  # fmt: skip
