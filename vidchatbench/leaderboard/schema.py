"""`leaderboard.json`: all that the site shows, as types. Built from the submissions alone, always the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

SCHEMA: Final = "vidchatbench.leaderboard/1"
_STRICT = {"extra": "forbid", "allow_inf_nan": False}

Kind = Literal["submission", "baseline", "example", "reference"]
"""A model; a degenerate or simple system that no model may lose against; a system of `examples/`; real clips."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankSet:
    """The ranks that a system may have, given what the paired tests can tell apart."""

    __pydantic_config__ = _STRICT
    best: int
    worst: int
    """`best` = 1 + the systems that are better beyond chance, `worst` = all less those that are worse beyond chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The two values between which a metric is made a score; frozen for a version of the test set."""

    __pydantic_config__ = _STRICT
    low: float
    """Of a degenerate baseline: score 0."""
    low_id: str
    high: float
    """Of real clips: score 1."""
    high_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardMetric:
    """A column: all that a reader must know of it."""

    __pydantic_config__ = _STRICT
    title: str
    family: str
    unit: str
    direction: Literal["higher", "lower"]
    meaning: str
    source: str
    unspecified: str
    """What the source leaves open, and our choice."""
    signature: str
    licence: str
    range: tuple[float | None, float | None]
    anchor: Anchor | None
    no_anchor: str | None
    """Why there is none; then the metric is in no dimension's score."""
    real: float | None
    """The real clips' own value: ceiling or noise floor."""
    real_kind: Literal["same_item", "halves", "none"]
    ranked_by: Literal["mean", "none"]
    """`mean`: paired tests tell which is better; `none`: no test does, `no_rank` says why, all share one rank set."""
    no_rank: str | None
    n_expected: int
    """Samples of one seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """A group of columns with one score: the mean of its members' anchored values."""

    __pydantic_config__ = _STRICT
    title: str
    said: str
    """What its numbers mean, in a sentence."""
    members: tuple[str, ...]
    """Metrics with an anchor."""
    in_overall: bool = True
    """Whether the overall score counts it: not where no member has an anchor, or the board's keepers say so."""
    no_rank: str | None = None
    """Why all systems share one rank set in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A cell: one metric of one system."""

    __pydantic_config__ = _STRICT
    value: float | None
    ci95: tuple[float, float] | None
    ci_reason: str | None
    n: int
    n_sources: int
    valid_fraction: float | None
    seed_sd: float | None
    """Standard deviation of the value over seeds; None for one seed."""
    anchored: float | None
    """(value - low) / (high - low), cut at -0.25 and 1.25."""
    rank: RankSet | None
    reason: str | None
    """Why there is no value or no rank."""
    ci_method: str | None = None
    """How the interval was made, as `results.json` says it: `bca`, `percentile`, `influence`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A dimension of one system, or its overall score."""

    __pydantic_config__ = _STRICT
    score: float | None
    ci95: tuple[float, float] | None
    rank: RankSet | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overall:
    """Half the mean and half the minimum of the dimensions: who fails in one cannot win."""

    __pydantic_config__ = _STRICT
    score: float | None
    mean: float | None
    min: float | None
    worst: str | None
    """The dimension that the minimum is of."""
    ci95: tuple[float, float] | None
    rank: RankSet | None
    pareto: bool
    """Whether no ranked system is better in one dimension beyond chance and worse in none."""
    leave_one_out: tuple[int, int] | None
    """Least and greatest place by score when any one dimension is left out."""
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A row."""

    __pydantic_config__ = _STRICT
    id: str
    """`org/model`."""
    title: str
    kind: Kind
    revision: str
    run_id: str
    created_utc: str
    path: str
    """Its folder below `leaderboard/`."""
    url: str | None
    paper: str | None
    license: str
    open_weights: bool
    n_params: int | None
    training_data: tuple[str, ...]
    saw_test_sources: bool
    seeds: tuple[int, ...]
    harness: str
    level: Literal[0, 1, 2, 3, 4] | None
    """The highest level of verification that it passed."""
    flags: tuple[str, ...]
    """Warnings of the check, in words."""
    ranked: bool
    not_ranked: str | None
    """Why not: a baseline, not verified, incomplete ..."""
    coverage: tuple[int, int]
    """Samples usable, samples expected."""
    values: Mapping[str, Value]
    dimensions: Mapping[str, Score]
    overall: Overall
    latency: Mapping[str, float | str | None] | None = None
    """Achieved latency and hardware, where it was measured; systems on other hardware are not comparable by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A row that a paper reports: shown apart, never ranked with what was computed here."""

    __pydantic_config__ = _STRICT
    title: str
    source: str
    url: str | None
    values: Mapping[str, float]
    """By the paper's own names of columns."""
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A run that is no row any more. Nothing that was merged vanishes."""

    __pydantic_config__ = _STRICT
    id: str
    run_id: str
    created_utc: str
    path: str
    status: Literal["superseded", "withdrawn"]
    reason: str
    """By which run it is superseded, or why it is withdrawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Robustness:
    """How much the order depends on the dimensions' weights."""

    __pydantic_config__ = _STRICT
    n_draws: int
    """Weights drawn from a flat Dirichlet distribution."""
    tau_median: float | None
    """Kendall's tau of the order under drawn weights with the board's own; None with fewer than two ranked systems."""
    tau_low: float | None
    """Its 5 % quantile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One test set, task and protocol."""

    __pydantic_config__ = _STRICT
    id: str
    """`mini-1.0.0/dialogue/dyadic`."""
    title: str
    testset: str
    version: str
    testset_sha256: str | None
    """None where nobody has submitted, and the test set is not at hand."""
    task: str
    protocol: str
    profile: str
    demonstration: bool
    """A board that shows how things work, and says nothing about models."""
    note: str
    n_items: int
    """Of the test set, for this task."""
    n_sources: int
    """Source videos of the items; 0 where nobody has submitted, and the test set is not at hand."""
    metrics: Mapping[str, BoardMetric]
    """Members of dimensions first, in the order of these."""
    dimensions: Mapping[str, Dimension]
    systems: tuple[System, ...]
    """Best overall score first, then by id; who is not ranked, last."""
    reported: tuple[Reported, ...]
    reported_columns: Mapping[str, Literal["higher", "lower"]]
    """The paper's columns, and which way is better."""
    past: tuple[Past, ...]
    robustness: Robustness | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaderboard:
    """All boards."""

    __pydantic_config__ = _STRICT
    schema: Literal["vidchatbench.leaderboard/1"] = SCHEMA
    harness: str
    boards: tuple[Board, ...]
    refused: Mapping[str, str] = field(default_factory=dict)
    """Folders of `submissions/` that the check refuses, each with the first reason: shown, never on a board."""
