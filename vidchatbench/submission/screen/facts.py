"""What rows and lines say of an answer, against what its fingerprint shows: both are of one file, and must agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from vidchatbench.submission.context import Context
from vidchatbench.submission.finding import Finding, NotChecked
from vidchatbench.submission.opened import Opened
from vidchatbench.submission.schema import ITEMS
from vidchatbench.submission.screen.answer import Answer, answers
from vidchatbench.submission.screen.flag import SOME, flag, share
from vidchatbench.submission.screen.heard import AUDIBLE_DB, loudness
from vidchatbench.testset.fingerprint import FPS, Fingerprint
from vidchatbench.types import Floats

QUIET: Final = 0.5
"""Share of the speech of an answer that may lie where its sound is silent."""
BEYOND_S: Final = 0.5
"""Speech may end by so much after the sound: detectors pad it."""
FOLLOWS: Final = 0.7
"""How often, in the median over answers, a tick of speech must be louder than one without."""
FASTER: Final = 0.1
"""Share of ticks that may show something new beyond what the frame rate allows."""
_FEWEST, _TICKS = 5, 10
_REMEDY: Final = (
    "score these very outputs anew and pack that run: vidchatbench eval --pred OUTPUTS, vidchatbench submit RUN"
)


def facts(opened: Opened, context: Context) -> list[Finding | NotChecked]:
    """Speech where the sound is silent or over, or that does not follow it; pictures faster than their frame rate."""
    own = answers(opened)
    spoken = [(one, mask) for one in own if (mask := _speech(one)) is not None]
    found: list[Finding | NotChecked] = []
    if own and not any("response" in one.record.timelines for one in own):
        why = "no metric of this profile says when somebody speaks"
        found.append(NotChecked(what="the times of speech against the answers' sound", why=why))
    wrong = {
        "more than half of the speech lies where the sound is silent": [
            one.key for one, mask in spoken if mask.any() and (loudness(one.print)[mask] < AUDIBLE_DB).mean() > QUIET
        ],
        f"speech goes on more than {BEYOND_S} s after the end of the sound": [
            one.key for one in own if _end(one) > one.print.sound_s + BEYOND_S
        ],
        "more of the picture is new than the frame rate allows": [
            one.key for one in own if _new(one.print) > _rate(one) / FPS + FASTER
        ],
    }
    for what, keys in wrong.items():
        if len(keys) > 1 and share(len(keys), len(own)) >= SOME:
            detail = f"of {len(keys)} of {len(own)} answers items.jsonl.gz and the fingerprint do not agree: {what}"
            found.append(flag("facts-differ", ITEMS, keys, detail, _REMEDY))
    fits = [fit for one, mask in spoken if (fit := _follows(loudness(one.print), mask)) is not None]
    if len(fits) >= _FEWEST and float(np.median(fits)) < FOLLOWS:
        detail = (
            f"speech does not follow the sound: in the median of {len(fits)} answers a tick of speech is louder than "
            f"one without in {np.median(fits):.0%} of the comparisons (by chance 50 %, limit {FOLLOWS:.0%})"
        )
        found.append(flag("facts-differ", ITEMS, [], detail, _REMEDY))
    return found


def _spans(one: Answer) -> Sequence[tuple[float, float]]:
    """The response's speech in seconds of its own media."""
    output = one.record.output
    start = output.start_s if output is not None else 0.0
    return [(a - start, b - start) for a, b in one.record.timelines.get("response", ())]


def _end(one: Answer) -> float:
    return max((end for _, end in _spans(one)), default=0.0)


def _speech(one: Answer) -> NDArray[np.bool_] | None:
    """Which ticks of the sound are speech; None where that is not told, or there is no sound."""
    if "response" not in one.record.timelines or not len(one.print.sounds):
        return None
    at = (np.arange(len(one.print.sounds)) + 0.5) / FPS
    mask = np.zeros(len(at), bool)
    for start, end in _spans(one):
        mask |= (at >= start) & (at < end)
    return mask


def _follows(level: Floats, speech: NDArray[np.bool_]) -> float | None:
    """How often a tick of speech is louder than one without; None where either is too short."""
    if min(speech.sum(), (~speech).sum()) < _TICKS:
        return None
    wins = float(stats.mannwhitneyu(level[speech], level[~speech]).statistic)
    return wins / float(speech.sum() * (~speech).sum())


def _new(print: Fingerprint) -> float:
    return float((print.moves[1:] > 0).mean()) if len(print.moves) > FPS else 0.0


def _rate(one: Answer) -> float:
    output = one.record.output
    return output.fps if output is not None and output.fps else float(FPS)
