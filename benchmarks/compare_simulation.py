"""How often comparisons are right: `python benchmarks/compare_simulation.py [--designs A,B] [--keep FILE]`.

What `vidchatbench compare` does with two systems, on drawn data where the truth is known. For each design it prints,
with the Monte Carlo error (1.96 standard errors) after +-:
  cover   share of 95 % intervals of the difference that hold its expected value; should lie between 93 and 97 %
  reject  share of paired tests with p <= 5 %: false positives where the difference is 0 (4 to 6 %), else power
          As in `compare`, no test counts where both W1 are within 2.5 noise floors; `tested` says how many do, and
          `all of them` what the share would be if all did
  agree   share of draws in which the scores' sum has the sign of the difference

N source videos have 1 and 2 items in turn; a source adds a part of its own to each system and to the reference.
2000 replicates are the full count of every design. Tests stand on 1999 draws of signs in place of 9999, the same in
every replicate, as `compare` has one seed.
  mean.normal.N        normal values, both systems alike
  mean.failed.N        values near 0.7, of which each system independently lost 10 %, which count as -1
  mean.skewed.N        differences exponential, less their mean: one system is sometimes much worse
  mean.rate.N          values 1 or 0, each system independently 0 in 10 %: most differences are 0, and sums are tied
  w1.equal.N           offsets in s, both systems 0.3 s late and wider than people: exchangeable
  w1.human.N           both systems as people are: W1 is all bias
  w1.opposite.N        one 0.3 s late, one 0.3 s early: equally far, not exchangeable
  w1.near.N            as wide as people, one 1.05 / sqrt(N) s late, one early: the larger W1 is about 2 noise floors
  w1.off.N             the same with 1.4 / sqrt(N) s: about 2.5 times
  w1.apart.N           one 0.3 s late, one 0.5 s late
  quantile.median.N    the distance of the medians, values as in w1.equal.N
  quantile.spread.N    the same of the interquartile ranges
  frechet.equal.D.N    D dimensions of falling variance, both systems shifted alike: exchangeable
  frechet.sides.D.N    shifted by as much in two directions of equal variance: equally far, not exchangeable
  frechet.apart.D.N    shifted by 0.3 and 0.45 deviations of the first direction
  kernel.*.64.N        the same by the kernel distance
for N = 50 and 500 (means and W1 also 9, 20 and 100), D = 64 and 400. `compare` offers no intervals below 50 sources
(here from 20 on), no test or interval of quantiles, and no intervals of the last two; here they are tried.

All pairs of M systems together (`max_t`), where `reject` is the share of families with any false positive,
and `power` the share of true differences that are found:
  maxt.null.M.N        M systems alike, normal values
  maxt.rate.M.N        M systems alike, values 1 or 0 as above
  maxt.one.M.N         normal values, one system better by 4.2 / sqrt(N), about 4 standard errors of a difference
for M = 5 and 20, N = 50 and 500, and 5 systems alike on 9 sources.
Draws are numbered, so that a run with --keep goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from vidchatbench.stats import (
    KernelBlocks,
    difference_interval,
    frechet_distance,
    frechet_influence,
    influence_interval,
    influence_scores,
    jackknife_scores,
    max_t,
    sign_flip_test,
    split_halves,
    wasserstein1,
    wasserstein1_many,
)
from vidchatbench_metrics.turn.quantiles import quantiles

FEW, SIZES, DIMENSIONS, DRAWS = (9, 20), (50, 500), (64, 400), 1999
DESIGNS = (
    [f"mean.{kind}.{n}" for kind in ("normal", "failed", "skewed") for n in SIZES]
    + [f"w1.{kind}.{n}" for kind in ("equal", "human", "opposite", "apart") for n in SIZES]
    + [f"frechet.{kind}.{d}.{n}" for d in DIMENSIONS for n in SIZES for kind in ("equal", "sides", "apart")]
    + [f"kernel.{kind}.64.{n}" for n in SIZES for kind in ("equal", "sides", "apart")]
    + [f"{kind}.100" for kind in ("mean.normal", "mean.failed", "mean.skewed", "w1.equal", "w1.human", "w1.opposite")]
    + [f"mean.{kind}.{n}" for kind in ("normal", "failed", "skewed") for n in FEW]
    + [f"w1.{kind}.{n}" for kind in ("equal", "human", "opposite") for n in FEW]
    + [f"mean.rate.{n}" for n in (*FEW, 50, 100, 500)]
    + [f"maxt.{kind}.{m}.{n}" for kind in ("null", "rate", "one") for m in (5, 20) for n in SIZES]
    + [f"maxt.{kind}.5.9" for kind in ("null", "rate")]
    + [f"w1.near.{n}" for n in (20, 50, 100, 500)]
    + [f"quantile.{kind}.{n}" for kind in ("median", "spread") for n in SIZES]
    + [f"w1.off.{n}" for n in (50, 100, 500)]
)
"""A design's place is part of its seed: new ones stand at the end."""


SEED = 20261120
FAR = 2.5
"""As `compare` has them."""


def sources(n: int) -> np.ndarray:
    """The source video of each item: of n source videos, every other one has two."""
    return np.repeat(np.arange(n), 1 + np.arange(n) % 2)


def by_leaving_out(totals, members, k):
    """Difference, interval and scores of a statistic without influences."""
    scores = jackknife_scores(totals, members, k)
    return float(totals(np.ones((1, len(members))))[0]), difference_interval(scores, least=FEW[-1]), scores


def mean(kind: str, n: int, rs: np.random.RandomState):
    """Two systems' values, one an item."""
    members = sources(n)
    k, n = n, len(members)
    shared = rs.randn(k)[members] + rs.randn(n)
    if kind == "normal":
        a, b = (shared + 0.5 * rs.randn(k)[members] + 0.7 * rs.randn(n) for _ in range(2))
    elif kind == "failed":
        a, b = (np.where(rs.rand(n) < 0.1, -1, 0.7 + 0.05 * shared + 0.05 * rs.randn(n)) for _ in range(2))
    elif kind == "rate":
        a, b = ((rs.rand(n) >= 0.1).astype(float) for _ in range(2))
    else:
        a = shared
        b = shared + 0.7 * (rs.exponential(size=k)[members] - 1) + 0.7 * (rs.exponential(size=n) - 1)
    return by_leaving_out(lambda w: w @ (b - a) / w.sum(axis=1), members, k)


def w1(kind: str, n: int, rs: np.random.RandomState):
    """Two systems' offsets and people's, in s; last, the larger distance over the noise floor."""
    members = sources(n)
    k, n = n, len(members)
    asked = 0.1 * rs.randn(k)[members]
    near, off = 1.05 / np.sqrt(k), 1.4 / np.sqrt(k)
    late = {"equal": (0.3, 0.3), "human": (0, 0), "opposite": (0.3, -0.3), "apart": (0.3, 0.5)}
    late |= {"near": (near, -near), "off": (off, -off)}
    wide = 0.3 if kind in ("human", "near", "off") else 0.4
    human = 0.2 + asked + 0.1 * rs.randn(k)[members] + 0.3 * rs.randn(n)
    a, b = (0.2 + shift + asked + 0.1 * rs.randn(k)[members] + wide * rs.randn(n) for shift in late[kind])
    halves = [split_halves(n, np.random.default_rng(split)) for split in range(6)]
    floor = np.mean([wasserstein1(human[one], human[other]) for one, other in halves])
    far = max(wasserstein1(a, human), wasserstein1(b, human)) / floor
    found = by_leaving_out(lambda w: wasserstein1_many(b, human, w, w) - wasserstein1_many(a, human, w, w), members, k)
    return *found, far


def quantile(kind: str, n: int, rs: np.random.RandomState):
    """Two systems' offsets and people's, in s, compared by their quantiles alone."""
    members = sources(n)
    k, n = n, len(members)
    asked = 0.1 * rs.randn(k)[members]
    human, a, b = (
        shift + asked + 0.1 * rs.randn(k)[members] + wide * rs.randn(n)
        for shift, wide in ((0.2, 0.3), (0.5, 0.4), (0.5, 0.4))
    )

    def statistic(x, w):
        return quantiles(x, w, (0.5,))[:, 0] if kind == "median" else np.diff(quantiles(x, w, (0.25, 0.75)))[:, 0]

    def totals(w):
        real = statistic(human, w)
        return np.abs(statistic(b, w) - real) - np.abs(statistic(a, w) - real)

    return by_leaving_out(totals, members, k)


def vectors(kind: str, d: int, n: int, rs: np.random.RandomState):
    """The references' and two systems' vectors, and the source video of each."""
    members = sources(n)
    k, n = n, len(members)
    scale = 1 / np.sqrt(1 + np.arange(d) // 2)  # pairs of directions of equal variance
    person = 0.6 * rs.randn(k, d)[members]
    real, a, b = (scale * (person + 0.4 * rs.randn(k, d)[members] + 0.7 * rs.randn(n, d)) for _ in range(3))
    a[:, 0] += 0.3
    b[:, 1 if kind == "sides" else 0] += 0.45 if kind == "apart" else 0.3
    return real, a, b, members


def frechet(kind: str, d: int, n: int, rs: np.random.RandomState):
    """Frechet distances from the references, one vector an item."""
    real, a, b, members = vectors(kind, d, n, rs)
    each, k, n = np.arange(len(members)), n, len(members)
    value = interval = None
    if kind != "equal" or k > 5 * d:
        value = frechet_distance(b, real) - frechet_distance(a, real)
    if k > 5 * d:  # as `FrechetDistance.no_interval` has it
        own = [frechet_influence(x, real, each, each) for x in (a, b)]
        interval = influence_interval(value, own[1] - own[0], members)
    both = np.concatenate([each, n + each])
    pooled = frechet_influence(np.concatenate([a, b]), np.concatenate([real, real]), both, both)
    return value, interval, influence_scores(pooled, members, k)


def kernel(kind: str, d: int, n: int, rs: np.random.RandomState):
    """Kernel distances from the references, one vector an item."""
    real, a, b, members = vectors(kind, d, n, rs)
    one, two = (KernelBlocks.of(list(x[:, None]), list(real[:, None]), members) for x in (a, b))
    value = two.distance() - one.distance()
    interval = influence_interval(value, two.influence() - one.influence(), members)
    twice = [np.concatenate(pair) for pair in ((a, b), (real, real), (members, members))]
    pooled = KernelBlocks.of(list(twice[0][:, None]), list(twice[1][:, None]), twice[2])
    return value, interval, influence_scores(pooled.influence(), members, n)


def maxt(kind: str, m: int, n: int, rs: np.random.RandomState):
    """The adjusted p-values of all pairs of the systems' means, and which pairs differ."""
    members = sources(n)
    k, n = n, len(members)
    if kind == "rate":
        values = (rs.rand(n, m) >= 0.1).astype(float)
    else:
        values = (rs.randn(k)[members] + rs.randn(n))[:, None] + 0.5 * rs.randn(k, m)[members] + 0.7 * rs.randn(n, m)
    better = np.zeros(m)
    if kind == "one":
        better[0] = 4.2 / np.sqrt(k)
    scores = np.stack([np.bincount(members, column, k) for column in (values + better).T], axis=1) / n
    pairs = np.triu_indices(m, 1)
    return max_t(scores, seed=SEED, n_draws=DRAWS)[pairs], better[pairs[0]] != better[pairs[1]]


def draw(design: str, replicate: int) -> dict[str, object]:
    """One draw of a design."""
    family, kind, *sizes = design.split(".")
    rs = np.random.RandomState([DESIGNS.index(design), replicate])
    if family == "maxt":
        p, differ = maxt(kind, *map(int, sizes), rs)
        found = {"p": float(p[~differ].min()), "power": float(np.mean(p[differ] <= 0.05)) if differ.any() else None}
        return {"design": design, "replicate": replicate, **found}
    value, interval, scores, *far = {
        "mean": mean,
        "w1": w1,
        "quantile": quantile,
        "frechet": frechet,
        "kernel": kernel,
    }[family](kind, *map(int, sizes), rs)
    return {
        "design": design,
        "replicate": replicate,
        "value": value,
        "low": interval and interval.low,
        "high": interval and interval.high,
        "p": sign_flip_test(scores, seed=SEED, n_draws=DRAWS).p,
        "agree": None if value is None else bool(np.sign(scores.sum()) == np.sign(value)),
        "far": far[0] if far else None,
    }


def share(found: list[bool]) -> str:
    """A share in % with its Monte Carlo error."""
    p = np.mean(found)
    return f"{100 * p:5.1f} +-{196 * np.sqrt(p * (1 - p) / len(found)):.1f} %"


def summary(design: str, found: list[dict]) -> str:
    """What the draws of a design say."""
    said = f"{design:20} {len(found):5} draws  "
    tested = [one["p"] is not None and (one.get("far") is None or one["far"] > FAR) for one in found]
    reject = share([offered and one["p"] <= 0.05 for one, offered in zip(found, tested, strict=True)])
    if not all(tested):
        anyway = np.mean([one["p"] is not None and one["p"] <= 0.05 for one in found])
        reject += f" (tested {100 * np.mean(tested):.0f} %; all of them {100 * anyway:.1f} %)"
    if design.startswith("maxt"):
        power = f"  power {100 * np.mean([one['power'] for one in found]):.1f} %" if ".one." in design else ""
        return f"{said}reject {reject}{power}"
    truth = np.mean([one["value"] for one in found]) if ".apart" in design else 0.0
    cover = share([one["low"] is not None and one["low"] <= truth <= one["high"] for one in found])
    offered = found[0]["low"] is not None
    said += f"cover {cover if offered else 'not offered':>14}  reject {reject}"
    known = [one["agree"] for one in found if one["agree"] is not None]
    return f"{said}  agree {share(known)}" if known else said


def main() -> None:
    """Draw what is not kept, and print a line for each design."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--designs", default=",".join(DESIGNS), help="names or their beginnings (w1.near), in the order to draw them"
    )
    parser.add_argument("--replicates", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop a design after so long")
    parser.add_argument("--keep", type=Path, help="file of finished draws, to go on from")
    args = parser.parse_args()
    chosen = dict.fromkeys(
        name for start in args.designs.split(",") for name in DESIGNS if f"{name}.".startswith(f"{start}.")
    )
    kept: dict[str, list[dict]] = defaultdict(list)
    if args.keep and args.keep.is_file():
        for line in args.keep.read_text().splitlines():
            kept[json.loads(line)["design"]].append(json.loads(line))
    for design in chosen:
        found, started = kept[design], time.monotonic()
        while len(found) < args.replicates and time.monotonic() - started < args.seconds:
            found.append(draw(design, len(found)))
            if args.keep:
                with args.keep.open("a") as file:
                    file.write(json.dumps(found[-1]) + "\n")
        print(summary(design, found), flush=True)


if __name__ == "__main__":
    with threadpool_limits(limits=1):
        main()
