"""Events of conversations whose events are known, and of any two tracks against a count on frames."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidchatbench_metrics.turn.events import Events

HZ = 100
EXACT = 1e-9


def s(*segments: tuple[float, float]) -> np.ndarray:
    return np.array(segments, np.float64).reshape(-1, 2)


@st.composite
def conversations(draw: st.DrawFn) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """A conversation built event by event on a grid of 10 ms: the tracks, and every event that was put in."""
    known: dict[str, tuple[list, list]] = {
        name: ([], []) for name in ("ipus", "pauses", "turns", "gaps", "between", "within", "fto", "backchannels")
    }
    speaker, at, fto = draw(st.integers(0, 1)), draw(st.integers(0, 300)), None
    for _ in range(draw(st.integers(1, 5))):
        if fto is not None:
            known["fto"][speaker].append(fto)
            if fto > 0:
                known["gaps"][speaker].append((at - fto, at))
            if fto < 0:
                known["between"][speaker].append((at, at - fto))
        turn_start = at
        # a turn begins and ends with 1.3 s alone, so that overlaps of 0.6 s at both ends leave it whole
        lengths = [130, *draw(st.lists(st.integers(10, 500), max_size=3)), 130]
        for index, length in enumerate(lengths):
            known["ipus"][speaker].append((at, at + length))
            if length >= 400 and draw(st.booleans()):
                start, brief = at + draw(st.integers(150, 180)), draw(st.integers(10, 60))
                known["ipus"][1 - speaker].append((start, start + brief))
                known["within"][1 - speaker].append((start, start + brief))
                known["backchannels"][1 - speaker].append((start, start + brief))
            at += length
            if index + 1 < len(lengths):
                pause = draw(st.integers(20, 150))
                known["pauses"][speaker].append((at, at + pause))
                at += pause
        known["turns"][speaker].append((turn_start, at))
        speaker, fto = 1 - speaker, draw(st.integers(-60, 200))
        at += fto
    for who in (0, 1):  # a backchannel's own turn is a turn too: IPUs of one person joined over (joint) pauses
        known["turns"][who].extend(known["backchannels"][who])
    found = {}
    for name, pair in known.items():
        pairs = [np.array(one if name == "fto" else sorted(one), np.float64) / HZ for one in pair]
        found[name] = tuple(one if name == "fto" else one.reshape(-1, 2) for one in pairs)
    return found


@given(conversations())
@settings(max_examples=300, deadline=None)
def test_every_event_that_was_put_in_is_found_exactly(known: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
    found = Events.of(*known["ipus"])
    for who in (0, 1):
        have = {
            "ipus": found.ipus[who],
            "pauses": found.pauses[who],
            "turns": found.turns(who),
            "gaps": found.gaps(who),
            "between": found.between(who),
            "within": found.within[who],
            "fto": found.offsets(who),
            "backchannels": found.backchannels(who),
        }
        for name, events in have.items():
            assert events.shape == known[name][who].shape, name
            assert events == pytest.approx(known[name][who], abs=EXACT), name


FRAMES = st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(1, 60)), max_size=25)


def islands(active: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.r_[0, active.astype(int), 0]))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


@given(FRAMES)
@settings(max_examples=300, deadline=None)
def test_any_two_tracks_against_a_count_on_frames(steps: list[tuple[bool, bool, int]]) -> None:
    active = np.repeat(np.array([step[:2] for step in steps], bool).reshape(-1, 2), [step[2] for step in steps], axis=0)
    for who in (0, 1):  # own silences below 20 frames are closed
        for (_, a), (b, _) in itertools.pairwise(islands(active[:, who])):
            active[a:b, who] |= b - a < 20
    tracks = [np.array(islands(active[:, who]), np.float64).reshape(-1, 2) / HZ for who in (0, 1)]
    found = Events.of(*tracks)

    speaks = active.any(axis=1)
    pauses, gaps = 0, [0, 0]
    for (_, a), (b, _) in itertools.pairwise(islands(speaks)):
        same = active[a - 1] & active[b]
        pauses += bool(same.any())
        if not same.any():
            gaps[int(active[b, 1])] += 1
    assert sum(len(p) for p in found.pauses) == pauses
    assert [len(found.gaps(who)) for who in (0, 1)] == gaps
    silence = sum((p[:, 1] - p[:, 0]).sum() for p in (*found.pauses, found.gaps(0), found.gaps(1)))
    ends = islands(speaks)
    assert silence == pytest.approx((~speaks[ends[0][0] : ends[-1][1]]).sum() / HZ if ends else 0.0)
    overlaps = np.concatenate([*found.within, found.between(0), found.between(1)])
    assert (overlaps[:, 1] - overlaps[:, 0]).sum() == pytest.approx(active.all(axis=1).sum() / HZ)
    assert len(overlaps) == len(islands(active.all(axis=1)))
    for who in (0, 1):
        for start, end in found.turns(who):
            assert start in found.ipus[who][:, 0] and end in found.ipus[who][:, 1]
        swapped = Events.of(tracks[1], tracks[0])
        assert swapped.backchannels(1 - who) == pytest.approx(found.backchannels(who))
        assert np.sort(swapped.offsets(1 - who)) == pytest.approx(np.sort(found.offsets(who)))


@pytest.mark.parametrize(
    ("own", "other", "is_one"),
    [
        (s((3, 3.5)), s((0, 10)), True),
        (s((3, 4.0)), s((0, 10)), True),
        (s((3, 4.1)), s((0, 10)), False),  # too long
        (s((3, 3.5), (4.4, 4.6)), s((0, 10)), False),  # not alone
        (s((3, 3.5)), s((0, 2.8), (3.9, 6)), True),  # in a pause of who holds the floor
        (s((3, 3.5)), s((0, 2.8)), False),  # the last word
        (s((3, 3.5)), s((3.9, 6)), False),  # the first word
        (s((3, 3.5)), s((0, 1.5), (3.6, 6)), False),  # nobody held the floor
        (s((3, 3.5)), s(), False),
        (s(), s((0, 3)), False),
    ],
)
def test_backchannels_by_hand(own: np.ndarray, other: np.ndarray, is_one: bool) -> None:
    assert len(Events.of(other, own).backchannels(1)) == is_one
    assert len(Events.of(own, other).backchannels(0)) == is_one


def test_by_hand() -> None:
    found = Events.of(s((0, 2), (2.5, 4), (7, 8)), s((3.6, 5), (6, 6.1), (6.2, 6.5)))
    assert found.pauses[0] == pytest.approx(s((2, 2.5)))
    assert found.ipus[1] == pytest.approx(s((3.6, 5), (6, 6.5)))  # 0.1 s of silence is no pause
    assert found.pauses[1] == pytest.approx(s((5, 6)))
    assert found.between(1) == pytest.approx(s((3.6, 4)))
    assert found.gaps(0) == pytest.approx(s((6.5, 7)))
    assert found.offsets(1) == pytest.approx([-0.4])
    assert found.offsets(0) == pytest.approx([0.5])
    assert found.turns(1) == pytest.approx(s((3.6, 6.5)))
    assert not len(found.within[0]) and not len(found.within[1])


def test_no_gap_no_overlap_is_a_transfer_all_the_same() -> None:
    found = Events.of(s((0, 2)), s((2, 4)))
    assert found.offsets(1) == pytest.approx([0.0])
    assert not len(found.gaps(1)) and not len(found.between(1))


def test_silence_has_no_events() -> None:
    found = Events.of(s(), s())
    assert all(not len(one) for pair in (found.ipus, found.pauses, found.transfers, found.within) for one in pair)
    assert found.turns(0).shape == found.backchannels(1).shape == found.gaps(0).shape == (0, 2)
