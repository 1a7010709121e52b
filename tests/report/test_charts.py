"""Positions: where known things stand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from report.builder import OFFSET, make
from vidchatbench.registry import entries
from vidchatbench.report.charts.comparison import Comparison
from vidchatbench.report.charts.distribution import Distribution
from vidchatbench.report.charts.interval import IntervalBar
from vidchatbench.report.charts.scale import Scale, step_above
from vidchatbench.report.charts.timeline import Timeline
from vidchatbench.results.schema import Compared

PSNR = make(1)[0].metrics["video.psnr"]
FINITE = st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-6)


@given(FINITE, st.floats(1e-3, 1e6), st.integers(2, 12))
def test_ticks_are_round_few_and_on_the_axis(low, width, most):
    scale = Scale(low, low + width)
    ticks = scale.ticks(most)
    assert len(ticks) <= most
    assert all(low - 1e-6 * width <= t <= low + width * (1 + 1e-6) for t in ticks)


@given(st.floats(1e-9, 1e9))
def test_a_step_is_the_least_round_one(value):
    step = step_above(value)
    assert value * (1 - 1e-9) <= step <= 2.5 * value * (1 + 1e-9)
    assert f"{step:e}"[0] in "125"


def test_known_segments_stand_where_they_should():
    tracks = {
        "reference": [(5.0, 9.0)],
        "initiator": [(1.0, 4.0)],
        "response": [(6.0, 8.0), (3.0, 3.5)],
    }
    t = Timeline.of(tracks, 4.0)
    width = t.scale.high
    assert [lane.track for lane in t.lanes] == ["initiator", "response", "reference"]
    initiator, response, reference = t.lanes
    assert initiator.speech[0].x == pytest.approx(100 / width, abs=1e-3)
    assert initiator.speech[0].width == pytest.approx(300 / width, abs=2e-3)
    assert [(b.start_s, b.end_s) for b in response.speech] == [(3.0, 3.5), (6.0, 8.0)]
    assert [(b.start_s, b.end_s) for b in response.overlap] == [(3.0, 3.5)]
    assert (response.gap.start_s, response.gap.end_s) == (4.0, 6.0)
    assert response.gap.x == pytest.approx(t.end_x) == pytest.approx(400 / width, abs=1e-3)
    assert reference.gap.seconds == pytest.approx(1.0)
    assert initiator.gap is None and initiator.overlap == ()
    assert [seconds for seconds, _ in t.ticks][:3] == [0.0, 2.0, 4.0]


def test_speech_over_the_end_leaves_no_gap():
    t = Timeline.of({"initiator": [(0, 4)], "response": [(3.5, 6)]}, 4.0)
    assert t.lanes[1].gap is None
    assert t.lanes[1].overlap[0].seconds == pytest.approx(0.5)


def test_without_the_test_sets_end_no_gap_is_drawn():
    t = Timeline.of({"initiator": [(0, 4)], "response": [(5, 6)]}, None)
    assert t.end_x is None and t.lanes[1].gap is None


def test_silence_everywhere_has_no_timeline():
    assert Timeline.of({"initiator": [], "response": []}, 4.0) is None


def test_a_start_before_zero_is_on_the_axis():
    t = Timeline.of({"reference": [(-2.0, 1.0)], "initiator": [(0.0, 2.0)]}, 2.0)
    assert t.lanes[1].speech[0].x == 0


@given(st.lists(FINITE, min_size=1, max_size=200), st.none() | FINITE)
def test_a_distribution_loses_no_value(values, real):
    d = Distribution.of(values, real)
    assert d.n == len(values)
    assert len(d.dots) == len(values) or (len(values) > 60 and d.bars)
    positions = [x for x, *_ in d.bars or d.dots]
    assert all(0 <= x <= 100 for x in [*positions, d.mean_x])
    assert max((height for *_, height in d.bars), default=100) == 100


def test_no_values_no_distribution():
    assert Distribution.of([], 1.0) is None


@given(
    value=FINITE,
    half=st.none() | st.floats(0, 1e5),
    low=st.none() | st.floats(-1e6, -1),
    high=st.none() | st.floats(1, 1e6),
    real=st.none() | FINITE,
)
def test_an_interval_bar_holds_its_value(value, half, low, high, real):
    ci = None if half is None else (value - half, value + half)
    metric = replace(PSNR, value=value, ci95=ci, range=(low, high), real=real)
    bar = IntervalBar.of(metric, {})
    assert bar.scale.low < bar.scale.high
    assert 0 <= bar.value <= 100
    if bar.whisker:
        assert bar.whisker[0] - 1e-3 <= bar.value <= bar.whisker[0] + bar.whisker[1] + 1e-3
    assert all(bar.scale.low <= v <= bar.scale.high for v in (value, real) if v is not None)
    assert low is None or bar.scale.low == min(v for v in (low, value, real) if v is not None)


def test_a_declared_range_is_the_axis():
    metric = replace(make(1)[0].metrics["video.psnr"], value=25.0, ci95=(20.0, 30.0), range=(0, 100), real=50.0)
    bar = IntervalBar.of(metric, {"frozen": 10.0})
    assert (bar.value, bar.whisker, bar.real, bar.baselines) == (25.0, (20.0, 10.0), 50.0, (("frozen", 10.0),))


def test_an_axis_without_bounds_has_round_ends_around_0_and_the_values():
    metric = replace(PSNR, value=0.052, real=0.108, range=(None, None), ci95=None)
    bar = IntervalBar.of(metric, {})
    assert bar.scale.low <= 0 < 0.108 < bar.scale.high
    assert (bar.scale.low, bar.scale.high) == pytest.approx((0, 0.15))


@pytest.mark.parametrize("tiny", [5e-324, 1e-323, 1e-310, 1e-300])
def test_an_axis_can_be_as_fine_as_numbers_are(tiny):
    bar = IntervalBar.of(replace(PSNR, value=0.0, ci95=(-tiny, tiny), range=(None, None), real=None), {})
    assert bar.scale.low <= -tiny < tiny <= bar.scale.high


def test_words_stand_at_their_times_on_the_tracks_axis():
    words = {"response": [(5.5, 5.9, "sea"), (5.0, 5.4, "By")]}
    t = Timeline.of({"initiator": [(0, 4)], "response": [(5, 6)], "reference": [(4.5, 9)]}, 4.0, words)
    initiator, response, reference = t.lanes
    assert response.text == "By sea" and initiator.words is None and reference.words is None
    assert [bar.x for bar in response.words] == [t.scale.percent(5.0), t.scale.percent(5.5)]


def test_words_without_speech_segments_still_make_a_timeline():
    t = Timeline.of({}, 4.0, {"response": [(5.0, 5.4, "By")], "reference": []})
    assert [(lane.track, lane.speech, lane.words is None) for lane in t.lanes] == [
        ("response", None, False),
        ("reference", None, False),
    ]
    assert Timeline.of({}, 4.0, {"response": []}) is None


def test_what_is_said_of_a_track_stands_above_the_reference_and_overlaps_nobody():
    t = Timeline.of({"initiator": [(0, 4)], "backchannels": [(1, 2)], "reference": [(5, 6)], "response": [(1, 2)]}, 4.0)
    assert [lane.track for lane in t.lanes] == ["initiator", "response", "backchannels", "reference"]
    assert t.lanes[1].overlap and not t.lanes[2].overlap and t.lanes[2].gap is None


def area(c):
    """Between the two lines, in per cent times per cent."""
    xs = sorted({x for line in (c.response, c.human) for x, _ in line.points})
    heights = [
        [max((share for at, share in line.steps if at <= x), default=0.0) for x in xs] for line in (c.response, c.human)
    ]
    return sum(abs(a - b) * (right - x) for x, right, a, b in zip(xs, xs[1:], *heights, strict=False))


SAMPLES = st.lists(
    st.builds(
        Compared,
        response=st.lists(st.floats(-3, 5), min_size=1, max_size=4).map(tuple),
        human=st.lists(st.floats(-3, 5), max_size=4).map(tuple),
    ),
    min_size=1,
    max_size=60,
).filter(lambda found: any(one.human for one in found))


@given(SAMPLES)
def test_the_area_between_the_lines_is_the_distance(found):
    c = Comparison.of(OFFSET, found)
    sides = [[one.response for one in found], [one.human for one in found if one.human]]
    values, weights = zip(
        *[([v for own in side for v in own], [1 / len(own) for own in side for _ in own]) for side in sides],
        strict=True,
    )
    width = c.scale.high - c.scale.low
    assert area(c) / 1e4 * width == pytest.approx(wasserstein_distance(*values, *weights), abs=0.005 * width)
    for line in (c.response, c.human):
        assert line.steps[-1][1] == 100
        assert all(a[0] < b[0] and a[1] <= b[1] for a, b in zip(line.steps, line.steps[1:], strict=False))
        assert len(line.steps) <= 501


def test_each_sample_weighs_the_same_whatever_the_number_of_its_values():
    one, many = Compared(response=(1.0,), human=(1.0,)), Compared(response=(2.0, 3.0, 4.0, 5.0), human=(1.0,))
    line = Comparison.of(OFFSET, [one, many]).response
    assert [share for _, share in line.steps] == [50, 62.5, 75, 87.5, 100]
    assert (line.median, line.samples) == (1.0, 2)


def test_a_logarithmic_quantity_has_a_logarithmic_axis():
    c = Comparison.of(replace(OFFSET, scale="log"), [Compared(response=(0.1, 10.0), human=(1.0,))])
    assert [x for x, _ in c.response.steps] == pytest.approx([100 - c.response.steps[1][0], c.response.steps[1][0]])
    assert c.human.steps[0][0] == pytest.approx(50) and c.zero_x is None
    assert (1.0, pytest.approx(50)) in [*c.ticks] and len(c.ticks) <= 6


def test_without_a_value_on_one_side_nothing_is_compared():
    assert Comparison.of(OFFSET, [Compared(response=(1.0,), human=())]) is None
    assert Comparison.of(OFFSET, []) is None


def test_each_metric_that_says_so_is_the_area_between_its_lines():
    """The contract of `card.compared`, for all bundled metrics that have one."""
    metrics = [entry.metric for entry in entries().values() if entry.metric and entry.metric.card.compared]
    assert {"turn.fto_w1", "turn.duration_w1", "turn.pause_w1", "turn.ipu_w1"} <= {m.card.id for m in metrics}
    rng = np.random.default_rng(2)
    rows = [{side: rng.uniform(0.1, 5, rng.integers(1, 4)) for side in ("response", "human")} for _ in range(30)]
    found = [Compared(response=tuple(row["response"]), human=tuple(row["human"])) for row in rows]
    for metric in metrics:
        c = Comparison.of(metric.card.compared, found)
        width = (c.scale.high - c.scale.low) * (np.log(10) if c.quantity.scale == "log" else 1)
        assert area(c) / 1e4 * width == pytest.approx(metric.total(rows, np.ones(30)), abs=0.005 * width)
