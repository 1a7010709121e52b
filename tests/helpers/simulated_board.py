"""A made-up leaderboard with its submissions' folders: ties, missing values, long and hostile names, an empty board."""

from __future__ import annotations

import gzip
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from vidchatbench.leaderboard.schema import (
    Anchor,
    Board,
    BoardMetric,
    Dimension,
    Leaderboard,
    Overall,
    Past,
    RankSet,
    Reported,
    Robustness,
    Score,
    System,
    Value,
)
from vidchatbench.registry import entries
from vidchatbench.results.schema import Benchmark, Cell, Coverage, Harness, ItemRecord, MetricResult, Model, Results

HOSTILE = "</script><script>alert('x')</script><img src=x onerror=alert(1)>&\"'`"
LONG = "A-Very-Long-Name-Of-A-Model-That-Somebody-Thought-Was-A-Good-Idea-At-The-Time-XXL-Instruct-v2"
# id, mean of the best, spread over systems, spread over items, value of real clips, of the degenerate system
METRICS = (
    ("video.psnr", 18.5, 2.5, 2.0, None, 9.0),
    ("video.lpips", 0.24, 0.10, 0.06, None, 0.8),
    ("video.fid", 31.0, 30.0, 0.0, 12.0, 190.0),
    ("identity.dlib", 0.14, 0.12, 0.03, 0.12, 0.7),
    ("sync.mouth_audio", 0.62, 0.3, 0.15, 0.70, 0.0),
    ("emotion.landmark_fd", 3.2, 3.0, 0.0, 0.8, 20.0),
    ("voice.sim_o", 0.66, 0.2, 0.1, 0.81, 0.02),
    ("audio.dnsmos_ovrl", 3.1, 0.8, 0.35, 2.74, 1.0),
    ("text.relevance", 0.71, 0.25, 0.15, 0.9, 0.1),
    ("text.specificity", 0.63, 0.25, 0.2, 0.8, 0.0),
    ("turn.fto_w1", 0.21, 0.9, 0.0, 0.06, 4.0),
    ("turn.response_rate", 98.0, 12.0, 9.0, 100.0, 0.0),
)
DIMENSIONS = {
    "video": ("Video quality", "How the pictures compare with real ones."),
    "identity": ("Identity", "Whether it is the same face."),
    "sync": ("Lip sync", "Whether the mouth moves with the sound."),
    "emotion": ("Emotion", "Whether expressions are spread as people's are."),
    "voice": ("Voice", "Whether it is the same voice."),
    "audio": ("Sound", "How the reply sounds."),
    "text": ("Dialogue", "Whether the reply fits what was said."),
    "turn": ("Turn-taking", "Whether it replies when people do."),
}
NAMES = ("Talker", "Mirror", "Vis-a-vis", "Dyad", "Parley", "Echo", "Tête", "Confab", "Chatterbox", "Listener")
ORGS = ("openlab", "uni-north", "parrot-ai", "acme", "studio-7")
LICENCES = ("Apache-2.0", "MIT", "CC-BY-NC-4.0", "proprietary")


@dataclass(frozen=True)
class Made:
    """A leaderboard and the files of its runs."""

    leaderboard: Leaderboard
    runs: dict[str, tuple[Results, list[ItemRecord]]]
    """By `System.path`."""

    def write(self, folder: Path) -> Path:
        """`leaderboard.json` and `submissions/` below a folder; returns the former."""
        folder.mkdir(parents=True, exist_ok=True)
        for path, (results, records) in self.runs.items():
            run = folder / path
            run.mkdir(parents=True)
            (run / "results.json").write_text(json.dumps(asdict(results)))
            lines = "".join(json.dumps(asdict(record)) + "\n" for record in records)
            (run / "items.jsonl.gz").write_bytes(gzip.compress(lines.encode(), 1, mtime=0))
        file = folder / "leaderboard.json"
        file.write_text(json.dumps(asdict(self.leaderboard), allow_nan=False))
        return file


def simulated_board(systems: int = 12, items: int = 120, *, seeds: int = 1, demonstration: bool = False) -> Made:
    """A board of so many ranked systems, with baselines, real clips and an unranked one beside; and an empty board."""
    rng = np.random.default_rng(7)
    n_sources = max(1, int(items * 0.9))
    cards = {id: entries()[id].metric.card for id, *_ in METRICS}
    metrics = {id: _metric(cards[id], items, real, low) for id, *_, real, low in METRICS}
    dimensions = {
        id: Dimension(title=title, said=said, members=tuple(m for m in metrics if m.split(".")[0] == id))
        for id, (title, said) in DIMENSIONS.items()
    }
    level = rng.normal(size=(items, len(METRICS)))
    total = systems + 4
    values, ses, cells = np.zeros((total, len(METRICS))), np.zeros((total, len(METRICS))), []
    for k in range(total):
        skill = 1.3 * k / max(1, systems - 1) if k < systems else (0.6, 0.1, 4.0, 5.0)[k - systems]
        if k in (2, 3):
            skill = 0.2  # a tie
        own = np.zeros((items, len(METRICS)))
        for j, (id, best, spread, noise, _, _) in enumerate(METRICS):
            sign = -1 if cards[id].direction == "higher" else 1
            mean = best + sign * spread * (skill + 0.12 * rng.normal())
            drawn = mean + noise * (0.7 * level[:, j] + 0.7 * rng.normal(size=items))
            least, most = cards[id].range
            own[:, j] = np.clip(drawn, least, most)
            if noise == 0:
                own[:, j] = max(mean, least if least is not None else mean)
            ses[k, j] = (noise or spread * 0.15) / items**0.5
        values[k] = own.mean(0)
        cells.append(own)
    made = [_system(k, systems, values, ses, cards, metrics, dimensions, items, seeds) for k in range(total)]
    made = _ranked(made, dimensions, systems)
    board = Board(
        id="made-1.0.0/dialogue/dyadic", title="Made 1.0.0: dialogue, dyadic", testset="made", version="1.0.0",
        testset_sha256="5f" * 32, task="dialogue", protocol="dyadic", profile="bundled", demonstration=demonstration,
        note="Made-up systems, to try the pages with.", n_items=items, n_sources=n_sources, metrics=metrics,
        dimensions=dimensions, systems=tuple(made), reported=_reported(), reported_columns=dict(_COLUMNS),
        past=(
            Past(id=made[0].id, run_id="0191-old", created_utc="2026-06-01T10:00:00Z",
                 path="submissions/x/0191-old", status="superseded", reason=f"by {made[0].run_id}"),
            Past(id="acme/gone", run_id="0190-gone", created_utc="2026-05-01T10:00:00Z",
                 path="submissions/acme__gone/0190-gone", status="withdrawn", reason="trained on the test set"),
        ),
        robustness=Robustness(n_draws=1000, tau_median=0.91, tau_low=0.82),
    )  # fmt: skip
    empty = replace(
        board, id="empty-1/dialogue/conditioned", title="SpeakerVid-500: dialogue, conditioned",
        testset="speakervid-500",
        protocol="conditioned", testset_sha256=None, demonstration=False, systems=(), past=(), robustness=None,
        note="", metrics={}, dimensions={}, n_items=500, n_sources=400,
    )  # fmt: skip
    runs = {system.path: _run(system, metrics, cards, cells[int(system.run_id[-4:])], n_sources) for system in made}
    refused = {"submissions/acme__forged/0192": "total-differs: video.psnr is 41.2, its rows give 17.3"}
    return Made(Leaderboard(harness="0.1.0", boards=(board, empty), refused=refused), runs)


def hostile_board() -> Made:
    """A board on which everything that comes from outside is an attack on the pages."""
    made = simulated_board(4, 30)
    board = made.leaderboard.boards[0]
    bad = [
        replace(
            system, id=f"{HOSTILE}{k}", title=HOSTILE, revision=HOSTILE, license=HOSTILE, training_data=(HOSTILE,),
            flags=(HOSTILE,), not_ranked=system.not_ranked and HOSTILE, harness=HOSTILE, run_id=f"{HOSTILE}{k}",
            url=("javascript:alert(1)", 'https://x.example/"><script>alert(1)</script>', "http://plain.example",
                 "https://good.example/a")[k % 4],
            paper="https://user:word@evil.example/",
            latency={HOSTILE: HOSTILE, "first_frame_s": 0.41},
            path=("../../../etc", "submissions/../../x", system.path, system.path)[k % 4],
        )
        for k, system in enumerate(board.systems)
    ]  # fmt: skip
    metrics = {
        id: replace(m, title=HOSTILE, unit=HOSTILE, signature=HOSTILE, meaning=HOSTILE, licence=HOSTILE)
        for id, m in board.metrics.items()
    }
    reported = (Reported(title=HOSTILE, source=HOSTILE, url="javascript:alert(1)", values={"FID": 1.0}, note=HOSTILE),)
    board = replace(board, id=HOSTILE, title=HOSTILE, note=HOSTILE, systems=tuple(bad), metrics=metrics)
    board = replace(
        board,
        reported=reported,
        past=tuple(replace(one, id=HOSTILE, reason=HOSTILE, run_id=HOSTILE) for one in board.past),
    )
    found = replace(made.leaderboard, boards=(board,), refused={HOSTILE: HOSTILE})
    return Made(found, made.runs)


_COLUMNS = (("FID", "lower"), ("FVD", "lower"), ("PSNR", "higher"), ("SSIM", "higher"), ("Sync-C", "higher"))


def _reported():
    source = "SpeakerVid-5M, table 4 (arXiv 2507.09862)"
    common = {"source": source, "url": "https://arxiv.org/abs/2507.09862"}
    return (
        Reported(title="base", values={"FID": 49.97, "FVD": 47.23, "PSNR": 15.74, "SSIM": 0.62}, note="", **common),
        Reported(title="+audio +spatial +noise", note="the authors' last row", **common,
                 values={"FID": 32.35, "FVD": 28.82, "PSNR": 17.55, "SSIM": 0.66, "Sync-C": 2.698}),
    )  # fmt: skip


def _metric(card, items, real, low):
    anchor = None if real is None else Anchor(low=low, low_id="baseline/frozen", high=real, high_id="reference/real")
    ranked = card.fail_value is not None
    return BoardMetric(
        title=card.title, family=card.family, unit=card.unit, direction=card.direction, meaning=card.meaning,
        source=card.source, unspecified=card.unspecified_by_paper, licence=card.licence, range=card.range,
        signature=f"{card.id}|v{card.version}|made-up:{'ab' * 8}", anchor=anchor,
        no_anchor=None if anchor else "real clips have no value of their own", real=real,
        real_kind="none" if real is None else "same_item" if ranked else "halves",
        ranked_by="mean" if ranked else "none", no_rank=None if ranked else "no test holds its level for it",
        n_expected=items,
    )  # fmt: skip


def _system(k, systems, values, ses, cards, metrics, dimensions, items, seeds):
    beside = k >= systems
    kind = "submission"
    org, name = ORGS[k % len(ORGS)], f"{NAMES[k % len(NAMES)]}-{k + 1}"
    if beside:
        org, name = (("openlab", "Partial-1"), ("reference", "Real clips"), ("baseline", "Frozen portrait"),
                     ("baseline", "Echo"))[k - systems]  # fmt: skip
        kind = ("submission", "reference", "baseline", "baseline")[k - systems]
    if k == 4:
        name = LONG
    found, anchored = {}, {}
    for j, (id, m) in enumerate(metrics.items()):
        value, half = float(values[k, j]), 1.96 * float(ses[k, j])
        if m.anchor:
            low, high = m.anchor.low, m.anchor.high
            anchored[id] = float(np.clip((value - low) / (high - low), -0.25, 1.25))
        absent = k == 5 and id == "voice.sim_o"
        better = 1 if m.direction == "higher" else -1
        gaps = [better * (values[k, j] - values[i, j]) / (1.5 * ses[k, j]) for i in range(systems) if i != k]
        better_ones, worse_ones = (sum(bool(sign * g > 1.96) for g in gaps) for sign in (-1, 1))
        rank = RankSet(best=1 + better_ones, worst=len(gaps) + 1 - worse_ones)
        if m.ranked_by == "none":
            rank = RankSet(best=1, worst=systems)
        found[id] = Value(
            value=None if absent else value, ci95=None if absent or id == "video.fid" else (value - half, value + half),
            ci_reason="no interval of a Frechet distance holds its level here" if id == "video.fid" else None,
            n=items * seeds, n_sources=int(items * 0.9), valid_fraction=0.996,
            seed_sd=None if seeds == 1 else 0.3 * float(ses[k, j]), anchored=None if absent else anchored.get(id),
            rank=None if beside or absent else rank, ci_method=None if absent or id == "video.fid" else "bca",
            reason="voice weights: the submission was scored without them" if absent else None,
        )  # fmt: skip
    scores = {}
    for id, dimension in dimensions.items():
        own = [anchored[m] for m in dimension.members if m in anchored and found[m].value is not None]
        score = float(np.mean(own)) if own else None
        interval = None if score is None else (score - 0.03, score + 0.03)
        reason = None if own else "no member has a value and an anchor"
        scores[id] = Score(score=score, ci95=interval, rank=None, reason=reason)
    known = {id: s.score for id, s in scores.items() if s.score is not None}
    mean, worst = float(np.mean(list(known.values()))), min(known, key=known.get)
    overall = 0.5 * mean + 0.5 * known[worst]
    return System(
        id=f"{org}/{name}".replace(" ", "-"), title=name, kind=kind, revision=f"{k:02x}" * 20, run_id=f"0193-{k:04}",
        created_utc="2026-11-20T19:00:00Z", path=f"submissions/{org}__{k}/0193-{k:04}",
        url="https://example.org/model" if k % 2 else None, paper="https://arxiv.org/abs/2507.09862" if k % 3 else None,
        license=LICENCES[k % 4], open_weights=k % 4 != 3, n_params=7_000_000_000 if k % 2 else None,
        training_data=("SpeakerVid-5M:train",) if k % 2 else ("VoxCeleb2", "an inner set"), saw_test_sources=k == 1,
        seeds=tuple(range(seeds)), harness="0.1.0", level=(2, 2, 1, 3)[k % 4] if kind == "submission" else None,
        flags=("3 transcripts are near the reference (WER < 10 %)",) if k == 3 else (), ranked=not beside,
        not_ranked=("incomplete: 14 samples have no answer" if k == systems else "a baseline") if beside else None,
        coverage=(items * seeds - (14 if k == systems else 0), items * seeds), values=found, dimensions=scores,
        overall=Overall(score=overall, mean=mean, min=known[worst], worst=worst, ci95=(overall - 0.02, overall + 0.02),
                        rank=None, pareto=k < 3, leave_one_out=None, reason=None),
    )  # fmt: skip


def _ranked(made, dimensions, systems):
    """With rank sets of scores, best overall first; those not ranked, last."""

    def sets(score_of):
        known = {s.id: score_of(s) for s in made if s.ranked and score_of(s) is not None}
        return {
            id: RankSet(best=1 + sum(v > x + 0.05 for v in known.values()),
                        worst=len(known) - sum(v < x - 0.05 for v in known.values()))
            for id, x in known.items()
        }  # fmt: skip

    overall = sets(lambda s: s.overall.score)
    of = {id: sets(lambda s, id=id: s.dimensions[id].score) for id in dimensions}
    full = [
        replace(
            s, overall=replace(s.overall, rank=overall.get(s.id), leave_one_out=_places(overall.get(s.id), systems)),
            dimensions={id: replace(score, rank=of[id].get(s.id)) for id, score in s.dimensions.items()},
        )
        for s in made
    ]  # fmt: skip
    return sorted(full, key=lambda s: (not s.ranked, -s.overall.score, s.id))


def _places(rank, systems):
    return None if rank is None else (max(1, rank.best - 1), min(systems, rank.worst + 1))


def _run(system, metrics, cards, own, n_sources):
    names = list(metrics)
    records = [
        ItemRecord(
            item_id=f"d{i:03}", turn=0, seed=seed, task="dialogue", source_video=f"v{i % n_sources:03}", slices={},
            status="ok", reason=None, output=None,
            metrics={
                id: Cell(value=float(own[i, j]) if cards[id].fail_value is not None else None, status="ok")
                for j, id in enumerate(names)
            },
        )
        for i in range(len(own))
        for seed in system.seeds
    ]  # fmt: skip
    results = {
        id: MetricResult(
            value=v.value, n=v.n, ci95=v.ci95, signature=metrics[id].signature, unit=metrics[id].unit,
            direction=metrics[id].direction, reason=v.reason, remedy=None, version=1, family=metrics[id].family,
            title=metrics[id].title, meaning=metrics[id].meaning, source=metrics[id].source, licence="",
            fail_value=cards[id].fail_value, range=metrics[id].range, expected=v.n, excluded=0, failed=0, by_reason={},
            valid_fraction=1.0, value_valid_only=v.value, partial=False, beside={}, se=None, ci_method="bca",
            ci_reason=v.ci_reason, n_resamples=9999, n_clusters=v.n_sources, real=None, real_kind="none",
            computation={},
        )
        for id, v in system.values.items()
    }  # fmt: skip
    benchmark = Benchmark(
        name="vidchatbench", testset="made", version="1.0.0", testset_sha256="5f" * 32, protocol="dyadic",
        profile="bundled", n_items=len(own), n_samples=len(records), n_seeds=len(system.seeds), limited=False,
    )  # fmt: skip
    return Results(
        benchmark=benchmark, harness=Harness(name="vidchatbench", version="0.1.0"), model=Model(name=system.id),
        coverage=Coverage(expected=len(records), ok=len(records), failed=0, by_reason={}), complete=True,
        metrics=results,
    ), records  # fmt: skip
