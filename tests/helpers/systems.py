"""Systems of known timing, built from synthetic speech on a timeline: what turn-taking must tell apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from helpers.spoken import RATE, say

ASKING = ("flite:rms", "espeak:en-us")
ANSWERING = "flite:slt"
LONG = ("she left for the office this morning", "we could meet again next week", "that sounds good to me")
SHORT = ("mm", "yeah", "right", "okay")


@dataclass(frozen=True)
class Question:
    """An initiator's sound from 0 on, its pauses (k, 2), and the end of its speech in s."""

    samples: np.ndarray
    pauses: np.ndarray
    end_s: float


def place(parts: list[tuple[float, np.ndarray]], seconds: float = 0.0) -> np.ndarray:
    """Sounds at 16 kHz at their times, on silence of at least this length."""
    ends = [round(at * RATE) + len(sound) for at, sound in parts]
    track = np.zeros(max([round(seconds * RATE), *[end + RATE // 2 for end in ends]]), np.float32)
    for at, sound in parts:
        first = round(at * RATE)
        track[max(first, 0) : first + len(sound)] += sound[max(-first, 0) :]
    return track


def question(seed: int) -> Question:
    """Three stretches of speech with two pauses of 0.8 to 1.4 s."""
    rng = np.random.default_rng(seed)
    voice, at, parts, pauses = ASKING[seed % 2], rng.uniform(0.2, 0.6), [], []
    for k in range(3):
        sound = say(voice, LONG[rng.integers(len(LONG))])
        parts.append((at, sound))
        at = round(at * RATE) / RATE + len(sound) / RATE
        if k < 2:
            pauses.append((at, at + rng.uniform(0.8, 1.4)))
            at = pauses[-1][1]
    return Question(place(parts), np.array(pauses), at)


def offset(rng: np.random.Generator) -> float:
    """A floor-transfer offset like people's: most near 0.2 s, a third overlaps, a tail of late ones."""
    usual = rng.normal(0.15, 0.45) if rng.random() < 0.85 else rng.exponential(0.8) + 0.3
    return float(np.clip(usual, -1.0, 4.5))


def reply(rng: np.random.Generator, at: float) -> list[tuple[float, np.ndarray]]:
    """Two or three stretches of speech with pauses of 0.3 to 0.9 s."""
    parts = []
    for _ in range(rng.integers(2, 4)):
        parts.append((at, say(ANSWERING, LONG[rng.integers(len(LONG))])))
        at += len(parts[-1][1]) / RATE + rng.uniform(0.3, 0.9)
    return parts


def nods(rng: np.random.Generator, asked: Question) -> list[tuple[float, np.ndarray]]:
    """A brief word in each pause, two times out of three."""
    return [
        (start + rng.uniform(0.05, 0.3), say(ANSWERING, SHORT[rng.integers(len(SHORT))]))
        for start, _ in asked.pauses
        if rng.random() < 0.67
    ]


def system(timing: Callable[[np.random.Generator], float], nodding: bool = True) -> Callable[[int], np.ndarray]:
    """A system whose replies begin at E plus `timing`."""

    def answer(seed: int, asked: Question) -> np.ndarray:
        rng = np.random.default_rng(seed)
        spoken = reply(rng, asked.end_s + timing(rng))
        return place([*(nods(rng, asked) if nodding else []), *spoken], len(asked.samples) / RATE)

    return answer


def mute(seed: int, asked: Question) -> np.ndarray:
    """Silence."""
    return np.zeros(len(asked.samples) + 3 * RATE, np.float32)


def eager(seed: int, asked: Question) -> np.ndarray:
    """A reply in every pause, and one at the end."""
    rng = np.random.default_rng(seed)
    hasty = [(start + 0.1, say(ANSWERING, LONG[rng.integers(len(LONG))])) for start, _ in asked.pauses]
    return place([*hasty, *reply(rng, asked.end_s + 0.2)], len(asked.samples) / RATE)


def chatty(seed: int, asked: Question) -> np.ndarray:
    """A brief word every 1.7 s, and a reply like people's."""
    rng = np.random.default_rng(seed)
    at = asked.end_s + offset(rng)
    brief = [(t, say(ANSWERING, "mm")) for t in np.arange(rng.uniform(0.3, 0.8), min(at, asked.end_s) - 1.6, 1.7)]
    return place([*brief, *reply(rng, at)], len(asked.samples) / RATE)


SYSTEMS = {
    "human_like": system(offset),
    "constant_0": system(lambda rng: 0.0),
    "constant_02": system(lambda rng: 0.2),
    "late": system(lambda rng: offset(rng) + 1.0),
    "talking_over": system(lambda rng: offset(rng) - 2.0),
    "mute": mute,
    "cascade": system(lambda rng: float(rng.normal(1.3, 0.4)), nodding=False),
    "eager": eager,
    "chatty": chatty,
}
"""By name: the responder's sound from the start of the question on, given a seed and the question."""
