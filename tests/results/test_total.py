"""A total on rows as the engine makes them: its interval's road, and what a metric's defect leaves behind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers import plain
from helpers.score import sample

from vidchatbench.engine.rows import Row
from vidchatbench.errors import Unscored
from vidchatbench.metric import MeanMetric
from vidchatbench.report.gaps import gaps
from vidchatbench.results.build import whole
from vidchatbench.results.schema import Benchmark, Coverage, Harness, Model, Results
from vidchatbench.results.total import total
from vidchatbench.types import Reason

VALUES = np.random.RandomState(0).rand(40)


class Plain(MeanMetric):
    """A mean, 0 for failed samples."""

    card = replace(plain.Brightness.card, real="none", range=(0.0, 1.0))
    item = None

    def __init__(self):
        self.asked = []

    def needs(self):
        return {}

    def total(self, rows, weights):
        self.asked.append(len(rows))
        return super().total(rows, weights)


class ByInfluence(Plain):
    def influence(self, rows):
        return np.array([float(row["value"]) for row in rows])


def rows_of(values, *, failed=0, sources=None):
    found = []
    for k, value in enumerate(values):
        of = sample()
        source = f"v{k if sources is None else sources[k]}"
        of = replace(of, item=replace(of.item, source_video=source))
        bad = k < failed
        reason = Reason(code="missing", detail="none") if bad else None
        stats = {"value": np.array(0.0 if bad else value)}
        found.append(Row(sample=of, status="failed" if bad else "ok", stats=stats, reason=reason))
    return found


def result_of(metric, values=VALUES, **options):
    return total(metric, rows_of(values, **options), (), None, {})


def test_a_metric_with_influences_has_its_interval_from_them():
    found, boot = result_of(ByInfluence()), result_of(Plain())
    assert (found.ci_method, found.n_resamples, boot.ci_method, boot.n_resamples) == ("influence", 0, "bca", 9999)
    assert found.se == pytest.approx(VALUES.std(ddof=1) / np.sqrt(40), rel=1e-12)
    assert found.ci95 == pytest.approx(boot.ci95, abs=0.25 * boot.se)
    assert not found.defects and whole(found)


def test_influences_of_one_source_are_added_up():
    doubled = result_of(ByInfluence(), np.repeat(VALUES, 2), sources=np.repeat(np.arange(40), 2))
    assert doubled.se == pytest.approx(result_of(ByInfluence()).se, rel=1e-12) and doubled.n_clusters == 40


def test_few_sources_leave_the_interval_empty_with_the_reason():
    found = result_of(ByInfluence(), VALUES[:10])
    assert found.ci95 is None and found.se is None and found.ci_method is None
    assert "an interval from influences needs 20" in found.ci_reason and whole(found)


def test_the_interval_stays_within_the_range_of_values():
    found = result_of(ByInfluence(), (np.arange(40) == 7) * 1.0)
    assert found.ci95[0] == 0 and found.value < found.ci95[1] < 1


def test_the_value_over_valid_rows_is_computed_only_where_it_differs():
    metric = Plain()
    assert result_of(metric).value_valid_only == pytest.approx(VALUES.mean())
    assert metric.asked == [40]
    metric = Plain()
    assert result_of(metric, failed=3).value_valid_only == pytest.approx(VALUES[3:].mean())
    assert metric.asked == [40, 37]


class Raises(Plain):
    def total(self, rows, weights):
        raise ZeroDivisionError("no mass")


class Infinite(Plain):
    def total(self, rows, weights):
        return float("inf")


class NoInfluence(Plain):
    def influence(self, rows):
        return np.full(len(rows), np.nan)


class BadBeside(Plain):
    def beside(self, rows, weights):
        return {"lag": float("nan"), "fine": 1.0}


class RaisesBeside(Plain):
    def beside(self, rows, weights):
        raise KeyError("lag")


class BadFloor(Plain):
    card = replace(Plain.card, real="halves")

    def floor(self, rows, rng):
        return float("nan")


@pytest.mark.parametrize(
    ("metric", "defect", "empty"),
    [
        (Raises(), "its total failed: ZeroDivisionError: no mass", "value"),
        (Infinite(), "its total is inf", "value"),
        (NoInfluence(), "its interval failed: ValueError: the value or an influence is not finite", "ci95"),
        (BadBeside(), "its value lag is nan", None),
        (RaisesBeside(), "its values beside it failed: KeyError: 'lag'", None),
        (BadFloor(), "its real clips' value is nan", "real"),
    ],
)
def test_a_defect_is_named_leaves_its_own_cell_empty_and_the_profile_incomplete(metric, defect, empty):
    found = result_of(metric)
    said = f"a defect of plain.brightness: {defect}"
    assert found.defects == (said,) and not whole(found)
    assert (found.value is None) == (empty == "value")
    assert empty is None or getattr(found, empty) is None
    assert found.reason == (said if empty == "value" else None)
    if empty == "ci95":
        assert found.ci_reason == said
    if isinstance(metric, BadBeside):
        assert found.beside == {"fine": 1.0}
    results = Results(
        benchmark=Benchmark(
            name="n", testset="t", version="1", testset_sha256="0", protocol="p", profile="b", n_items=1, n_samples=1,
            n_seeds=1, limited=False,
        ),
        harness=Harness(name="n", version="1"), model=Model(name="m"),
        coverage=Coverage(expected=1, ok=1, failed=0, by_reason={}), complete=False,
        metrics={"plain.brightness": found},
    )  # fmt: skip
    (gap,) = gaps(results)
    assert (gap.kind, gap.reason) == ("no value" if empty == "value" else "errors", said)


class Undetermined(Plain):
    def total(self, rows, weights):
        raise Unscored("too_short", "all from one source", role="reference")


def test_rows_that_determine_no_value_are_no_defect():
    found = result_of(Undetermined())
    assert (found.value, found.reason, found.defects) == (None, "all from one source", ())


def test_the_floor_takes_each_reference_once_whatever_the_number_of_seeds():
    class Halves(Plain):
        card = replace(Plain.card, real="halves")

        def floor(self, rows, rng):
            return float(sum(float(row["value"]) for row in rows))

    one = rows_of(VALUES[:4])
    for k, row in enumerate(one):
        item = replace(row.sample.item, item_id=f"x{k}")
        one[k] = replace(row, sample=replace(row.sample, item=item, key=replace(row.sample.key, item_id=item.item_id)))
    again = [replace(row, sample=replace(row.sample, key=replace(row.sample.key, seed=seed))) for row in one for seed in
             range(3)]  # fmt: skip
    alone, three = (total(Halves(), rows, (), None, {}) for rows in (one, again))
    assert alone.real == three.real == pytest.approx(VALUES[:4].sum())
    assert three.n == 12
