"""Every number of the committed leaderboard.json, formed anew from the submissions by formulas of this file's own.

Nothing of the project is imported here: only json, gzip, NumPy and SciPy. For each board it forms

- values: means with failures at their worst, Wasserstein and Frechet distances, rates, variances; n, valid share;
- intervals of all that have one (BCa over source videos, the frozen draws of RandomState), of dimensions and overall;
- spreads over seeds, anchored values, dimension scores, overall scores, coverage;
- real clips' own values and noise floors, and with them the frozen anchors;
- rank sets: joint sign-flip tests over all signs, the order closed by dropping weakest claims, clones counted once;
- the Pareto front, places when a dimension is left out, and Kendall's tau under drawn weights.

What it takes as given: titles and words, the signature and direction of a metric, and which systems take part in ranks.
"""

from __future__ import annotations

import gzip
import itertools
import json
import math
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

ROOT = Path(__file__).resolve().parents[2] / "leaderboard"
BOARD = json.loads((ROOT / "leaderboard.json").read_text("utf-8"))
SEED, DRAWS = 20261120, 9999
NO_DIRECTION = ("emotion.landmark_fd", "listen.fd", "listen.pfd")
HALVES = {"turn.fto_w1": 50, "turn.duration_w1": 50, "turn.pause_w1": 50, "emotion.landmark_fd": 20, "listen.fd": 20,
          "listen.pfd": 20, "listen.variance": 50, "listen.nod_rate": 50, "listen.blink_rate": 50,
          "listen.smile_rate": 50}  # fmt: skip
WITHOUT_REAL = ("video.psnr", "video.ssim", "audio.loudness")
FEWEST = 2
pytestmark = pytest.mark.slow
CASES = [pytest.param(board, id=board["id"]) for board in BOARD["boards"] if board["systems"]]


def near(found, said, rel=1e-6, floor=1e-9):
    if found is None or said is None:
        return found is None and said is None
    return np.allclose(found, said, rtol=rel, atol=floor)


# --- reading ------------------------------------------------------------------------------------------------------


class Run:
    """The rows of one submission that belong to one task."""

    def __init__(self, folder: Path, task: str) -> None:
        text = gzip.decompress((folder / "items.jsonl.gz").read_bytes()).decode()
        self.lines = [line for line in map(json.loads, text.splitlines()) if line["task"] == task]
        self.lines.sort(key=lambda line: (line["item_id"], line["turn"], line["seed"]))
        self.archive = np.load(folder / "stats.npz", allow_pickle=False)
        self.sources = sorted({line["source_video"] for line in self.lines})
        self.seeds = sorted({line["seed"] for line in self.lines})

    @cache  # noqa: B019 - a run lives as long as the module
    def rows(self, id):
        """(line, arrays or None) of all samples that the metric applies to."""
        stored = {}
        if f"{id}/samples" in self.archive.files:
            keys = [str(key) for key in self.archive[f"{id}/samples"]]
            stored = {key: {} for key in keys}
            for name in self.archive.files:
                if name.startswith(f"{id}/") and not name.endswith((".lengths", "/samples")):
                    place, flat = 0, self.archive[name]
                    for key, length in zip(keys, self.archive[f"{name}.lengths"], strict=True):
                        count = 1 if length == -1 else max(0, int(length))
                        if length != -2:
                            part = flat[place : place + count]
                            stored[key][name.split("/", 1)[1]] = part[0] if length == -1 else part
                        place += count
        found = []
        for line in self.lines:
            cell = line["metrics"].get(id)
            if cell and cell["status"] in ("ok", "failed", "excluded"):
                key = line["item_id"] + (f".t{line['turn']}" if line["turn"] else "")
                key += f".s{line['seed']}" if line["seed"] else ""
                found.append((line, stored.get(key)))
        return found

    def counted(self, id, seed=None):
        own = [(line, row) for line, row in self.rows(id) if row is not None and seed in (None, line["seed"])]
        place = np.array([self.sources.index(line["source_video"]) for line, _ in own], dtype=int)
        return [row for _, row in own], place


@pytest.fixture(scope="module")
def runs():
    found = {}

    def get(board, system):
        key = (board["task"], system["path"])
        if key not in found:
            found[key] = Run(ROOT / system["path"], board["task"])
        return found[key]

    return get


# --- formulas -----------------------------------------------------------------------------------------------------


def w1(rows, weights, side_x="response", side_y="human", log=False):
    """Area between two weighted cumulative distributions, for each line of row weights."""

    def side(name):
        values = np.concatenate([np.asarray(row[name], float) for row in rows])
        size = [len(row[name]) for row in rows]
        share = np.repeat(weights / np.maximum(size, 1), size, axis=1)
        return (np.log(values) if log else values), share

    (x, wx), (y, wy) = side(side_x), side(side_y)
    cuts = np.sort(np.concatenate([x, y]))
    upto = [w @ (v[:, None] <= cuts[None, :-1]) / w.sum(axis=1, keepdims=True) for v, w in ((x, wx), (y, wy))]
    return np.abs(upto[0] - upto[1]) @ np.diff(cuts)


def frechet(x, y):
    """|m - m'|^2 + Tr(S + S' - 2 (S^1/2 S' S^1/2)^1/2) by eigenvalues."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    gap, (s, t) = x.mean(0) - y.mean(0), (np.atleast_2d(np.cov(v.T)) for v in (x, y))
    size, axes = np.linalg.eigh(s)
    root = axes * np.sqrt(size.clip(0)) @ axes.T
    cross = np.sqrt(np.linalg.eigvalsh(root @ t @ root).clip(0)).sum()
    return float(gap @ gap + np.trace(s) + np.trace(t) - 2 * cross)


def octaves(x, y):
    return np.minimum(np.abs(np.log2(np.maximum(x / y, 2.0**-10))), 10)


def totals(id, rows, weights):
    """The metric of each line of row weights."""
    if id.startswith("turn.") and id.endswith("_w1"):
        return w1(rows, weights, log=id == "turn.duration_w1")
    if id.endswith("_rate") and id.startswith("listen."):
        events, minutes = (
            np.array([[row[side][k] for row in rows] for side in ("response", "reference")]) for k in (0, 1)
        )
        rate = (weights @ events.T) / (weights @ minutes.T)
        return np.abs(rate[:, 0] - rate[:, 1])
    if id == "listen.variance":
        response, reference = (
            weights @ np.array([float(row[side]) for row in rows]) for side in ("response", "reference")
        )
        return octaves(response, reference)
    if id in NO_DIRECTION:
        assert (weights == 1).all()
        value = frechet(*(np.concatenate([row[side] for row in rows]) for side in ("response", "reference")))
        return np.full(len(weights), value)
    return weights @ np.array([float(row["value"]) for row in rows]) / weights.sum(axis=1)


def value_of(id, rows):
    return float(totals(id, rows, np.ones((1, len(rows))))[0]) if len(rows) else None


def halves(n, rng):
    order = np.argsort(rng.bit_generator.random_raw(n), kind="stable")
    return order[: n // 2], order[n // 2 : 2 * (n // 2)]


def floor_of(id, run):
    """Real clips against real clips, by the first seed's rows: the mean over splits in halves."""
    rows, _ = run.counted(id, run.seeds[0])
    rng, found = np.random.default_rng(SEED), []
    groups = np.array([int(row.get("group", k)) for k, row in enumerate(rows)])
    labels = np.unique(groups)
    if id in NO_DIRECTION and len(labels) < 4:
        return None
    for _ in range(HALVES[id]):
        if id in NO_DIRECTION:
            sides = [np.flatnonzero(np.isin(groups, labels[np.sort(half)])) for half in halves(len(labels), rng)]
            found.append(frechet(*(np.concatenate([rows[k]["reference"] for k in side]) for side in sides)))
            continue
        a, b = halves(len(rows), rng)
        if id.startswith("turn."):
            split = [{"x": rows[i]["human"], "y": rows[j]["human"]} for i, j in zip(a, b, strict=True)]
            found.append(float(w1(split, np.ones((1, len(a))), "x", "y", log=id == "turn.duration_w1")[0]))
        elif id == "listen.variance":
            one, two = (np.mean([float(rows[k]["reference"]) for k in half]) for half in (a, b))
            found.append(float(octaves(one, two)))
        else:
            one, two = (np.sum([rows[k]["reference"] for k in half], axis=0) for half in (a, b))
            found.append(abs(one[0] / one[1] - two[0] / two[1]))
    return float(np.mean(found))


@cache
def resamples(k):
    drawn = np.random.RandomState(SEED).randint(0, k, size=(DRAWS, k), dtype=np.int64)
    return np.array([np.bincount(line, minlength=k) for line in drawn], float)


def bca(point, boot, without):
    """Efron's interval; None where it would not be valid."""
    same = 1e-12 * max(abs(point), np.abs(boot).max())
    if not np.isfinite(boot).all():
        return None
    if np.abs(boot - point).max() <= same:
        return [point, point]
    share = np.mean(boot - point < -same) + np.mean(np.abs(boot - point) <= same) / 2
    z0 = stats.norm.ppf(share)
    if abs(z0) > 1:
        return None
    lever = without.mean() - without
    ends = np.array([0.025, 0.975])
    if np.isfinite(lever).all() and np.abs(lever).max() > same:
        lever = lever / np.abs(lever).max()
        a = (lever**3).sum() / (6 * (lever**2).sum() ** 1.5)
        z = z0 + stats.norm.ppf(ends)
        if (a * z < 1).all():
            ends = stats.norm.cdf(z0 + z / (1 - a * z))
    return list(np.quantile(boot, ends))


def lines_of(id, rows, place, k):
    """The metric on all resamples of sources, and without each source."""
    with np.errstate(invalid="ignore", divide="ignore"):
        boot = np.concatenate([totals(id, rows, block[:, place]) for block in np.array_split(resamples(k), 20)])
        without = totals(id, rows, (place[None, :] != np.arange(k)[:, None]).astype(float))
    return boot, without


# --- one system ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def formed(runs):
    """For a board: by system, all that its own rows give."""
    made = {}

    def form(board):
        if board["id"] not in made:
            made[board["id"]] = {system["id"]: one(board, system) for system in board["systems"]}
        return made[board["id"]]

    def one(board, system):
        run = runs(board, system)
        found = {"run": run, "values": {}, "without": {}, "boot": {}, "share": {}}
        k = len(run.sources)
        for id in board["metrics"]:
            rows, place = run.counted(id)
            if len(rows) < (FEWEST if id in HALVES else 1):
                continue
            found["values"][id] = value_of(id, rows)
            lost = any(line["metrics"][id]["status"] == "failed" and row is None for line, row in run.rows(id))
            if id in NO_DIRECTION or lost:
                continue
            found["share"][id] = np.bincount(place, minlength=k) / len(place)
            if k >= 5:
                found["boot"][id], found["without"][id] = lines_of(id, rows, place, k)
            else:
                with np.errstate(invalid="ignore", divide="ignore"):
                    keep = (place[None, :] != np.arange(k)[:, None]).astype(float)
                    found["without"][id] = totals(id, rows, keep)
        scores(board, found)
        return found

    def anchored(board, id, value):
        anchor = board["metrics"][id]["anchor"]
        return np.clip((value - anchor["low"]) / (anchor["high"] - anchor["low"]), -0.25, 1.25)

    def scores(board, found):
        names = [name for name, one in board["dimensions"].items() if one["members"]]
        found["tested"] = [n for n in names if not set(board["dimensions"][n]["members"]) & set(NO_DIRECTION)]
        found["counted"] = [n for n in names if board["dimensions"][n]["in_overall"]]
        found["score"], found["score_without"], found["score_boot"] = {}, {}, {}
        for name in names:
            members = board["dimensions"][name]["members"]
            usable = found["share"].keys() | {m for m in members if m in NO_DIRECTION and m in found["values"]}
            if not set(members) <= usable or any(partial(found["run"], m) for m in members):
                continue
            found["score"][name] = np.mean([anchored(board, m, found["values"][m]) for m in members])
            if name in found["tested"]:
                found["score_without"][name] = np.mean(
                    [anchored(board, m, found["without"][m]) for m in members], axis=0
                )
            if name in found["tested"] and all(m in found["boot"] for m in members):
                found["score_boot"][name] = np.mean([anchored(board, m, found["boot"][m]) for m in members], axis=0)
        parts = [found["score"].get(name) for name in found["counted"]]
        found["overall"] = half(parts) if parts and None not in parts else None

    return form


def partial(run, id):
    return any(line["metrics"][id]["status"] == "failed" and row is None for line, row in run.rows(id))


def half(parts):
    return 0.5 * np.mean(parts, axis=0) + 0.5 * np.min(parts, axis=0)


@pytest.mark.parametrize("board", CASES)
def test_values_and_what_stands_beside_them(board, formed):
    for system in board["systems"]:
        own = formed(board)[system["id"]]
        run = own["run"]
        for id, cell in system["values"].items():
            where, metric = (system["id"], id), board["metrics"][id]
            rows, place = run.counted(id)
            assert near(own["values"].get(id), cell["value"], floor=1e-6 if id in NO_DIRECTION else 1e-9), where
            states = Counter(line["metrics"][id]["status"] for line, _ in run.rows(id))
            asked = states["ok"] + states["failed"]
            assert cell["n"] == len(rows) and cell["n_sources"] == len(set(place.tolist())), where
            assert near(states["ok"] / asked if asked else None, cell["valid_fraction"]), where
            if cell["value"] is not None:
                seeds = [value_of(id, run.counted(id, seed)[0]) for seed in run.seeds]
                sd = float(np.std(seeds, ddof=1))
                assert near(0.0 if sd < 1e-12 else sd, cell["seed_sd"]), where
            anchor = metric["anchor"]
            expected = None
            if anchor and cell["value"] is not None:
                expected = min(1.25, max(-0.25, (cell["value"] - anchor["low"]) / (anchor["high"] - anchor["low"])))
            assert near(expected, cell["anchored"]), where
        ok = sum(line["status"] == "ok" for line in run.lines)
        assert system["coverage"] == [ok, len(run.lines)] and system["seeds"] == run.seeds
    for id, metric in board["metrics"].items():
        asked = [[line for line, _ in one["run"].rows(id) if line["seed"] == 0] for one in formed(board).values()]
        counts = [sum(line["metrics"][id]["status"] != "excluded" for line in lines) for lines in asked]
        assert metric["n_expected"] == max(counts), id
    some = next(iter(formed(board).values()))["run"]
    assert (board["n_items"], board["n_sources"]) == (len({x["item_id"] for x in some.lines}), len(some.sources))


@pytest.mark.parametrize("board", CASES)
def test_intervals(board, formed):
    checked = 0
    for system in board["systems"]:
        own = formed(board)[system["id"]]
        k = len(own["run"].sources)
        for id, cell in system["values"].items():
            if id in NO_DIRECTION or k < 5 or cell["value"] is None:
                assert cell["ci95"] is None, (system["id"], id)
                continue
            ends = bca(own["values"][id], own["boot"][id], own["without"][id])
            assert near(ends, cell["ci95"], rel=1e-5, floor=1e-7), (system["id"], id, ends, cell["ci95"])
            checked += ends is not None
        for name, score in system["dimensions"].items():
            boot = own["score_boot"].get(name)
            ends = None if boot is None else bca(own["score"][name], boot, own["score_without"][name])
            assert near(ends, score["ci95"], rel=1e-5, floor=1e-7), (system["id"], name, ends, score["ci95"])
        if own["overall"] is not None and set(own["counted"]) <= set(own["score_boot"]):
            boot, without = (half([own[kind][n] for n in own["counted"]]) for kind in ("score_boot", "score_without"))
            ends = bca(own["overall"], boot, without)
            assert near(ends, system["overall"]["ci95"], rel=1e-5, floor=1e-7), system["id"]
        else:
            assert system["overall"]["ci95"] is None
    assert checked or board["n_sources"] < 5


@pytest.mark.parametrize("board", CASES)
def test_scores(board, formed):
    for system in board["systems"]:
        own = formed(board)[system["id"]]
        for name, score in system["dimensions"].items():
            assert near(own["score"].get(name), score["score"]), (system["id"], name)
        overall = system["overall"]
        assert near(own["overall"], overall["score"]), system["id"]
        if own["overall"] is not None:
            parts = {name: own["score"][name] for name in own["counted"]}
            assert near([np.mean(list(parts.values())), min(parts.values())], [overall["mean"], overall["min"]])
            assert near(parts[overall["worst"]], overall["min"])
    order = [(not s["ranked"], -(s["overall"]["score"] if s["overall"]["score"] is not None else -9), s["id"])
             for s in board["systems"]]  # fmt: skip
    assert order == sorted(order)


@pytest.mark.parametrize("board", CASES)
def test_real_clips_values_and_anchors(board, formed):
    frozen = json.loads((ROOT / "anchors" / f"{board['testset']}-{board['version']}.json").read_text())
    frozen = frozen["boards"][f"{board['task']}/{board['protocol']}"]
    systems = {system["id"]: formed(board)[system["id"]] for system in board["systems"]}
    (reference,) = (system["id"] for system in board["systems"] if system["kind"] == "reference")
    for id, metric in board["metrics"].items():
        if id in WITHOUT_REAL:
            expected = None
        elif id in HALVES:
            expected = floor_of(id, systems[reference]["run"])
        else:
            expected = systems[reference]["values"].get(id)
        assert near(expected, metric["real"]), (id, expected, metric["real"])
        anchor, low = metric["anchor"], frozen.get(id, {}).get("low_id")
        if anchor is None:
            continue
        assert near([expected, systems[low]["values"][id]], [anchor["high"], anchor["low"]]), id
        assert (anchor["high"] > anchor["low"]) == (metric["direction"] == "higher"), id
        assert near([anchor["high"], anchor["low"]], [frozen[id]["high"], frozen[id]["low"]])


# --- all systems --------------------------------------------------------------------------------------------------


def max_t(scores):
    """Adjusted p of all pairs of columns over all signs: step-down over |sum| / root of squares."""
    k, m = scores.shape
    signs = np.array(list(itertools.product((-1.0, 1.0), repeat=k)))
    pairs = [(i, j) for i in range(m) for j in range(i)]
    size = {}
    for i, j in pairs:
        d = scores[:, i] - scores[:, j]
        moving = (np.abs(d) > 1e-9 * np.abs(d).sum()).sum()
        if moving >= 7 and math.sqrt((d**2).sum()) > 1e-9 * math.sqrt((scores**2).sum(axis=0).max()):
            size[i, j] = (abs(d.sum()) / math.sqrt((d**2).sum()), np.abs(signs @ d) / math.sqrt((d**2).sum()))
    p, reached = np.ones((m, m)), 0.0
    for i, j in sorted(size, key=lambda pair: -size[pair][0]):
        seen = size[i, j][0]
        below = [drawn for other, drawn in size.values() if other <= seen + 1e-12]
        largest = np.max(below, axis=0)
        share = np.mean(largest > seen + 1e-8) + np.mean(np.abs(largest - seen) <= 1e-8) / 2
        reached = max(reached, 1.0 if seen < 1e-8 else share)
        p[i, j] = p[j, i] = reached
    return p


def closed(better, p, strength):
    """Drop the weakest claims of open chains until there are none."""
    m = len(better)
    while True:
        chains = [
            (i, z, j)
            for i, z, j in itertools.product(range(m), repeat=3)
            if better[i, z] and better[z, j] and not better[i, j]
        ]
        if not chains:
            return better
        edges = {edge for i, z, j in chains for edge in ((i, z), (z, j))}
        worst = max(p[edge] for edge in edges)
        weak = min(strength[edge] for edge in edges if p[edge] == worst)
        better = better.copy()
        for edge in edges:
            if p[edge] == worst and strength[edge] <= weak * (1 + 1e-12):
                better[edge] = False


def order_of(values, wholes, withouts, shares, higher, silent):
    """Which system is better than which; and who are clones of each other."""
    scores = np.array([s * v + (1 - s) * (v - w) for v, w, s in zip(wholes, withouts, shares, strict=True)]).T
    k, m = scores.shape
    scores = scores + (np.array(wholes) - scores.sum(axis=0)) / k
    p = max_t(scores)
    better, strength = np.zeros((m, m), bool), np.zeros((m, m))
    for i, j in itertools.permutations(range(m), 2):
        d, sign = scores[:, i] - scores[:, j], 1 if higher else -1
        strength[i, j] = abs(d.sum()) / (math.sqrt((d**2).sum()) or 1)
        reach = stats.t.ppf(0.975, k - 1) * d.std(ddof=1) * math.sqrt(k)
        ahead = (
            sign * (values[i] - values[j]) > 1e-12 * np.abs(values).max()
            and sign * d.sum() > 0
            and abs(d.sum()) > reach
        )
        better[i, j] = p[i, j] <= 0.05 and ahead and not silent(i, j)
    return closed(better, p, strength), scores


def ranks_of(better, same):
    """Rank sets; of systems that are the same, one counts."""
    m = len(better)
    first = [i for i in range(m) if not any(same(i, j) for j in range(i))]
    return [[1 + sum(better[i, j] for i in first), len(first) - sum(better[j, i] for i in first)] for j in range(m)]


def alike(values, scores, i, j):
    """Clones: the same but for rounding."""
    scale = 1e-11 * max(1e-300, np.abs(scores).max())
    return (
        abs(values[i] - values[j]) <= 1e-11 * np.abs(values).max()
        and np.abs(scores[:, i] - scores[:, j]).max() <= scale
    )


@pytest.mark.parametrize("board", CASES)
def test_ranks_pareto_front_and_robustness(board, formed):
    ranked = [system for system in board["systems"] if system["ranked"]]
    own = [formed(board)[system["id"]] for system in ranked]
    for system in board["systems"]:
        if not system["ranked"]:
            assert all(cell["rank"] is None for cell in system["values"].values()) and not system["overall"]["pareto"]
    results = [json.loads((ROOT / system["path"] / "results.json").read_text())["metrics"] for system in ranked]
    k = board["n_sources"]

    def low(id, i):
        floor = board["metrics"][id]["real"] if id in HALVES else None
        return floor is not None and own[i]["values"].get(id, math.inf) <= 2.5 * floor

    def same_way(ids, i, j):
        return all(results[i][id]["computation"] == results[j][id]["computation"] for id in ids)

    for id, metric in board["metrics"].items():
        who = [i for i, one in enumerate(own) if id in one["values"] and not partial(one["run"], id)]
        said = [ranked[i]["values"][id]["rank"] for i in who]
        values = [own[i]["values"][id] for i in who]
        if id in NO_DIRECTION or k < 7:
            assert metric["ranked_by"] == "none" and metric["no_rank"]
            distinct = len({round(value, 12) for value in values})
            assert all(rank == {"best": 1, "worst": distinct} for rank in said), id
            continue
        assert all(same_way([id], i, j) for i in who for j in who), "one machine made the mini board"
        better, scores = order_of(
            values, values, [own[i]["without"][id] for i in who], [own[i]["share"][id] for i in who],
            metric["direction"] == "higher", lambda a, b, id=id, who=who: low(id, who[a]) and low(id, who[b]),
        )  # fmt: skip
        sets = ranks_of(better, lambda a, b, v=values, s=scores: alike(v, s, a, b))
        assert [[rank["best"], rank["worst"]] for rank in said] == sets, id
    tested = own[0]["tested"] if own else []
    weight = np.bincount([own[0]["run"].sources.index(x["source_video"]) for x in own[0]["run"].lines], minlength=k)
    shares = [weight / weight.sum()] * len(own)
    wins = np.zeros((len(own), len(own)), bool)
    groups = [(name, board["dimensions"][name]["members"]) for name in tested]
    counted = own[0]["counted"]
    for name, members in [*groups, ("overall", [m for n in counted for m in board["dimensions"][n]["members"]])]:

        def whole_of(one, name=name):
            return one["overall"] if name == "overall" else one["score"].get(name)

        def without_of(one, name=name):
            return half([one["score_without"][n] for n in counted]) if name == "overall" else one["score_without"][name]

        def said_of(system, name=name):
            return (system["overall"] if name == "overall" else system["dimensions"][name])["rank"]

        who = [i for i, one in enumerate(own) if whole_of(one) is not None]
        assert all(said_of(ranked[i]) is None for i in range(len(own)) if i not in who), name
        wholes, said = [whole_of(own[i]) for i in who], [said_of(ranked[i]) for i in who]
        if k < 7 or (name == "overall" and not set(counted) <= set(tested)):
            assert all(rank == {"best": 1, "worst": len({round(w, 12) for w in wholes})} for rank in said), name
            continue
        better, scores = order_of(
            wholes, wholes, [without_of(own[i]) for i in who], shares[: len(who)], True,
            lambda a, b, every=members, who=who: any(low(m, who[a]) and low(m, who[b]) for m in every),
        )  # fmt: skip
        sets = ranks_of(better, lambda a, b, v=wholes, s=scores: alike(v, s, a, b))
        assert [[rank["best"], rank["worst"]] for rank in said] == sets, name
        if name != "overall":
            wins[np.ix_(who, who)] |= better
    scored = [j for j in range(len(own)) if own[j]["overall"] is not None]
    for j, system in enumerate(ranked):
        beaten = any(wins[i, j] and not wins[j, i] for i in scored)
        assert system["overall"]["pareto"] == (j in scored and not beaten), system["id"]
    if len(counted) < 2:
        return
    table = np.array([[own[j]["score"][name] for j in scored] for name in counted])
    different = np.unique(table.round(12), axis=1)
    for j, system in enumerate([ranked[j] for j in scored]):
        places = []
        for d in range(len(counted)):
            mine, others = (half(np.delete(one, d, axis=0)) for one in (table[:, [j]], different))
            places.append(1 + int((others > mine + 1e-12).sum()))
        assert system["overall"]["leave_one_out"] == [min(places), max(places)], system["id"]
    cuts = np.sort(np.random.RandomState(SEED).random_sample((1000, len(counted) - 1)), axis=1)
    weights = np.diff(np.hstack([np.zeros((1000, 1)), cuts, np.ones((1000, 1))]), axis=1)
    base = half(different)
    taus = [stats.kendalltau(base, 0.5 * w @ different + 0.5 * different.min(axis=0)).statistic for w in weights]
    robust = board["robustness"]
    assert near([np.median(taus), np.quantile(taus, 0.05)], [robust["tau_median"], robust["tau_low"]])
