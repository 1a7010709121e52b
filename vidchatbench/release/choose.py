"""Choosing items: by rank, spread over videos and people as far as possible, and over strata in proportion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from vidchatbench.release.candidate import Candidate

S = TypeVar("S", bound=Hashable)


def choose(
    candidates: Iterable[Candidate],
    count: int,
    rank: Callable[[str], str],
    stratum: Callable[[Candidate], tuple[str, ...]],
) -> list[Candidate]:
    """At most `count` candidates, in order of their ids; the same whatever the order they come in."""
    pool = spread(sorted(candidates, key=lambda one: rank(one.name)), count)
    groups: dict[tuple[str, ...], list[Candidate]] = {}
    for one in pool:
        groups.setdefault(stratum(one), []).append(one)
    shares = allocate({group: len(found) for group, found in groups.items()}, count)
    chosen = [one for group, found in groups.items() for one in found[: shares[group]]]
    return sorted(chosen, key=lambda one: one.item_id)


def spread(ranked: Sequence[Candidate], count: int) -> list[Candidate]:
    """All that are first of their video and responder; if that is fewer than `count`, the second too, and so on.

    No clip is in two of them.
    """
    most, taken, left = 0, list[Candidate](), list(ranked)
    videos, people, clips = Counter[str](), Counter[str](), set[str]()
    while len(taken) < count and left:
        most += 1
        passed = []
        for one in left:
            if any(clip.name in clips for clip in one.clips):
                continue
            if videos[one.video] >= most or (one.responder is not None and people[one.responder] >= most):
                passed.append(one)
                continue
            taken.append(one)
            videos[one.video] += 1
            if one.responder is not None:
                people[one.responder] += 1
            clips.update(clip.name for clip in one.clips)
        left = passed
    return taken


def allocate(sizes: Mapping[S, int], count: int) -> dict[S, int]:
    """How many of each stratum: in proportion to its size, by largest remainder, at least one where that is possible.

    Whole numbers only, so that no rounding differs between machines. Sums to `count`, or to all there are.
    """
    total = sum(sizes.values())
    count = min(count, total)
    if not count:
        return dict.fromkeys(sizes, 0)
    order = sorted(sizes, key=repr)
    shares = {one: count * sizes[one] // total for one in order}
    by_remainder = sorted(order, key=lambda one: -(count * sizes[one] % total))
    for one in by_remainder[: count - sum(shares.values())]:
        shares[one] += 1
    empty = [one for one in order if not shares[one] and sizes[one]]
    for one in sorted(empty, key=lambda one: -sizes[one]):
        largest = max(order, key=lambda other: shares[other])
        if shares[largest] < 2:
            break
        shares[largest] -= 1
        shares[one] += 1
    return shares
