from __future__ import annotations

import pickle

import numpy as np
import pytest
from helpers.score import sample

from vidchatbench.errors import Unscored
from vidchatbench.stats import frechet_distance, kernel_distance
from vidchatbench_metrics import set_distance
from vidchatbench_metrics.emotion.landmark_fd import LandmarkFD
from vidchatbench_metrics.set_distance import FrechetDistance, KernelDistance, source_group
from vidchatbench_metrics.video.kid import KID


class Frechet(FrechetDistance):
    card = LandmarkFD.card
    dimensions = 3
    needs = item = None


class Kernel(KernelDistance):
    card = LandmarkFD.card
    needs = item = None


def rows(n, *, shift=0.0, seed=0, groups=None, d=3):
    """Clips of 1 to 4 vectors a side."""
    rs = np.random.RandomState(seed)
    found = [
        {
            "response": (rs.randn(rs.randint(1, 5), d) + shift).astype(np.float32),
            "reference": rs.randn(rs.randint(1, 5), d).astype(np.float32),
        }
        for _ in range(n)
    ]
    return found if groups is None else [row | {"group": np.array(g)} for row, g in zip(found, groups, strict=True)]


def stacked(some, role):
    return np.concatenate([row[role] for row in some])


def of_clips(some, role):
    return np.repeat(np.arange(len(some)), [len(row[role]) for row in some])


def test_values_are_the_distances_of_all_vectors():
    some = rows(12, shift=0.5)
    x, y = stacked(some, "response"), stacked(some, "reference")
    once = np.ones(12)
    assert Frechet().total(some, once) == pytest.approx(frechet_distance(x, y), rel=1e-12)
    by_clip = of_clips(some, "response"), of_clips(some, "reference")
    assert Kernel().total(some, once) == pytest.approx(kernel_distance(x, y, *by_clip), rel=1e-9)


@pytest.mark.parametrize("metric", [Frechet(), Kernel()])
def test_all_lines_at_once_are_one_by_one(metric):
    some = rows(10, shift=0.5)
    lines = np.random.RandomState(1).multinomial(10, np.full(10, 0.1), size=5).astype(float)
    one_by_one = [metric.total(some, line) for line in lines]
    np.testing.assert_allclose(metric.totals(some, lines), one_by_one, rtol=1e-9)


@pytest.mark.parametrize("metric", [Frechet(), Kernel()])
def test_influences_are_what_leaving_a_clip_out_does(metric):
    some = rows(200, shift=0.5)
    without = metric.totals(some, 1 - np.eye(200))
    np.testing.assert_allclose(metric.influence(some), 199 * (without.mean() - without), atol=0.12, rtol=0.12)


def test_a_frechet_interval_needs_five_sources_for_each_dimension():
    assert Frechet().no_interval(16) is None and LandmarkFD().no_interval(51) is None
    assert "more than 15" in Frechet().no_interval(15)
    assert "more than 50" in LandmarkFD().no_interval(50)


def test_seeds_of_one_item_share_their_reference_and_are_no_pair():
    """With copies of the references paired, the references would seem less varied than they are."""
    some = rows(30, groups=range(30), seed=2)
    seeds = [row for row in some for _ in range(2)]
    assert Kernel().total(seeds, np.ones(60)) == pytest.approx(Kernel().total(some, np.ones(30)), rel=1e-9)
    naive = [{k: v for k, v in row.items() if k != "group"} for row in seeds]
    assert Kernel().total(naive, np.ones(60)) > Kernel().total(some, np.ones(30)) + 0.1
    assert Kernel().floor(naive, np.random.default_rng(0)) != Kernel().floor(seeds, np.random.default_rng(0))


def test_one_source_has_no_pair_and_says_so():
    with pytest.raises(Unscored, match="one source video") as raised:
        Kernel().total(rows(4, groups=[7] * 4), np.ones(4))
    assert raised.value.role == "reference"
    assert Kernel().no_interval(2) and not Kernel().no_interval(3)


@pytest.mark.parametrize("metric", [Frechet(), Kernel()])
def test_floors_are_of_references_alone_and_of_whole_sources(metric):
    def floor(some):
        return metric.floor(some, np.random.default_rng(0))

    near, far = rows(40), rows(40)
    far = [row | {"response": row["response"] + 9} for row in far]
    assert floor(near) == floor(far) > 0
    assert metric.total(far, np.ones(40)) > 20 * floor(far)
    assert floor(rows(8, groups=[0, 0, 0, 1, 1, 1, 2, 2])) is None
    assert floor(rows(8, groups=[0, 0, 1, 1, 2, 2, 3, 3])) is not None


def test_a_large_frechet_floor_is_the_mean_of_two_splits(monkeypatch):
    calls = []
    monkeypatch.setattr(set_distance, "frechet_distance", lambda x, y: calls.append((x, y)) or 1.0)
    monkeypatch.setattr(Frechet, "dimensions", 2048)
    vectors = np.zeros((16, 2), np.float32)
    for n, splits in ((60, 20), (100, 2)):
        calls.clear()
        Frechet().floor([{"response": vectors, "reference": vectors}] * n, np.random.default_rng(0))
        assert len(calls) == splits


def test_kernel_sums_are_made_once_for_the_same_rows(monkeypatch):
    calls = []
    made = set_distance.KernelBlocks.of
    monkeypatch.setattr(set_distance.KernelBlocks, "of", lambda *args: calls.append(1) or made(*args))
    metric, some = Kernel(), rows(8)
    metric.total(some, np.ones(8)), metric.influence(some), metric.floor(list(some), np.random.default_rng(0))
    assert len(calls) == 1
    other = metric.total(rows(8, shift=1), np.ones(8))
    assert len(calls) == 2 and other != metric.total(some, np.ones(8))
    assert len(calls) == 3


def test_a_metric_that_has_formed_its_total_goes_to_workers_as_before():
    metric = KID()
    before = pickle.dumps(metric)
    metric.total(rows(6), np.ones(6))
    assert pickle.dumps(metric) == before


def test_the_groups_number_is_a_function_of_the_source_video():
    number = source_group(sample())
    assert number.dtype == np.int64 and number.shape == () and number == source_group(sample())
