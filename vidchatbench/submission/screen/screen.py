"""All screens, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from vidchatbench.submission.context import Context
from vidchatbench.submission.finding import Finding, NotChecked
from vidchatbench.submission.opened import Opened
from vidchatbench.submission.screen.copies import copies
from vidchatbench.submission.screen.fabricated import fabricated
from vidchatbench.submission.screen.facts import facts
from vidchatbench.submission.screen.frozen import stills
from vidchatbench.submission.screen.length import length
from vidchatbench.submission.screen.loops import loops
from vidchatbench.submission.screen.one_reply import one_reply
from vidchatbench.submission.screen.read_out import read_out
from vidchatbench.submission.screen.seeds import seeds
from vidchatbench.submission.screen.silence import silence
from vidchatbench.submission.screen.too_good import too_good

Screen = Callable[[Opened, Context], list[Finding | NotChecked]]
SCREENS: Final[tuple[Screen, ...]] = (
    copies, silence, stills, loops, one_reply, seeds, read_out, length, too_good, facts, fabricated,
)  # fmt: skip
NEVER_A_BASELINE: Final = ("rows-copied", "rows-round", "rows-repeated", "facts-differ")
"""What no control may do either: a baseline's content may be degenerate, its rows are still measured."""


def screen(opened: Opened, context: Context, *, baseline: bool = False) -> tuple[list[Finding], list[NotChecked]]:
    """Hold a submission against every cheat that its own files can tell of.

    Args:
        opened: The submission, whose form and arithmetic are right.
        context: The test set and the runs that were merged before.
        baseline: It is entered as a control, whose answers are degenerate by design: what is found of them is a note.
    """
    found = [one for look in SCREENS for one in look(opened, context)]
    findings = [one for one in found if isinstance(one, Finding)]
    if baseline:
        # Two controls may show one picture under different sounds: then they have the same values of it.
        shown = [one.detail for one in findings if one.code == "copy-of-run"]
        twins = [
            one.submission.run_id for one in context.others if any(one.submission.run_id in text for text in shown)
        ]
        findings = [
            one
            if one.code in NEVER_A_BASELINE
            and not (one.code == "rows-copied" and any(id in one.detail for id in twins))
            else replace(one, severity="note")
            for one in findings
        ]
    return findings, [one for one in found if isinstance(one, NotChecked)]
