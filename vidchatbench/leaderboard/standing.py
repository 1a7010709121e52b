"""The ranked systems of a board against each other: rank sets, the Pareto front, and what the weights decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vidchatbench.comparison.compare import FAR
from vidchatbench.leaderboard.measured import Measured, Plan, Statistic, overall_score
from vidchatbench.leaderboard.ranks import SEED, Claims, claims
from vidchatbench.leaderboard.schema import RankSet, Robustness
from vidchatbench.types import Array, Floats

DRAWS = 1000
"""Weights of the dimensions that are drawn for the robustness of the order."""


@dataclass(frozen=True)
class Standing:
    """Of the systems that take part in ranks, by their number in the list given."""

    metrics: Mapping[str, Mapping[int, RankSet]]
    dimensions: Mapping[str, Mapping[int, RankSet]]
    overall: Mapping[int, RankSet]
    undefined: Mapping[tuple[str, int], str]
    """Why a system has no rank in a metric that others have one in."""
    pareto: frozenset[int]
    places: Mapping[int, tuple[int, int]]
    """Least and greatest place by score when any one dimension is left out."""
    robustness: Robustness | None


def standing(
    systems: Sequence[Measured],
    plan: Plan,
    real: Mapping[str, float | None],
    no_rank: Mapping[str, str],
    *,
    few: bool,
) -> Standing:
    """Rank systems.

    Args:
        systems: Those that take part, with the same sources and seeds.
        plan: What was measured.
        real: The real clips' own value of each metric: where it is a noise floor, two values of which neither is
            `FAR` times that are not told apart (docs/compare.md).
        no_rank: By metric and dimension, why no test tells which system is better.
        few: Whether there are too few sources for any test of which is better: then all share one rank set.
    """
    apart = _Untold(systems, plan, real)
    undefined: dict[tuple[str, int], str] = {}
    metrics: dict[str, Mapping[int, RankSet]] = {}
    for id, metric in plan.metrics.items():
        has = {i: one for i, one in enumerate(systems) if _sound(one, id)}
        if id in no_rank or few:
            metrics[id] = _shared({i: one.results[id].value for i, one in has.items()})
            continue
        defined = {i: one.statistics[id] for i, one in has.items() if np.isfinite(one.statistics[id].without).all()}
        for i in has.keys() - defined.keys():
            undefined[id, i] = "leaving out one source video leaves the metric undefined"
        found = _claims(defined, higher=metric.card.direction == "higher", untold=apart.of_metric(id))
        metrics[id] = _by_number(defined, found)
    dimensions: dict[str, Mapping[int, RankSet]] = {}
    order: dict[str, Array] = {}
    m = len(systems)
    for name in plan.dimensions:
        scored = {i: one.dimensions[name].statistic for i, one in enumerate(systems) if name in one.dimensions}
        if name in no_rank or few:
            dimensions[name] = _shared({i: one.whole for i, one in scored.items()})
            continue
        defined = {i: one for i, one in scored.items() if np.isfinite(one.without).all()}
        found = _claims(defined, higher=True, untold=apart.of_members(plan.dimensions[name]))
        dimensions[name] = _by_number(defined, found)
        order[name] = np.zeros((m, m), dtype=bool)
        if found is not None:
            order[name][np.ix_(list(defined), list(defined))] = found.better
    scores = {i: one.overall.statistic for i, one in enumerate(systems) if one.overall}
    tested = not few and plan.has_test(*plan.counted)
    whole = {i: one for i, one in scores.items() if not tested or np.isfinite(one.without).all()}
    members = [id for name in plan.counted for id in plan.dimensions[name]]
    claimed = None if not tested else _claims(whole, higher=True, untold=apart.of_members(members))
    overall = _by_number(whole, claimed)
    table = np.array([[systems[i].dimensions[name].statistic.whole for i in scores] for name in plan.counted])
    return Standing(
        metrics=metrics,
        dimensions=dimensions,
        overall=overall,
        undefined=undefined,
        pareto=_front(order, list(scores), m),
        places=dict(zip(scores, _places(table), strict=True)) if len(plan.counted) > 1 else {},
        robustness=_robustness(table) if scores and plan.counted else None,
    )


class _Untold:
    """Pairs of which nothing is claimed, whatever the test says."""

    def __init__(self, systems: Sequence[Measured], plan: Plan, real: Mapping[str, float | None]) -> None:
        self._systems, self._plan, self._real = systems, plan, real

    def of_metric(self, id: str) -> Array:
        """Both near the noise floor; or computed otherwise, and no further apart than machines make it."""
        return self.of_members([id])

    def of_members(self, members: Sequence[str]) -> Array:
        """Both near the noise floor of a member; or computed otherwise, and no further apart than machines in any."""
        m = len(self._systems)
        floor, near = np.zeros((m, m), bool), np.ones((m, m), bool)
        for id in members:
            card = self._plan.metrics[id].card
            results = [one.results.get(id) for one in self._systems]
            value = np.array([np.nan if one is None or one.value is None else one.value for one in results])
            real = self._real.get(id) if card.real == "halves" else None
            low = value <= (-np.inf if real is None else FAR * real)
            floor |= low[:, None] & low[None, :]
            near &= np.abs(value[:, None] - value[None, :]) <= card.tolerance
        return floor | (near & self._otherwise(members))

    def _otherwise(self, ids: Sequence[str]) -> Array:
        """Pairs whose features were computed in different ways."""
        ways = [
            str([sorted(one.results[id].computation.items()) for id in ids if id in one.results])
            for one in self._systems
        ]
        _, kind = np.unique(ways, return_inverse=True)
        return np.asarray(kind[:, None] != kind[None, :])


def _sound(one: Measured, id: str) -> bool:
    result = one.results.get(id)
    if result is None or result.value is None or result.partial:
        return False
    return not result.defects and "error" not in result.by_reason


def _claims(statistics: Mapping[int, Statistic], *, higher: bool, untold: Array) -> Claims | None:
    """None where nobody takes part."""
    if not statistics:
        return None
    chosen = list(statistics)
    return claims(
        [one.whole for one in statistics.values()],
        np.array([one.scores for one in statistics.values()]).T,
        higher=higher,
        untold=untold[np.ix_(chosen, chosen)],
    )


def _by_number(statistics: Mapping[int, Statistic], found: Claims | None) -> dict[int, RankSet]:
    if found is None:
        return _shared({i: one.whole for i, one in statistics.items()})
    return dict(zip(statistics, found.rank_sets(), strict=True))


def _shared(values: Mapping[int, float | None]) -> dict[int, RankSet]:
    """One rank set for all; systems with the very same value count once."""
    n = len({round(value or 0.0, 12) for value in values.values()})
    return {i: RankSet(best=1, worst=n) for i in values}


def _front(order: Mapping[str, Array], scored: Sequence[int], m: int) -> frozenset[int]:
    """Those whom no other is better than in one dimension beyond chance and worse than in none."""
    wins = np.zeros((m, m), bool)
    for better in order.values():
        wins |= better
    dominates = wins & ~wins.T
    return frozenset(i for i in scored if not dominates[list(scored), i].any())


def _places(table: Floats) -> list[tuple[int, int]]:
    """Least and greatest place of each system, (D, n) scores, when one dimension is left out; clones share a place."""
    distinct, system = np.unique(table, axis=1, return_inverse=True)
    left_out = np.array([overall_score(np.delete(distinct, d, axis=0)) for d in range(len(table))])
    place = 1 + (left_out[:, None, :] > left_out[:, :, None]).sum(axis=2)  # (D, systems)
    return [(int(place[:, i].min()), int(place[:, i].max())) for i in system.ravel()]


def _robustness(table: Floats) -> Robustness:
    """Kendall's tau-b of the order under drawn weights with the board's own."""
    distinct = np.unique(table, axis=1)
    if distinct.shape[1] < 2:
        return Robustness(n_draws=DRAWS, tau_median=None, tau_low=None)
    d = len(distinct)
    # The gaps between sorted uniform draws are a flat Dirichlet, and no logarithm rounds them.
    cuts = np.sort(np.random.RandomState(SEED).random_sample((DRAWS, d - 1)), axis=1)
    weights = np.diff(np.hstack([np.zeros((DRAWS, 1)), cuts, np.ones((DRAWS, 1))]), axis=1)
    drawn = 0.5 * weights @ distinct + 0.5 * distinct.min(axis=0)
    one, two = np.triu_indices(distinct.shape[1], 1)
    own = overall_score(distinct)
    here, there = np.sign(own[one] - own[two]), np.sign(drawn[:, one] - drawn[:, two])
    size = np.sqrt((here**2).sum() * (there**2).sum(axis=1))
    tau = there @ here / np.where(size > 0, size, 1.0)
    return Robustness(n_draws=DRAWS, tau_median=float(np.median(tau)), tau_low=float(np.quantile(tau, 0.05)))
