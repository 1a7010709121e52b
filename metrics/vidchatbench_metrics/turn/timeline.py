"""The quantities of a reply's timing: pure functions of speech segments (k, 2) on the turn's timeline, in seconds.

Segments are inter-pausal units (IPUs), ascending, as `speech.silero` gives them, moved to the timeline by the media's
start. E, the end of the initiator's speech, comes from the test set and is never computed here.
"""

from __future__ import annotations

import numpy as np

from vidchatbench.types import Floats

EARLIEST_S, LATEST_S = -3.0, 5.0
"""Floor-transfer offsets are clipped to this range; no response counts as the latest."""
WINDOW_S = (-1.0, 5.0)
"""Where, from E, a response must take the floor to count as one."""
FLOOR_SPAN_S = 1.0
"""Speech that spans less is a backchannel, not a reply (Full-Duplex-Bench, Lin et al. 2025)."""
ISOLATION_S = 1.0
"""Own silence that sets a backchannel apart from the reply (Ekstedt & Skantze 2022, event rules of VAP)."""
CENSORED_S = 0.01
ROUNDING_S = 1e-6
"""A length at a limit must not fall to either side by the rounding of its two ends."""


def floor_taking(segments: Floats) -> Floats:
    """Start and end (g, 2) of each stretch of speech that takes the floor.

    IPUs less than 1.0 s apart form a group; a group that spans 1.0 s or more from its first start to its last end takes
    the floor. Full-Duplex-Bench's other way to take it, more than three words, would need a transcript and is left out.
    """
    if not len(segments):
        return np.zeros((0, 2))
    apart = np.flatnonzero(segments[1:, 0] - segments[:-1, 1] >= ISOLATION_S - ROUNDING_S)
    groups = np.stack([segments[np.r_[0, apart + 1], 0], segments[np.r_[apart, len(segments) - 1], 1]], axis=1)
    return np.asarray(groups[groups[:, 1] - groups[:, 0] >= FLOOR_SPAN_S - ROUNDING_S])


def responds(segments: Floats, end_s: float) -> bool:
    """Whether speech that takes the floor starts within [E - 1 s, E + 5 s]."""
    offsets = floor_taking(segments)[:, 0] - end_s
    return bool(((offsets >= WINDOW_S[0] - ROUNDING_S) & (offsets <= WINDOW_S[1] + ROUNDING_S)).any())


def floor_transfer_offset(segments: Floats, end_s: float) -> float:
    """Start of the first floor-taking speech minus E, in s, clipped to [-3, 5]: above 0 a gap, below 0 an overlap.

    5.0 where the floor is not taken.
    """
    taken = floor_taking(segments)
    return float(np.clip(taken[0, 0] - end_s, EARLIEST_S, LATEST_S)) if len(taken) else LATEST_S


def reply(segments: Floats) -> Floats:
    """The IPUs of the reply: from the first floor-taking speech on, or all speech where the floor is not taken."""
    taken = floor_taking(segments)
    return segments[segments[:, 0] >= taken[0, 0]] if len(taken) else segments


def reply_length(segments: Floats) -> float:
    """From the reply's first start to its last end, in s, pauses included; 0 without speech."""
    units = reply(segments)
    return float(units[-1, 1] - units[0, 0]) if len(units) else 0.0


def left_censored(segments: Floats, media_start_s: float) -> bool:
    """Whether somebody speaks from the media's first sample on, so that the true onset may lie before it."""
    return bool(len(segments)) and bool(segments[0, 0] - media_start_s <= CENSORED_S)


def until(segments: Floats, end_s: float) -> Floats:
    """The initiator's speech up to E: what begins later is no speech, and the last IPU ends at E.

    E is the test set's word, measured once on clean sound; a detector's ends move with noise.
    """
    kept = segments[segments[:, 0] < end_s].copy()
    if len(kept):
        kept[-1, 1] = end_s
    return kept
