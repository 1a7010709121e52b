"""C4 and C5: the same question, the same answer; whatever was asked before."""

from __future__ import annotations

from vidchatbench.adapters.checks.difference import difference
from vidchatbench.adapters.checks.line import Check
from vidchatbench.adapters.checks.run import Run
from vidchatbench.adapters.responder import Responder


def seeds(spec: Responder, first: Run, second: Run) -> Check:
    """C4: one seed, one answer; another seed, another, unless it says that it is deterministic."""
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


def isolation(first: Run, second: Run) -> Check:
    """C5: asked in the reverse order, every answer is the same."""
    title = "no memory between items"
    for name, row in sorted(second.rows.items()):
        before = first.rows.get(name)
        if before is not None and before.file and row.file:
            pair = (first.clip(name), second.clip(name))
            if (why := difference(*pair)) is not None:
                return Check("C5", title, "FAILED", f"asked in another order, {name} has another answer: {why}", pair)
    return Check("C5", title, "passed", "asked in the reverse order, the answers are the same")
