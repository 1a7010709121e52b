"""Ranks of samples, and the grouping of failures."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from report.builder import KINDS, make
from vidchatbench.report.failures import failures, split
from vidchatbench.report.gaps import gaps
from vidchatbench.report.standing import Standing, mean_share
from vidchatbench.results.schema import Cell

RESULTS, (ITEM, *_) = make(1, kinds=KINDS[:1])
METRIC = RESULTS.metrics["video.psnr"]


def standing(values, direction="higher"):
    items = [replace(ITEM, metrics={"m": Cell(value=v, status="ok")}) for v in values]
    return Standing.of("m", replace(METRIC, direction=direction), items)


def test_one_is_best_and_ties_share():
    assert standing([3.0, 1.0, None, 3.0]).rank == (1, 3, None, 1)
    assert standing([3.0, 1.0, None, 3.0], "lower").rank == (2, 1, None, 2)
    assert standing([3.0, 1.0, None, 3.0]).share == (0.25, 1.0, None, 0.25)
    assert standing([5.0]).share == (0.0,)


@given(st.lists(st.none() | st.floats(-1e3, 1e3), max_size=30))
def test_turning_the_direction_mirrors_the_shares(values):
    up, down = standing(values), standing(values, "lower")
    known = [(a, b) for a, b in zip(up.share, down.share, strict=True) if a is not None]
    assert up.n == len(known) == sum(v is not None for v in values)
    if up.n > 1:
        assert all(abs(a + b - 1) < 1e-9 for a, b in known)


def test_the_mean_leaves_out_what_has_no_value():
    assert mean_share([standing([1.0, None, 2.0]), standing([1.0, None, None])], 3) == [0.5, None, 0.0]


def test_reasons_are_split_at_known_codes_only():
    assert split("no_face: in 3 frames: all") == ("no_face", "in 3 frames: all")
    assert split("timeout") == ("timeout", "")
    assert split("KeyError: 'x'") == ("error", "KeyError: 'x'")
    assert split(None) == ("error", "no reason was recorded")


def test_each_failure_is_counted_once():
    _, items = make(14)
    groups = {(g.status, g.code): g for g in failures(items)}
    assert {key: g.samples for key, g in groups.items()} == {
        ("failed", "no_face"): 2,
        ("failed", "missing"): 1,
        ("excluded", "no_speech"): 1,
    }
    assert groups["failed", "no_face"].failures[0].metrics == ("identity.dlib", "identity.drift")
    assert groups["failed", "missing"].remedies == ["write the answer to d010.mp4 and score again"]


def test_an_error_is_a_gap_even_where_there_is_a_value():
    results, _ = make(3, kinds=KINDS[:2])
    psnr = replace(results.metrics["video.psnr"], by_reason={"error": 2})
    (gap,) = gaps(replace(results, metrics={**results.metrics, "video.psnr": psnr}))
    assert (gap.kind, gap.metrics, gap.reason) == ("errors", ("video.psnr",), "2 of 3 samples ended in an error")


def test_one_reason_is_said_once_for_all_its_metrics():
    results, _ = make(14)
    assert [(gap.kind, len(gap.metrics)) for gap in gaps(results)] == [("partial", 3), ("no value", 2)]
