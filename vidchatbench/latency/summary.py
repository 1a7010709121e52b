"""The latency of a system: percentiles over its samples, which whoever has the samples' timings can form again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from vidchatbench.latency.survival import quantile, survival_quantile
from vidchatbench.latency.timing import Timing

SHARES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantiles:
    """Of one quantity, over the samples."""

    n: int
    """Samples that could have reached it."""
    reached: int
    p50: float | None
    p90: float | None
    p95: float | None
    p99: float | None
    reason: str | None = None
    """Why a percentile is None: never because it was left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Of one system on one test set. `summary` in `generation/latency.json`."""

    clocks: tuple[str, ...]
    """More than one: answers of several runs, which are no one measurement."""
    hardware: tuple[str, ...]
    """More than one: not to be ranked."""
    n: int
    failed: int
    """Samples without an answer; they stay in the denominator of every ttf*."""
    values: Mapping[str, Quantiles]
    """By name: ttfa_s, ttfv_s, ttfav_s, ttff_s, rtf, gen_s, av_skew_ms, chunk_jitter_ms, stop_latency_s."""
    stages: Mapping[str, Quantiles] = field(default_factory=dict)
    """By mark, after the initiator's end."""
    rtf_p95: float | None
    """95th percentile of the real-time factor over all full seconds of all answers."""
    stall_ratio: float | None
    """Time that a player with a jitter buffer of 0.2 s starves, as a share of the time that it plays or starves."""
    n_stalls: int | None
    lag_ms: float | None
    """95th percentile over the samples of the harness's own lateness (their 95th percentiles)."""


def summarise(timings: Sequence[Timing]) -> Latency:
    """Percentiles over samples, answered or not.

    ttfa_s, ttfv_s and ttfav_s are waiting times that may never end: their percentiles are Kaplan and Meier's. A sample
    that failed or ended in silence counts as waiting for ever, since it would else flatter whoever gives up early; one
    that was killed at its time limit counts as waiting until then. A percentile that too few reached is None, with the
    reason.

    Args:
        timings: One for each sample that was tried.
    """
    live = [one for one in timings if one.clock in ("paced", "virtual")]
    speaking = [one for one in live if one.speaks]
    answered = [one for one in timings if one.gen_s is not None]
    values = {}
    for name in ("ttfav_s", "ttfa_s", "ttfv_s") if live else ():
        values[name] = _waiting(speaking, name)
    for name in ("ttff_s", "av_skew_ms", "chunk_jitter_ms", "stop_latency_s") if live else ():
        values[name] = _plain([one for one in live if one.gen_s is not None], name)
    for name in ("rtf", "gen_s"):
        values[name] = _plain(answered, name)
    marks = {mark for one in live for mark in one.stages}
    played = [(one.stalled_s, one.media_s, one.n_stalls) for one in live]
    whole = [(s, m, k) for s, m, k in played if s is not None and m is not None and k is not None]
    stalled, played_s = sum(s for s, _, _ in whole), sum(m for _, m, _ in whole)
    return Latency(
        clocks=tuple(sorted({one.clock for one in timings})), hardware=tuple(sorted({one.hardware for one in timings})),
        n=len(timings), failed=len(timings) - len(answered), values=values,
        stages={mark: _quantiles(len(live), [one.stages[mark] for one in live if mark in one.stages])
                for mark in sorted(marks)},
        rtf_p95=quantile([value for one in timings for value in one.rtf_1s], 0.95),
        stall_ratio=stalled / (stalled + played_s) if stalled + played_s else None,
        n_stalls=sum(k for _, _, k in whole) if whole else None,
        lag_ms=quantile([one.lag_ms for one in live if one.lag_ms is not None], 0.95),
    )  # fmt: skip


def _waiting(timings: Sequence[Timing], name: str) -> Quantiles:
    found = [getattr(one, name) for one in timings]
    reached = [value for value in found if value is not None]
    # What never came of a sample that did speak (its picture) will not come any more either.
    until = [
        one.censored_s if one.censored_s is not None and one.ttfa_s is None else inf
        for one, value in zip(timings, found, strict=True)
        if value is None
    ]
    shares = {at: survival_quantile(reached, until, share) for at, share in SHARES.items()}
    return Quantiles(n=len(timings), reached=len(reached), reason=_why(timings, name, len(reached), shares), **shares)


def _why(timings: Sequence[Timing], name: str, reached: int, shares: Mapping[str, float | None]) -> str | None:
    if all(value is not None for value in shares.values()):
        return None
    if not timings:
        return "no task of these samples wants speech"
    reasons = [one.absent.get(name, "it is not there") for one in timings if getattr(one, name) is None]
    most = max(dict.fromkeys(reasons), key=reasons.count)
    return f"{reached} of {len(timings)} samples reached it; most of the others: {most}"


def _plain(timings: Sequence[Timing], name: str) -> Quantiles:
    found = [value for one in timings if (value := getattr(one, name)) is not None]
    if found or not timings:
        return _quantiles(len(timings), found)
    return _quantiles(len(timings), found, timings[0].absent.get(name, "it is not there"))


def _quantiles(n: int, values: Sequence[float], reason: str = "no sample has it") -> Quantiles:
    shares = {at: quantile(values, share) for at, share in SHARES.items()}
    return Quantiles(n=n, reached=len(values), reason=None if values else reason, **shares)
