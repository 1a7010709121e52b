"""Which clips of one source video go together, as a recipe says it: geometry on the time line, and who speaks."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence

from vidchatbench.release.candidate import Candidate, Stretch
from vidchatbench.release.clip import ReleasedClip
from vidchatbench.release.recipe import Pairing

VOICE_S = 3.0
"""Shortest clip that shows a voice."""
NEAR = 50
"""Other clips are sought among so many before and after an item, so that a video of any length takes linear time."""

Good = Callable[[ReleasedClip], bool]


def candidates(clips: Sequence[ReleasedClip], pairing: Pairing, good: Good) -> Iterator[Candidate]:
    """All items that the clips of one source video, in order of time, could make."""
    starts = [clip.start_s for clip in clips]
    kinds = {"consecutive": _consecutive, "co_present": _co_present, "alone": _alone}
    for turns in kinds[pairing.kind](clips, pairing, good):
        first, last = (bisect_left(starts, moment) for moment in (turns[0][0].start_s, turns[-1][-1].end_s))
        found = _complete(clips[max(0, first - NEAR) : min(last, first + NEAR) + NEAR], pairing, turns, good)
        if found is not None:
            yield found


Turns = tuple[tuple[Stretch, Stretch], ...]


def _alone(clips: Sequence[ReleasedClip], pairing: Pairing, good: Good) -> Iterator[Turns]:
    for clip in clips:
        if (clip.talking is not False) is pairing.responder_talks and good(clip):
            yield ((Stretch.whole(clip), Stretch.whole(clip)),)


def _consecutive(clips: Sequence[ReleasedClip], pairing: Pairing, good: Good) -> Iterator[Turns]:
    spoken = [clip for clip in clips if clip.talking is not False]
    starts = [clip.start_s for clip in spoken]
    for at, clip in enumerate(spoken):
        if not good(clip):
            continue
        chain, place = [clip], at
        while len(chain) < 2 * pairing.turns[1]:
            following = _next(spoken, starts, place, chain, pairing)
            if following is None or not good(spoken[following]):
                break
            chain.append(spoken[following])
            place = following
        turns = len(chain) // 2
        if turns >= pairing.turns[0]:
            yield tuple((Stretch.whole(chain[2 * n]), Stretch.whole(chain[2 * n + 1])) for n in range(turns))


def _next(
    spoken: Sequence[ReleasedClip], starts: Sequence[float], at: int, chain: Sequence[ReleasedClip], pairing: Pairing
) -> int | None:
    """The clip that follows on the one at `at`, by the right person; None where another follows, or nobody in time."""
    clip = spoken[at]
    first = max(at + 1, bisect_left(starts, clip.end_s + (pairing.gap_s.least or 0.0)))
    for place in range(first, min(first + NEAR, len(spoken))):
        if starts[place] > starts[first]:
            return None
        following = spoken[place]
        gap = round(following.start_s - clip.end_s, 3)
        if pairing.gap_s.hold(gap) and _takes_turn(chain, following):
            return place
    return None


def _takes_turn(chain: Sequence[ReleasedClip], following: ReleasedClip) -> bool:
    if following.speaker is None or chain[-1].speaker is None:
        return False
    if len(chain) % 2 and chain[-1].pair != following.pair:
        return False  # the release itself pairs them with others
    # Never the last one again, always the one before.
    return following.speaker != chain[-1].speaker and (len(chain) < 2 or following.speaker == chain[-2].speaker)


def _co_present(clips: Sequence[ReleasedClip], pairing: Pairing, good: Good) -> Iterator[Turns]:
    running: list[ReleasedClip] = []
    for clip in clips:
        running = [other for other in running if other.end_s > clip.start_s]
        for other in running:
            speaker, listener = (clip, other) if clip.talking else (other, clip)
            if speaker.talking is not True or listener.talking is not pairing.responder_talks:
                continue
            if speaker.speaker is None or speaker.speaker == listener.speaker:
                continue
            start, end = max(clip.start_s, other.start_s), min(clip.end_s, other.end_s)
            if pairing.overlap_s.hold(round(end - start, 3)) and good(speaker) and good(listener):
                yield (
                    (
                        Stretch(clip=speaker, start_s=start, end_s=end),
                        Stretch(clip=listener, start_s=start, end_s=end),
                    ),
                )
        running = [*running[-NEAR:], clip]


def _complete(clips: Sequence[ReleasedClip], pairing: Pairing, turns: Turns, good: Good) -> Candidate | None:
    """Find what else an item needs: a picture and the voice of the responder, and what was said before."""
    inside = {stretch.clip.name for turn in turns for stretch in turn}
    start, end = min(s.start_s for turn in turns for s in turn), max(s.end_s for turn in turns for s in turn)
    initiator, responder = turns[0][0].clip.speaker, turns[0][1].clip.speaker
    apart = [
        clip
        for clip in clips
        if responder is not None
        and clip.speaker == responder
        and clip.name not in inside
        and (clip.end_s <= start or clip.start_s >= end)
    ]
    heard = [clip for clip in apart if clip.talking is not False and clip.end_s - clip.start_s >= VOICE_S]
    voice = _nearest(heard, start, good) if pairing.voice != "none" else None
    if pairing.voice == "needed" and voice is None:
        return None
    before = [
        clip
        for clip in clips
        if clip.text
        and clip.talking is not False
        and clip.name not in inside
        and start - pairing.history_s <= clip.start_s
        and clip.end_s <= start
    ]
    return Candidate(
        turns=turns,
        portrait=_nearest(apart, start, good),
        voice=voice,
        history=tuple(
            ("responder" if clip.speaker == responder else "initiator", clip.text)
            for clip in before
            if clip.speaker is not None and clip.speaker in (initiator, responder)
        ),
    )


def _nearest(clips: Sequence[ReleasedClip], moment: float, good: Good) -> ReleasedClip | None:
    """Good clips first, then the nearest in time."""
    return min(clips, key=lambda clip: (not good(clip), abs(clip.start_s - moment), clip.order), default=None)
