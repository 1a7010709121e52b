"""A stretch of conversation that could become an item."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from vidchatbench.release.clip import ReleasedClip
from vidchatbench.release.recipe import Strata

_WORD = re.compile(r"[a-z']+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A clip, or a part of one."""

    clip: ReleasedClip
    start_s: float
    end_s: float

    @staticmethod
    def whole(clip: ReleasedClip) -> Stretch:
        """All of a clip."""
        return Stretch(clip=clip, start_s=clip.start_s, end_s=clip.end_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Turns of an initiator's and a responder's stretch, all of one source video."""

    turns: tuple[tuple[Stretch, Stretch], ...]
    portrait: ReleasedClip | None
    """Another clip of the responder; None where there is none, and the reference's first picture must do."""
    voice: ReleasedClip | None
    history: tuple[tuple[str, str], ...]
    """Who said what before, in order."""

    @property
    def clips(self) -> tuple[ReleasedClip, ...]:
        """Initiator's and responder's clips, turn by turn."""
        return tuple(stretch.clip for turn in self.turns for stretch in turn)

    @property
    def video(self) -> str:
        """The source video."""
        return self.turns[0][0].clip.video

    @property
    def responder(self) -> str | None:
        """Who answers."""
        return self.turns[0][1].clip.speaker

    @property
    def speakers(self) -> frozenset[str]:
        """Everybody in it who is known."""
        return frozenset(clip.speaker for clip in self.clips if clip.speaker is not None)

    @property
    def name(self) -> str:
        """What it is made of, in one canonical form; everything that is chosen is chosen by its digest."""
        return "\0".join(clip.name for clip in self.clips)

    @property
    def item_id(self) -> str:
        """12 hex digits of the name's digest."""
        return "sv" + hashlib.sha256(self.name.encode()).hexdigest()[:12]


def stratum(candidate: Candidate, strata: Strata) -> tuple[str, str, str]:
    """Framing, length and topic, as the recipe's words and edges tell them."""
    reference = candidate.turns[0][1]
    return (
        _framing(reference.clip, strata),
        _length(reference.end_s - reference.start_s, strata.length_s),
        _topic(candidate, strata),
    )


def _framing(clip: ReleasedClip, strata: Strata) -> str:
    for said in (clip.framing.lower(), clip.caption.lower()):
        for framing, words in strata.framing.items():
            if any(word in said for word in words):
                return framing
    return "unknown"


def _length(seconds: float, edges: tuple[float, ...]) -> str:
    place = sum(seconds >= edge for edge in edges)
    names = ("short", "middle", "long") if len(edges) == 2 else tuple(f"length{n}" for n in range(len(edges) + 1))
    return names[place]


def _topic(candidate: Candidate, strata: Strata) -> str:
    """The release's own word for it where it has one, else the topic that has most words in what is said and seen."""
    own = candidate.turns[0][1].clip.topic
    if own:
        return own.lower()[:40]
    said = " ".join(f"{clip.text} {clip.caption}" for clip in candidate.clips)
    words = _WORD.findall(said.lower())
    counts = {topic: sum(word in known for word in words) for topic, known in strata.topic.items()}
    best = max(counts, key=lambda topic: counts[topic], default="other")  # the first of several
    return best if counts.get(best) else "other"
