"""Realistic made-up results: a plausible model with failures, excluded samples and metrics that cannot run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np

from vidchatbench.results.schema import (
    Benchmark,
    Cell,
    Compared,
    Coverage,
    Harness,
    ItemRecord,
    MetricResult,
    Model,
    OutputInfo,
    Results,
)
from vidchatbench.types import Quantity

HOSTILE = '<script>alert("1")</script>&\'"'


@dataclass(frozen=True)
class Kind:
    """One metric of the made-up run."""

    id: str
    family: str
    title: str
    unit: str
    range: tuple[float | None, float | None]
    direction: str
    mean: float
    sd: float
    fail: float | None
    real: float | None = None
    real_kind: str = "same_item"
    missing: str | None = None


KINDS = (
    Kind("video.psnr", "video", "PSNR", "dB", (0, 100), "higher", 17.4, 2.1, 0.0, None, "none"),
    Kind("video.ssim", "video", "SSIM", "", (-1, 1), "higher", 0.65, 0.07, -1.0, None, "none"),
    Kind("video.fid_dino", "video", "Frechet distance, DINO", "", (0, None), "lower", 214.6, 0, None, 38.2, "halves"),
    Kind("video.flicker", "video", "Flicker", "", (0, None), "lower", 0.021, 0.01, 1.0, 0.008),
    Kind("identity.dlib", "identity", "Face identity, dlib", "", (-1, 1), "higher", 0.951, 0.012, -1.0, 0.972),
    Kind("identity.drift", "identity", "Identity drift", "1/min", (0, None), "lower", 0.11, 0.05, 2.0, 0.03),
    Kind("identity.arcface", "identity", "Face identity, ArcFace", "", (-1, 1), "higher", 0, 0, -1.0, missing="paper"),
    Kind("sync.c", "sync", "Sync confidence (Sync-C)", "", (0, None), "higher", 0, 0, 0.0, missing="paper"),
    Kind("sync.offset", "sync", "Lip offset", "s", (0, 1), "lower", 0.083, 0.05, 1.0, 0.031),
    Kind("sync.correlation", "sync", "Mouth-to-sound correlation", "", (-1, 1), "higher", 0.41, 0.17, -1.0, 0.58),
    Kind(
        "emotion.expression_fd",
        "emotion",
        "Expression Frechet distance",
        "",
        (0, None),
        "lower",
        3.22,
        0,
        None,
        0.41,
        "halves",
    ),
    Kind("audio.dnsmos", "audio", "Speech quality, DNSMOS OVRL", "MOS", (1, 5), "higher", 3.06, 0.31, 1.0, 2.71),
    Kind("audio.p808", "audio", "Speech quality, P.808", "MOS", (1, 5), "higher", 3.6, 0.3, 1.0, 3.2),
    Kind("audio.loudness", "audio", "Loudness distance to reference", "LU", (0, 40), "lower", 3.8, 2.5, 40.0, 0.0),
    Kind("audio.voice", "audio", "Voice similarity", "", (-1, 1), "higher", 0.62, 0.13, -1.0, 0.81),
    Kind("text.wer", "text", "Word error rate", "%", (0, 100), "lower", 8.4, 7.0, 100.0, 4.2),
    Kind("text.candidates", "text", "Graded reply", "", (0.2, 1), "higher", 0.71, 0.2, 0.0, 0.9),
    Kind(
        "turn.fto_w1",
        "turn",
        "Reply offset, distance to human timing",
        "s",
        (0, None),
        "lower",
        0.312,
        0,
        None,
        0.047,
        "halves",
    ),
    Kind("turn.response_rate", "turn", "Replies given", "%", (0, 100), "higher", 97.0, 12.0, 0.0, 100.0),
    Kind("turn.overlap", "turn", "Speech over the initiator", "s", (0, None), "lower", 0.22, 0.2, 10.0, 0.19),
    Kind("turn.length", "turn", "Reply length ratio, log", "", (0, 5), "lower", 0.35, 0.2, 5.0, 0.0),
)
REMEDY = "pip install 'vidchatbench[paper]' && vidchatbench weights fetch --profile paper"
REASON = "torch is not installed"
FAMILIES = {"turn": "When the reply begins: 0 is human timing.", "audio": "How the reply sounds."}
OFFSET = Quantity(name="start of the reply after the end of the question", unit="s")


def make(n: int = 12, *, seeds: int = 1, name: str = "talker-7b", kinds: tuple[Kind, ...] = KINDS):
    """Results and items of a run over n items: each 7th without a face, each 11th missing, one initiator unreadable."""
    rng = np.random.default_rng(5)
    items = [_item(k, seed, rng, kinds) for k in range(n) for seed in range(seeds)]
    metrics = {kind.id: _total(kind, items, rng) for kind in kinds}
    failed = sum(item.status == "failed" for item in items)
    results = Results(
        benchmark=Benchmark(
            name="vidchatbench", testset="mini", version="1.0.0", testset_sha256="5f" * 32, protocol="dyadic",
            profile="bundled", n_items=n, n_samples=n * seeds, n_seeds=seeds, limited=False,
        ),
        harness=Harness(name="vidchatbench", version="0.1.0"),
        model=Model(name=name),
        coverage=Coverage(expected=len(items), ok=len(items) - failed, failed=failed,
                          by_reason={"missing": failed} if failed else {}),
        complete=not any(kind.missing for kind in kinds) and not failed,
        metrics=metrics,
        families=FAMILIES,
    )  # fmt: skip
    return results, items


def _item(k: int, seed: int, rng: np.random.Generator, kinds: tuple[Kind, ...]) -> ItemRecord:
    missing, faceless = k % 11 == 10, k % 7 == 6
    lift = rng.normal()
    cells = {}
    for kind in kinds:
        if kind.missing:
            cells[kind.id] = Cell(value=None, status="not_ready", reason=REASON)
        elif missing:
            cells[kind.id] = Cell(value=kind.fail, status="failed", reason="missing")
        elif faceless and kind.family == "identity":
            cells[kind.id] = Cell(value=kind.fail, status="failed", reason="no_face: no face in 41 of 41 frames")
        elif k == 1 and kind.family == "sync":
            cells[kind.id] = Cell(value=None, status="excluded", reason="no_speech: the reference has no speech")
        elif kind.fail is None:
            cells[kind.id] = Cell(value=None, status="ok")
        else:
            better = 1 if kind.direction == "higher" else -1
            value = kind.mean + kind.sd * (0.6 * better * lift + 0.8 * rng.normal())
            low, high = kind.range
            value = float(np.clip(value, -np.inf if low is None else low, np.inf if high is None else high))
            cells[kind.id] = Cell(value=value, status="ok")
    end = 3.0 + 4 * rng.random()
    timelines = {} if missing else _speech(rng, end)
    offset = 5.0 if missing else timelines["response"][0][0] - end
    return ItemRecord(
        item_id=f"d{k:03d}", turn=0, seed=seed, task="listening" if k % 9 == 8 else "dialogue",
        source_video=f"v{k // 3}", slices={"framing": ("head", "half body", "full body")[k % 3]},
        status="failed" if missing else "ok", reason="missing" if missing else None,
        remedy=f"write the answer to d{k:03d}.mp4 and score again" if missing else None,
        output=None if missing else OutputInfo(
            file=f"d{k:03d}.mp4", sha256="ab" * 32, start_s=0.0, width=768, height=480, fps=8.0, video_duration_s=6.4,
            audio_rate=24000, audio_channels=1, audio_duration_s=6.3),
        metrics=cells, timelines=timelines, **({} if missing else {"initiator_speech_end_s": end}),
        words={track: _words(timelines[track]) for track in ("response", "reference")} if timelines else {},
        texts={"initiator": f"What is your name, {k}?", "reference": f"It is {k}, as before."},
        compared={"turn.fto_w1": Compared(response=(offset,), human=(rng.normal(0.2, 0.4),))},
    )  # fmt: skip


def _speech(rng: np.random.Generator, end: float) -> Mapping[str, tuple[tuple[float, float], ...]]:
    def runs(start: float, stop: float) -> tuple[tuple[float, float], ...]:
        cut = start + (stop - start) * (0.4 + 0.2 * rng.random())
        return ((start, cut - 0.15), (cut + 0.15, stop))

    return {
        "initiator": runs(0.2, end),
        "response": runs(end + rng.normal(0.3, 0.6), end + 4 + rng.random()),
        "reference": runs(end + rng.normal(0.2, 0.3), end + 5 + rng.random()),
    }


def _words(speech: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float, str], ...]:
    """Three words a second of speech."""
    starts = [start for a, b in speech for start in np.arange(a, b - 0.3, 0.33)]
    said = ("it", "is", "raining", "since", "yesterday", "evening", "and", "nobody", "knows", "why")
    return tuple((float(start), float(start) + 0.3, said[k % len(said)]) for k, start in enumerate(starts))


def _total(kind: Kind, items: list[ItemRecord], rng: np.random.Generator) -> MetricResult:
    cells = [item.metrics[kind.id] for item in items]
    failed = [c for c in cells if c.status == "failed"]
    excluded = sum(c.status == "excluded" for c in cells)
    valid = [c.value for c in cells if c.status == "ok" and c.value is not None]
    counted = [*valid, *(kind.fail for _ in failed)]
    is_set = kind.fail is None
    expected = len(cells) - excluded
    value = None if kind.missing else kind.mean if is_set else float(np.mean(counted))
    half = 0.04 * kind.mean if is_set else 1.96 * float(np.std(counted)) / len(counted) ** 0.5 if valid else 0
    reasons: dict[str, int] = {}
    for cell in cells:
        if cell.status in ("failed", "excluded"):
            code = str(cell.reason).split(":")[0]
            reasons[code] = reasons.get(code, 0) + 1
    no_interval = kind.id == "video.fid_dino" and not kind.missing
    return MetricResult(
        value=value, n=0 if kind.missing else expected - len(failed) * is_set,
        ci95=None if value is None or no_interval else (value - half, value + half),
        signature=f"{kind.id}|v1|cap:100|pair=response+reference:frames.rgb(v1,fps:25,size:256,w.det:ab12cd34)",
        unit=kind.unit, direction=kind.direction,
        reason=REASON if kind.missing else f"{len(failed)} samples failed" if is_set and failed else None,
        remedy=REMEDY if kind.missing else "give the missing answers and score again" if is_set and failed else None,
        meaning=f"What {kind.id} says.", source="none", licence="", fail_value=None if is_set else 0.0,
        version=1, family=kind.family, title=kind.title, range=kind.range, expected=expected, excluded=excluded,
        failed=len(failed), by_reason=reasons, valid_fraction=None if kind.missing else 1 - len(failed) / expected,
        value_valid_only=None if kind.missing else kind.mean if is_set else float(np.mean(valid)),
        partial=bool(is_set and failed), beside={"median": value} if value is not None and not is_set else {},
        se=half / 1.96 if half else None, ci_method=None if value is None or no_interval else "bca",
        ci_reason="n = 12 is less than 5 dimensions" if no_interval else None,
        n_resamples=0 if value is None or no_interval else 9999, n_clusters=len({item.source_video for item in items}),
        real=None if kind.missing else kind.real, real_kind=kind.real_kind,
        computation={"backend": "onnxruntime 1.20", "threads": "1"},
        compared=OFFSET if kind.id == "turn.fto_w1" else None,
    )  # fmt: skip


def strips(items: list[ItemRecord], *, different: int = 4, noise: bool = False):
    """Eight drawn pictures a track, for every item with an answer; with noise, of a photograph's size in bytes."""
    sets = [[_picture(k, j, noise) for j in range(8)] for k in range(different)]
    return {
        (i.item_id, i.turn, i.seed): {"response": sets[k % different], "reference": sets[(k + 1) % different]}
        for k, i in enumerate(items)
        if i.output
    }


def _picture(k: int, j: int, noise: bool) -> bytes:
    rng = np.random.default_rng(100 * k + j)
    image = np.full((96, 170, 3), (70 + 30 * k, 90, 120), np.uint8)
    cv2.circle(image, (80 + 3 * j, 48), 30, (150, 180, 220), -1)
    cv2.ellipse(image, (80 + 3 * j, 60), (10, 2 + j % 4 * 2), 0, 0, 360, (60, 60, 140), -1)
    if noise:
        image = cv2.add(image, cv2.GaussianBlur(rng.integers(0, 90, image.shape, np.uint8), (5, 5), 0))
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()


def hostile(n: int = 4):
    """A run in which everything that comes from outside is an attack on the page."""
    results, items = make(n)
    bad = [
        replace(
            item, item_id=f"{HOSTILE}{k}", source_video=HOSTILE, slices={HOSTILE: HOSTILE}, reason=HOSTILE,
            remedy=HOSTILE, status="failed",
            metrics={id_: replace(cell, reason=HOSTILE) for id_, cell in item.metrics.items()},
            output=item.output and replace(item.output, file=HOSTILE),
            timelines={**item.timelines, HOSTILE: ((0.0, 1.0),)}, words={HOSTILE: ((0.0, 1.0, HOSTILE),)},
            texts={HOSTILE: HOSTILE},
        )
        for k, item in enumerate(items)
    ]  # fmt: skip
    metrics = {
        id_: replace(m, title=HOSTILE, unit=HOSTILE, signature=HOSTILE, reason=m.reason and HOSTILE, remedy=HOSTILE,
                     family=HOSTILE, by_reason={HOSTILE: 1}, computation={HOSTILE: HOSTILE},
                     compared=m.compared and Quantity(name=HOSTILE, unit=HOSTILE))
        for id_, m in results.metrics.items()
    }  # fmt: skip
    families = {HOSTILE: HOSTILE}
    return replace(results, model=Model(name=HOSTILE), metrics=metrics, families=families), bad
