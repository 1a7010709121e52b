"""C8: whether it listens and looks."""

from __future__ import annotations

from vidchatbench.adapters.checks.difference import difference
from vidchatbench.adapters.checks.line import Check
from vidchatbench.adapters.checks.run import Run


def sensitivity(run: Run) -> list[Check]:
    """C8: another question, another answer; also one without sound, or with a black picture."""
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
