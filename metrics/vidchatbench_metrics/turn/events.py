"""The events of a conversation, from when each of two people speaks: pure functions of two tracks on one clock.

A track is (k, 2): start and end, in seconds, of one person's speech, ascending. Definitions, after Heldner & Edlund
(2010) and dGSLM (Nguyen et al. 2023):

    IPU         one person's speech, own silences below 0.2 s closed
    pause       joint silence between two IPUs of one person, with no IPU of the other in between
    turn        IPUs of one person joined over pauses
    gap         joint silence between IPUs of different people
    overlap     both speak: *between* speakers where the next one starts before the previous stops, and the previous
                stops first; *within* where one's IPU lies wholly inside one of the other's
    transfer    a change of speaker, over a gap or a between-speaker overlap; its floor-transfer offset (FTO) is
                start(next turn) - end(previous turn): above 0 a gap, below 0 an overlap
    backchannel IPU of 1.0 s at most, with own silence of 1.0 s or more on both sides, while the other holds the floor
                (event rules of VAP, Ekstedt & Skantze 2022, there on what has no words either): the other speaks within
                the second before its start and within the second after its end
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vidchatbench.types import Floats
from vidchatbench_metrics.perception.speech import merge
from vidchatbench_metrics.turn.timeline import ISOLATION_S, ROUNDING_S

LONGEST_BACKCHANNEL_S = 1.0

Pair = tuple[Floats, Floats]
"""Something of the first person and of the second."""


@dataclass(frozen=True, slots=True)
class Events:
    """What happens between two people. Each pair holds (n, 2) starts and ends in s, ascending."""

    ipus: Pair
    pauses: Pair
    transfers: Pair
    """End of the previous turn and start of the next, by who speaks next; in order of the starts."""
    within: Pair
    """Within-speaker overlaps, by whose IPU lies inside the other's."""

    @classmethod
    def of(cls, first: Floats, second: Floats) -> Events:
        """The events of two tracks; silences of a person below 0.2 s are closed first."""
        ipus = (merge(first), merge(second))
        pauses: tuple[list[Floats], list[Floats]] = ([], [])
        transfers: tuple[list[Floats], list[Floats]] = ([], [])
        within: tuple[list[Floats], list[Floats]] = ([], [])
        units = sorted((start, end, who) for who in (0, 1) for start, end in ipus[who])
        reach, last = -np.inf, {0, 1}  # up to when somebody speaks, and who stops then
        for start, end, who in units:
            if start >= reach > -np.inf:  # joint silence, or, with an offset of 0, none
                both_start = np.any(ipus[1 - who][:, 0] == start)
                next_one = who if who in last or not both_start else 1 - who  # of two at once, who spoke before
                (pauses if next_one in last else transfers)[next_one].append(np.array([reach, start]))
            last = {who} if end > reach else last | {who} if end == reach else last
            reach = max(reach, end)
        for mine in ipus[0]:
            for other in ipus[1][(ipus[1][:, 0] < mine[1]) & (ipus[1][:, 1] > mine[0])]:
                both = np.array([max(mine[0], other[0]), min(mine[1], other[1])])
                if other[0] <= mine[0] and mine[1] <= other[1]:
                    within[0].append(both)
                elif mine[0] <= other[0] and other[1] <= mine[1]:
                    within[1].append(both)
                else:
                    transfers[int(mine[0] < other[0])].append(both[::-1])
        return cls(ipus, _pair(pauses), _pair(transfers), _pair(within))

    def offsets(self, who: int) -> Floats:
        """Floor-transfer offsets in s of the transfers to a person (0 or 1), in order of time."""
        ends, starts = self.transfers[who].T
        return np.asarray(starts - ends)

    def gaps(self, who: int) -> Floats:
        """The gaps before a person speaks, (n, 2)."""
        return self.transfers[who][self.offsets(who) > ROUNDING_S]

    def between(self, who: int) -> Floats:
        """The between-speaker overlaps with which a person takes over, (n, 2)."""
        return self.transfers[who][self.offsets(who) < -ROUNDING_S][:, ::-1]

    def turns(self, who: int) -> Floats:
        """A person's turns, (n, 2)."""
        ipus = self.ipus[who]
        joined = np.isin(ipus[1:, 0], self.pauses[who][:, 1])
        return np.stack(
            [ipus[np.r_[True, ~joined][: len(ipus)], 0], ipus[np.r_[~joined, True][: len(ipus)], 1]], axis=1
        )

    def backchannels(self, who: int) -> Floats:
        """A person's backchannels, (n, 2)."""
        own, other = self.ipus[who], self.ipus[1 - who]
        silence = np.r_[np.inf, own[1:, 0] - own[:-1, 1], np.inf] if len(own) else np.zeros(1)
        alone = np.minimum(silence[:-1], silence[1:]) >= ISOLATION_S - ROUNDING_S
        short = own[:, 1] - own[:, 0] <= LONGEST_BACKCHANNEL_S + ROUNDING_S
        before = (other[:, 0] < own[:, :1]) & (other[:, 1] > own[:, :1] - ISOLATION_S)
        after = (other[:, 1] > own[:, 1:]) & (other[:, 0] < own[:, 1:] + ISOLATION_S)
        return own[short & alone & before.any(axis=1) & after.any(axis=1)]


def _pair(found: tuple[list[Floats], list[Floats]]) -> Pair:
    """Lists of pairs of seconds as arrays, by the second of each."""
    first, second = (np.array(sorted(one, key=lambda pair: pair[1]), np.float64).reshape(-1, 2) for one in found)
    return first, second
