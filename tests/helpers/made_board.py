"""A leaderboard's folder with made-up runs of real metrics, and its entries, without any media or check."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from helpers.made_run import made_run
from vidchatbench.leaderboard.entry import Entry
from vidchatbench.leaderboard.verified import VerifiedRun
from vidchatbench.results import StoredRows, read_items, read_results
from vidchatbench.submission.schema import Submission, SubmittedModel
from vidchatbench.testset.jsonl import canonical

MEANS = {  # id: worst and best of what is drawn
    "video.psnr": (15, 35), "video.ssim": (0.4, 0.9), "video.held": (30, 0), "video.jerk": (0.5, 0.05),
    "video.flicker": (3, 0), "identity.dlib": (0.6, 0.1), "sync.mouth_audio": (0, 0.8), "audio.dnsmos_ovrl": (1, 3),
    "audio.dnsmos_sig": (1, 4), "audio.loudness": (20, 0.1),
}  # fmt: skip
FTO, DURATION, FD = "turn.fto_w1", "turn.duration_w1", "emotion.landmark_fd"
BOARD = """
schema = "vidchatbench.board/1"
testset = "made"
version = "1"
title = "Made"
demonstration = true
note = ""
tasks = ["dialogue"]
protocols = ["dyadic"]
profile = "bundled"
n_items = {n}
seeds = {seeds}
level = 2
ranked = ["submission"]
[[dimensions]]
id = "picture"
title = "Picture"
said = ""
floor = "a/floor"
members = ["video.held", "video.jerk", "video.flicker"]
[[dimensions]]
id = "identity"
title = "Identity"
said = ""
floor = "a/floor"
members = ["identity.dlib"]
[[dimensions]]
id = "timing"
title = "Timing"
said = ""
floor = "a/floor"
members = ["turn.fto_w1", "turn.duration_w1"]
[[dimensions]]
id = "expression"
title = "Expression"
said = ""
floor = "a/floor"
in_overall = false
members = ["emotion.landmark_fd"]
"""
ANCHORS = {
    "video.held": (30, 0), "video.jerk": (0.5, 0.05), "video.flicker": (3, 0), "identity.dlib": (0.6, 0.1),
    FTO: (3.0, 0.1), DURATION: (2.0, 0.1), FD: (10.0, 0.2),
}  # fmt: skip


class MadeBoard:
    """`root`, and entries that are added one by one."""

    def __init__(self, root: Path, n: int, seeds: int = 1, *, sources: int | None = None) -> None:
        from vidchatbench.registry import entries

        self.root, self.n, self.seeds, self.entries = root, n, seeds, []
        self.sources = [f"v{k % (sources or n):04}" for k in range(n)]
        self.people = np.random.RandomState(0)
        self.human = self.people.gamma(2.0, 0.15, n), self.people.gamma(4.0, 0.7, n) + 0.5, self.people.randn(n, 10)
        self.hard = self.people.randn(n)
        for name in ("boards", "anchors"):
            (root / name).mkdir(parents=True, exist_ok=True)
        (root / "boards" / "made.toml").write_text(BOARD.format(n=n, seeds=list(range(seeds))))
        frozen = {
            id: dict(signature=entries()[id].metric.signature(), low=float(low), low_id="a/floor", low_run="r",
                     high=float(high), high_id="a/real", high_run="r", reason=None)
            for id, (low, high) in ANCHORS.items()
        }  # fmt: skip
        (root / "anchors" / "made-1.json").write_text(
            json.dumps(dict(schema="vidchatbench.anchors/1", testset="made", version="1", testset_sha256="0" * 64,
                            boards={"dialogue/dyadic": frozen}))
        )  # fmt: skip

    def rows(self, skill: float, seed: int, noise: float = 0.2, with_fd: bool = True) -> dict[str, list]:
        """Rows of a system: 0 is the floor, 1 as people."""
        rs = np.random.RandomState(seed)
        found = {}
        for id, (worst, best) in MEANS.items():
            share = np.clip(skill + 0.1 * self.hard[:, None] + noise * rs.randn(self.n, self.seeds), -0.2, 1.2)
            low, high = min(worst, best), max(worst, best)
            value = np.clip(worst + (best - worst) * share, low - 0.2 * (high - low) if id == "sync" else low, high)
            found[id] = [{"value": np.array(one)} for one in value.ravel()]
        fto, length, face = (np.repeat(one, self.seeds, axis=0) for one in self.human)
        count = self.n * self.seeds
        late = fto + (1 - skill) * 2 + noise * rs.rand(count)
        long = length * np.exp((1 - skill) + noise * 0.3 * rs.randn(count))
        found[FTO] = [
            {"response": np.array([a]), "human": np.array([b]), "left_censored": np.array(0.0)}
            for a, b in zip(late, fto, strict=True)
        ]
        found[DURATION] = [
            {"response": np.array([a]), "human": np.array([b])} for a, b in zip(long, length, strict=True)
        ]
        if with_fd:
            shown = face * max(0.2, skill) + noise * rs.randn(count, 10)
            found[FD] = [
                {"response": a[None].astype(np.float32), "reference": b[None].astype(np.float32)}
                for a, b in zip(shown, face, strict=True)
            ]
        return found

    def add(self, model: str, rows: dict[str, list], *, number: int | None = None, **declared) -> Entry:
        """Write a run as a submission, and read it."""
        number = len(self.entries) if number is None else number
        run_id = f"019ac9b0-0000-7000-8000-{number:012d}"
        path = f"submissions/{model.replace('/', '__')}/{run_id}"
        order = [(k, s) for k in range(self.n) for s in range(self.seeds)]
        folder = made_run(
            self.root / path, rows, name=model, sources=[self.sources[k] for k, _ in order],
            seed_of=[s for _, s in order], number_of=[k for k, _ in order], intervals=False,
        )  # fmt: skip
        said = dict(
            id=model, revision="1", license="MIT", open_weights=True, training_data=(), saw_test_sources=False,
            deterministic=False,
        )  # fmt: skip
        submission = Submission(
            run_id=run_id, created_utc=f"2026-11-{1 + number % 28:02}T00:00:00Z",
            model=SubmittedModel(**(said | declared)),
            all_seeds_reported=True, harness={"version": "0", "git_sha": None, "dirty": None}, environment={},
            files={name: _Info(folder / name) for name in ("results.json", "items.jsonl.gz", "stats.npz")},
        )  # fmt: skip
        (folder / "submission.json").write_bytes(canonical({"model": said}))
        entry = Entry(
            path=path, submission=submission, results=read_results(folder), items=read_items(folder),
            rows=StoredRows.of(folder), verified=VerifiedRun(level=2, flags=(), submission="", by="test", date=None),
            withdrawal=None,
        )  # fmt: skip
        self.entries.append(entry)
        return entry


class _Info:
    def __init__(self, path: Path) -> None:
        import hashlib

        self.sha256, self.bytes = hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size
