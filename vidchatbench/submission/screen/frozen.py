"""Pictures that stand still."""

from __future__ import annotations

from typing import Final

import numpy as np

from vidchatbench.submission.context import Context
from vidchatbench.submission.finding import Finding, NotChecked
from vidchatbench.submission.opened import Opened
from vidchatbench.submission.schema import FINGERPRINTS
from vidchatbench.submission.screen.answer import answers
from vidchatbench.submission.screen.flag import by_share, flag
from vidchatbench.submission.screen.heard import movement
from vidchatbench.testset.fingerprint import Fingerprint

STILL: Final = 40
"""Movement of a tick, on the fingerprint's scale, below which the picture stands still: a mean change of 0.03 of 255
levels. Three ticks of four of a frozen portrait have at most 14, of people at least 84."""
_MOST_TICKS: Final = 0.75


def frozen(print: Fingerprint) -> bool:
    """Whether three ticks of four show nothing new; so too of a file without a picture, or with one."""
    return len(print.moves) < 2 or bool(np.quantile(movement(print), _MOST_TICKS) < STILL)


def stills(opened: Opened, context: Context) -> list[Finding | NotChecked]:
    """Answers whose picture stands still: an error where most do."""
    own = answers(opened)
    still = [one for one in own if frozen(one.print)]
    if not still:
        return []
    detail = f"the picture of {len(still)} of {len(own)} answers stands still, {_MOST_TICKS:.0%} of the time or more"
    remedy = "look at one of them; where the renderer gave no movement, correct the adapter and generate anew"
    return [flag("frozen", FINGERPRINTS, [one.key for one in still], detail, remedy, by_share(len(still), len(own)))]
