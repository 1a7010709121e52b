"""C9: what it says before a moment cannot depend on what comes after it."""

from __future__ import annotations

from collections.abc import Sequence

from vidchatbench.adapters.checks.line import Check
from vidchatbench.adapters.checks.run import Run
from vidchatbench.latency import StreamLog

_TITLE = "causality"


GUARD_S = 0.05
"""So long before the split nothing is compared: where an adapter wants the question in another form, resampling rounds
the edge."""


def causality(runs: Sequence[Run], split_s: float) -> Check:
    """Two questions that are the same until `split_s` and not after it, of which one is asked twice.

    Chunks are taken by how much of the question the adapter had been handed when they came, never by the time at which
    they came, and compared bit by bit. Where the question that was asked twice has two beginnings already, nothing can
    be said.

    Args:
        runs: Both runs of the check set, and, of a streaming adapter, that with the other end.
        split_s: Until when both are the same.
    """
    if len(runs) < 3:
        return Check("C9", _TITLE, "skipped", "not streaming: does not apply")
    first, second, fork = runs
    logs = [run.streams.get("base") for run in (first, fork, second)]
    if any(log is None for log in logs):
        return Check("C9", _TITLE, "FAILED", "there is no answer to one of the two questions with the same beginning")
    one, other, again = (_until(log, split_s) for log in logs if log is not None)
    if one != again:
        text = "asked the same twice, it began in two ways, so nothing can be said of one beginning with two ends"
        return Check("C9", _TITLE, "note", text)
    if one != other:
        pairs = zip(one, other, strict=False)
        place = next((k for k, pair in enumerate(pairs) if pair[0] != pair[1]), min(len(one), len(other)))
        early = (one if place < len(one) else other)[place]
        text = (
            f"two questions that are the same for {split_s:g} s were answered differently before: chunk {place + 1}, "
            f"which came when {early[0]:.2f} s had been released, knows what comes later"
        )
        return Check("C9", _TITLE, "FAILED", text, (first.clip("base"), fork.clip("base")))
    text = f"{len(one)} chunks came before {split_s:g} s of the question were out, and do not depend on what follows"
    if not one:
        text = f"nothing came before {split_s:g} s of the question were out"
    return Check("C9", _TITLE, "passed", text)


def _until(log: StreamLog, split_s: float) -> list[tuple[float, str, float, str]]:
    chunks = [(one.input_s, one.kind, one.pts, one.digest) for one in log.chunks]
    marks = [(one.input_s, "mark", 0.0, one.name) for one in log.marks]
    return [one for one in [*chunks, *marks] if one[0] <= split_s - GUARD_S]
