"""Whether two answers are the same."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from vidchatbench.media import Clip, Presentation

SAME_LEVELS, SAME_SOUND = 1.0, 0.005
"""Answers count as the same up to these mean differences: grey levels of 255, and samples of full scale 1."""


def difference(one: Path, two: Path) -> str | None:
    """In which way two answers differ; None where they are the same but for rounding."""
    if one.read_bytes() == two.read_bytes():
        return None
    looks = [Clip(one), Clip(two)]
    wanted = Presentation(width=64, height=64, fps=Fraction(10))
    pictures = [np.stack([frame.image for _, frame in clip.frames([wanted])]).astype(float) for clip in looks]
    if len(pictures[0]) != len(pictures[1]):
        return f"{len(pictures[0]) / 10:.1f} s and {len(pictures[1]) / 10:.1f} s long"
    if (levels := float(np.abs(pictures[0] - pictures[1]).mean())) > SAME_LEVELS:
        return f"pictures differ by {levels:.1f} of 255 levels"
    tracks = [clip.info.audio for clip in looks]
    if (tracks[0] is None) != (tracks[1] is None):
        return "one has no sound"
    if tracks[0] is not None:
        sounds = [clip.audio(16000) for clip in looks]
        n = min(map(len, sounds))
        if abs(len(sounds[0]) - len(sounds[1])) > 1600:
            return f"sounds of {len(sounds[0]) / 16000:.2f} s and {len(sounds[1]) / 16000:.2f} s"
        if (gap := float(np.abs(sounds[0][:n] - sounds[1][:n]).mean())) > SAME_SOUND:
            return f"sounds differ by {gap:.3f} of full scale"
    return None
