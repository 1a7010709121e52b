"""What a run of `generate` says when it ends."""

from __future__ import annotations

from collections.abc import Iterator

from vidchatbench.adapters.generate import Generated
from vidchatbench.latency import Latency, Quantiles

SHOWN = 10
BUSY_MS = 20.0
"""A question that is released later than this makes the times doubtful."""


def say(done: Generated, *, next_step: bool = True) -> None:
    """Print what is there, what failed and why, and what to type next."""
    here = done.answered - done.made
    print(f"\n{done.out}: {done.answered} of {done.expected} samples answered"
          f" ({done.made} now{f', {here} before' if here else ''})")  # fmt: skip
    for key, why in list(done.failed.items())[:SHOWN]:
        print(f"  failed  {key}: {why}")
    if len(done.failed) > SHOWN:
        print(f"  and {len(done.failed) - SHOWN} more, in {done.out / 'manifest.jsonl'}")
    if done.failed:
        print(f"  what they printed: {done.out / 'generation' / 'logs'}; the same command tries them again")
    if done.latency is not None:
        for line in _latency(done.latency):
            print(f"  {line}")
    if done.untried:
        print(f"  {done.untried} not tried: left out by -k, -x or Ctrl-C, or of a task that the adapter does not take")
    if next_step and not done.failed and not done.untried:
        print(f"  next: vidchatbench eval --pred {done.out}")


_LINES = {
    "ttfav_s": "until sound and picture of the reply were there",
    "ttfa_s": "until the first audible sample was there",
    "ttfv_s": "until the first frame of the reply was there",
}


def _latency(found: Latency) -> Iterator[str]:
    """Nothing of an adapter that was given the whole question at once: its `rtf` stands in the file."""
    if found.clocks == ("offline",):
        return
    flag = " (simulated: not what a user would have felt)" if "virtual" in found.clocks else ""
    yield f"latency  clock {', '.join(found.clocks)}{flag}, {found.n} samples, after the initiator's last word:"
    reason = None
    for name, words in _LINES.items():
        if name in found.values:
            yield f"  {name:<8} {_shares(found.values[name])}  {words}"
            reason = reason or found.values[name].reason
    if reason is not None:
        yield f"  {reason}"
    rtf, stalls = found.rtf_p95, found.stall_ratio
    parts = [f"rtf p50 {_number(found.values['rtf'].p50)}, p95 of its seconds {_number(rtf)}"]
    parts += [] if stalls is None else [f"stalls {found.n_stalls}, {100 * stalls:.1f} % of the time"]
    parts += [] if found.lag_ms is None else [f"harness late by {found.lag_ms:.1f} ms (p95)"]
    yield f"  {'; '.join(parts)}; more in generation/latency.json"
    if found.lag_ms is not None and found.lag_ms > BUSY_MS:
        yield f"  the machine was busy: the question came more than {BUSY_MS:g} ms late; measure again on a quiet one"
    if len(found.hardware) > 1 or len(found.clocks) > 1:
        yield "  made on several machines or with several clocks: no one measurement; --fresh makes all anew"


def _shares(found: Quantiles) -> str:
    shares = {"p50": found.p50, "p90": found.p90, "p95": found.p95, "p99": found.p99}
    if not found.reached:
        return "not reached:"
    return "  ".join(f"{name} {'not reached' if value is None else f'{value:.3f} s'}" for name, value in shares.items())


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3g}"
