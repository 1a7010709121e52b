"""The quantities of a reply's timing, by hand and by their laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidchatbench_metrics.turn import timeline

FAR = 1e-6


@st.composite
def talks(draw: st.DrawFn) -> np.ndarray:
    """IPUs as the VAD gives them: at least 0.2 s apart."""
    k = draw(st.integers(0, 6))
    lengths = draw(st.lists(st.floats(0.06, 3.0), min_size=k, max_size=k))
    gaps = draw(st.lists(st.floats(0.2, 2.5), min_size=k, max_size=k))
    times = np.cumsum(np.stack([gaps, lengths], axis=1).ravel()) if k else np.zeros(0)
    return times.reshape(-1, 2)


def s(*segments: tuple[float, float]) -> np.ndarray:
    return np.array(segments, np.float64).reshape(-1, 2)


@pytest.mark.parametrize(
    ("segments", "taken"),
    [
        (s(), s()),
        (s((0, 0.9)), s()),
        (s((0, 1.0)), s((0, 1.0))),
        (s((0, 0.4), (0.7, 1.2)), s((0, 1.2))),  # two short units, one floor-taking group
        (s((0, 0.4), (1.5, 3.0)), s((1.5, 3.0))),  # a backchannel, then the reply
        (s((0, 2.0), (4.0, 6.0)), s((0, 2.0), (4.0, 6.0))),
    ],
)
def test_floor_taking_by_hand(segments: np.ndarray, taken: np.ndarray) -> None:
    assert timeline.floor_taking(segments) == pytest.approx(taken)


@pytest.mark.parametrize(
    ("segments", "fto", "responds"),
    [
        (s(), 5.0, False),
        (s((10.2, 13)), 0.2, True),
        (s((9.6, 13)), -0.4, True),
        (s((8.5, 13)), -1.5, False),  # starts more than 1 s before the end of the question
        (s((0.0, 13)), -3.0, False),  # talks all the time: clipped
        (s((10.3, 11.0)), 5.0, False),  # "Yes, sure.": below 1 s takes no floor
        (s((6.0, 6.3), (10.5, 12)), 0.5, True),  # a backchannel during the question is no reply
        (s((15.5, 18)), 5.0, False),  # after more than 5 s
        (s((2.0, 4.0), (10.4, 12)), -3.0, True),  # it took the floor early, and again in time
    ],
)
def test_offset_and_response_by_hand(segments: np.ndarray, fto: float, responds: bool) -> None:
    assert timeline.floor_transfer_offset(segments, 10.0) == pytest.approx(fto)
    assert timeline.responds(segments, 10.0) is responds


def test_reply_length_by_hand() -> None:
    talk = s((1.0, 1.3), (3.0, 4.0), (4.5, 5.0), (8.0, 9.0))
    assert timeline.reply_length(talk) == pytest.approx(6.0)
    short = s((1.0, 1.3), (1.6, 1.9))
    assert timeline.reply_length(short) == pytest.approx(0.9)
    assert timeline.reply_length(s()) == 0.0


@given(talks(), st.floats(-20, 20))
def test_moving_the_reply_moves_only_its_offset(talk: np.ndarray, delay: float) -> None:
    before, after = (timeline.floor_transfer_offset(t, 5.0) for t in (talk, talk + delay))
    if len(timeline.floor_taking(talk)) and -3 < before < 5 and -3 < after < 5:
        assert after - before == pytest.approx(delay, abs=FAR)
    assert timeline.floor_transfer_offset(talk + delay, 5.0 + delay) == pytest.approx(before, abs=FAR)
    assert timeline.reply_length(talk + delay) == pytest.approx(timeline.reply_length(talk), abs=FAR)


@given(talks())
def test_ranges(talk: np.ndarray) -> None:
    assert -3.0 <= timeline.floor_transfer_offset(talk, 5.0) <= 5.0
    length = timeline.reply_length(talk)
    assert length >= 0.0
    groups = timeline.floor_taking(talk)
    assert (groups[:, 1] - groups[:, 0] >= 1.0 - FAR).all()
    assert (groups[1:, 0] - groups[:-1, 1] >= 1.0 - FAR).all()


def test_left_censored() -> None:
    assert timeline.left_censored(s((2.0, 3.0)), 2.0)
    assert not timeline.left_censored(s((2.1, 3.0)), 2.0)
    assert not timeline.left_censored(s(), 2.0)


def test_the_initiator_speaks_until_the_end_that_the_test_set_names() -> None:
    heard = timeline.until(s((0.5, 2.0), (2.5, 3.9), (4.3, 4.5)), 4.0)
    assert heard == pytest.approx(s((0.5, 2.0), (2.5, 4.0)))
    assert timeline.until(s((0.5, 2.0)), 1.9) == pytest.approx(s((0.5, 1.9)))
    assert timeline.until(s(), 4.0).shape == (0, 2)
