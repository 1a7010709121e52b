"""What a run of `generate` says when it ends."""

from __future__ import annotations

from vidchatbench.adapters.generate import Generated

SHOWN = 10


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
    if done.untried:
        print(f"  {done.untried} not tried: left out by -k, -x or Ctrl-C, or of a task that the adapter does not take")
    if next_step and not done.failed and not done.untried:
        print(f"  next: vidchatbench eval --pred {done.out}")
