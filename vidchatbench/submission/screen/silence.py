"""Silence where the task asks for speech."""

from __future__ import annotations

from typing import Final

from vidchatbench.submission.context import Context
from vidchatbench.submission.finding import Finding, NotChecked
from vidchatbench.submission.opened import Opened
from vidchatbench.submission.schema import FINGERPRINTS
from vidchatbench.submission.screen.answer import answers
from vidchatbench.submission.screen.flag import by_share, flag
from vidchatbench.submission.screen.heard import AUDIBLE_DB, loudness, rms_db
from vidchatbench.testset.fingerprint import Fingerprint

SILENT_DB: Final = -60.0
"""Level of a whole sound, 100 Hz to 6 kHz, below which it is silence."""
HEARD: Final = 0.05
"""Share of a sound that must be above `AUDIBLE_DB`."""


def silent(print: Fingerprint) -> bool:
    """Whether nothing is heard."""
    heard = (loudness(print) >= AUDIBLE_DB).mean() if len(print.sounds) else 0.0
    return bool(heard < HEARD or rms_db(print) < SILENT_DB)


def silence(opened: Opened, context: Context) -> list[Finding | NotChecked]:
    """Spoken answers in which nothing is heard: an error where most are."""
    spoken = [one for one in answers(opened) if one.speaks]
    mute = [one for one in spoken if silent(one.print)]
    if not mute:
        return []
    loudest = max(rms_db(one.print) for one in mute)
    detail = (
        f"{len(mute)} of {len(spoken)} answers that must speak are silent: at most {loudest:.0f} dB below full scale "
        f"(silence: below {SILENT_DB:.0f} dB, or less than {HEARD:.0%} of it above {AUDIBLE_DB:.0f} dB)"
    )
    remedy = "look whether the sound is in the file (`vidchatbench check-outputs`); a model without a voice is no entry"
    severity = by_share(len(mute), len(spoken))
    return [flag("silent", FINGERPRINTS, [one.key for one in mute], detail, remedy, severity)]
