"""A system as a row of a board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vidchatbench.leaderboard.anchors import anchored
from vidchatbench.leaderboard.column import BoardKey, why_none
from vidchatbench.leaderboard.entry import Entry
from vidchatbench.leaderboard.measured import Measured, Plan
from vidchatbench.leaderboard.schema import Dimension, Overall, Score, System, Value
from vidchatbench.leaderboard.standing import Standing

_ROUNDING = 1e-12
"""Relative spread below which values of seeds are the same number, added up in another order."""


@dataclass(frozen=True)
class SystemRow:
    """One row in the making."""

    entry: Entry
    own: Measured
    key: BoardKey
    plan: Plan
    standing: Standing
    number: int | None
    """Among those ranked; None where it is not."""
    why_not: str | None
    shown: Mapping[str, Dimension]
    no_rank: Mapping[str, str]

    def row(self) -> System:
        """The row."""
        said, harness = self.entry.submission.model, self.entry.results.harness
        return System(
            id=said.id,
            title=said.title or said.id.rpartition("/")[2],
            kind=self.key.config.kind(said.id),
            revision=said.revision,
            run_id=self.entry.run_id,
            created_utc=self.entry.submission.created_utc,
            path=self.entry.path,
            url=said.url,
            paper=said.paper,
            license=said.license,
            open_weights=said.open_weights,
            n_params=said.n_params,
            training_data=said.training_data,
            saw_test_sources=said.saw_test_sources,
            seeds=self.own.seeds,
            harness=f"{harness.name} {harness.version}",
            level=self.entry.verified.level,
            flags=self.entry.verified.flags,
            ranked=self.number is not None,
            not_ranked=self.why_not,
            coverage=self.own.coverage,
            values={id: self._value(id) for id in self.plan.metrics},
            dimensions={name: self._dimension(name) for name in self.shown},
            overall=self._overall(),
        )

    def _value(self, id: str) -> Value:
        result, anchor = self.own.results.get(id), self.plan.anchors.get(id)
        if result is None:
            return Value(
                value=None, ci95=None, ci_reason=None, n=0, n_sources=0, valid_fraction=None, seed_sd=None,
                anchored=None, rank=None, reason=self.own.absent[id],
            )  # fmt: skip
        rank = self.standing.metrics[id].get(self.number) if self.number is not None else None
        reason = result.reason or "; ".join(result.defects) or None
        if reason is None and rank is None:
            undefined = self.standing.undefined.get((id, self.number)) if self.number is not None else self.why_not
            reason = undefined
        seeds = self.own.seed_values.get(id, ())
        score = None if result.value is None or anchor is None else float(anchored(np.array(result.value), anchor))
        return Value(
            value=result.value,
            ci95=result.ci95,
            ci_reason=result.ci_reason,
            n=result.n,
            n_sources=result.n_clusters,
            valid_fraction=result.valid_fraction,
            seed_sd=_spread(seeds),
            anchored=score,
            rank=rank,
            reason=reason,
        )

    def _dimension(self, name: str) -> Score:
        found = self.own.dimensions.get(name)
        if name not in self.plan.dimensions:
            return Score(score=None, ci95=None, rank=None, reason=self.no_rank[name])
        if found is None:
            lacking = [id for id in self.plan.dimensions[name] if (one := self.own.results.get(id)) is None
                       or one.value is None or one.partial]  # fmt: skip
            return Score(score=None, ci95=None, rank=None, reason=f"no whole value of {', '.join(lacking)}")
        rank = self.standing.dimensions[name].get(self.number) if self.number is not None else None
        reason = self.no_rank.get(name) if rank else self.why_not or "it is undefined without one source video"
        return Score(score=found.statistic.whole, ci95=found.ci95, rank=rank, reason=reason)

    def _no_overall_rank(self) -> str | None:
        """Why all share one rank set."""
        without = [name for name in self.plan.counted if name in self.no_rank]
        return why_none(without, self.no_rank, all_of=self.plan.counted)

    def _overall(self) -> Overall:
        found, counted = self.own.overall, self.plan.counted
        if found is None:
            lacking = [name for name in counted if name not in self.own.dimensions]
            why = f"no score in {', '.join(lacking)}" if lacking else "no dimension of this board has a score"
            return Overall(
                score=None, mean=None, min=None, worst=None, ci95=None, rank=None, pareto=False, leave_one_out=None,
                reason=why,
            )  # fmt: skip
        scores = {name: self.own.dimensions[name].statistic.whole for name in counted}
        worst = min(counted, key=lambda name: scores[name])
        rank = self.standing.overall.get(self.number) if self.number is not None else None
        return Overall(
            score=found.statistic.whole,
            mean=float(np.mean(list(scores.values()))),
            min=scores[worst],
            worst=worst,
            ci95=found.ci95,
            rank=rank,
            pareto=self.number in self.standing.pareto,
            leave_one_out=self.standing.places.get(self.number) if self.number is not None else None,
            reason=self._no_overall_rank() if rank else self.why_not or "it is undefined without one source video",
        )


def _spread(seeds: Sequence[float]) -> float | None:
    """Standard deviation; None for one seed."""
    if len(seeds) < 2:
        return None
    sd = float(np.std(seeds, ddof=1))
    return sd if sd > _ROUNDING * max(abs(value) for value in seeds) else 0.0
